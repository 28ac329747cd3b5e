"""What the laws of `envs.laws` ask an environment, and how they read what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, cast

import gymnasium
from gymnasium.wrappers import OrderEnforcing

from . import loading
from .base import ReasoningEnv, Task
from .blame import Frame
from .info import INFO_KEYS

HOSTILE = (
    "",
    r"\boxed{}",
    r"\boxed{",
    r"\boxed{{{{{{{{",
    r"\boxed{9^{9^{9^{9}}}}",
    r"\boxed{100000000!}",
    r"\boxed{__import__('os').system('true')}",
    r"\boxed{\text{I give up}}",
    "\x00\ud800 \\boxed{\ud800\x00}",
    "\\boxed{" * 500,
    "(" * 5000,
    "<calc>9^9^9^9</calc>",
    "<calc>" * 500,
)
# Anything between dollars, and runs of arithmetic.
_FORMULA = re.compile(r"(?<=\$)[^$]+(?=\$)|[\d(][\d\s+*/^().-]*[\d)]")
_OPERATION = re.compile(r"[\w)}]\s*[+*/^-]|\\[a-z]")


class Problem(NamedTuple):
    """What is wrong, and what to do about it.

    Attributes:
        what: one sentence.
        fix: one sentence.
        about: the method of the environment that is to blame; "" where it could be any.
        frames: the user's lines in the traceback, where something raised or hangs.
    """

    what: str
    fix: str
    about: str = ""
    frames: Sequence[Frame] = ()


Law = Callable[[gymnasium.Env, str, dict[str, Any]], Iterator[Problem]]


def make(env_id: str, kwargs: dict[str, Any]) -> gymnasium.Env:
    """Make the environment as registered: its own wrappers stay, gymnasium's guard does not."""
    env = loading.make(env_id, kwargs)
    while isinstance(env, OrderEnforcing):
        env = env.env
    return env


def bare(env: gymnasium.Env) -> ReasoningEnv:
    """Return the environment below all wrappers."""
    return cast(ReasoningEnv, env.unwrapped)


def method_of(env: gymnasium.Env) -> str:
    """Return which method of an environment makes its tasks."""
    return "sample_at" if bare(env).levels else "sample_task"


def fingerprints(env: gymnasium.Env) -> list[list[str]]:
    """Return the first tasks of every stream, to be compared with what is asked again."""
    return [fingerprint(env, stream, i) for stream in bare(env).streams for i in range(4)]


def begin(env: gymnasium.Env, index: int) -> Task:
    """Start the episode of one training task."""
    env.reset(seed=0, options={"index": index})
    return bare(env).task


def feedback_on(env: gymnasium.Env, index: int) -> str:
    """Return what is said to no answer, a wrong one, and the same again."""
    said = []
    for answers in (("",), (bare(env).marked(r"\text{no idea}"),) * 2):
        begin(env, index)
        for answer in answers:
            feedback, _, terminated, _, _ = env.step(answer)
            said.append(feedback)
            if terminated:
                break
    return " ".join(said)


def fingerprint(env: gymnasium.Env, stream: str, index: int) -> list[str]:
    """Return what makes a task the same: its question, answer and difficulty."""
    question, _ = env.reset(seed=0, options={"stream": stream, "index": index})
    return [question, bare(env).task.answer, str(bare(env).task.difficulty)]


def formulas(question: str) -> list[str]:
    """Return what a question writes out to be computed, as far as it shows."""
    return [
        formula
        for formula in _FORMULA.findall(question)
        if _OPERATION.search(formula) and formula.count("(") == formula.count(")")
    ]


def info_problems(info: dict[str, Any]) -> Iterator[str]:
    """Return what is wrong with an info: keys, or types of values."""
    if missing := sorted(set(INFO_KEYS) - set(info)):
        yield f"info lacks {missing}; the keys must be the same every time."
    if extra := sorted(set(info) - set(INFO_KEYS)):
        yield f"info has the unknown keys {extra}; verl reads one set of keys for all samples."
    for key, value in info.items():
        if type(value) not in (float, str):
            yield f"info[{key!r}] must be a float or a string; got {value!r}."


def mentions(text: str, answer: str) -> bool:
    """Return whether `answer` stands in `text` as a word of its own."""
    return bool(re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text, re.IGNORECASE))
