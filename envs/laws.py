"""The laws of an environment, run by `envs.check.check_env`.

    determinism        equal (seed, stream, index) give equal tasks, also in another process
    held_out           train and validation share no question, unless the class says so
    transitions        the reward is exactly 0.0 or 1.0, terminated and truncated are never both
                       true, info has the same keys every time, floats and strings only
    gymnasium_checker  gymnasium's checker passes
    oracle             the right answer pays 1, and so does the worked solution if there is one
    hostile            wrong, empty, hedging and hostile answers pay 0, and no text raises
    echo               what the question asks to compute is no answer, even if its value is right
    quiet_feedback     feedback never contains the answer, of whichever kind it is
    levels             a level that is asked for is the level that comes
    pickles            the environment survives pickle

Each law is a function from a freshly made environment to what is wrong and what would be right.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.utils import env_checker

from .base import ReasoningEnv
from .probes import (
    HOSTILE,
    Law,
    Problem,
    bare,
    begin,
    feedback_on,
    fingerprint,
    fingerprints,
    formulas,
    info_problems,
    make,
    mentions,
    method_of,
)
from .turns import FEEDBACK
from .wrappers import MultiTurn

_TASKS = 8
_ECHOES = 3  # what is refused for its form may have cost the symbolic tier 0.3 s first
_SPLIT_TASKS = 40
_PROBE = (
    "import json, sys; from envs.probes import fingerprints, make; "
    "print(json.dumps(fingerprints(make(*json.loads(sys.argv[1])))))"
)


def gymnasium_checker(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Warnings count as problems, except that there is nothing to render."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        env_checker.check_env(env, skip_render_check=True)
    yield from (Problem(str(w.message), "do as gymnasium's message says.") for w in caught)


def determinism(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Ask twice here and once in a new process, where hashes of strings differ."""
    fix = (
        "draw everything in sample_task from its rng; no global generator, clock, set order, "
        "hash(text) or counter."
    )
    here = fingerprints(env)
    if here != fingerprints(env) or here != fingerprints(make(env_id, kwargs)):
        what = "the same seed, stream and index gave another task when asked again."
        yield Problem(what, fix, method_of(env))
        return
    if ":" not in env_id and not str(gymnasium.spec(env_id).entry_point).startswith("envs."):
        return  # registered by hand in this process: no other one knows the id
    command = [sys.executable, "-c", _PROBE, json.dumps([env_id, kwargs])]
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    there = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    if there.returncode:
        yield Problem(
            f"another process could not make it: {there.stderr.strip().splitlines()[-1]}.",
            "let its module be imported by name, register the id at the module's top level.",
        )
    elif here != json.loads(there.stdout.splitlines()[-1]):
        what = "another process gave different tasks for the same index."
        yield Problem(what, fix, method_of(env))


def held_out(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Compare the questions of the streams."""
    if not bare(env).held_out:
        return
    asked = [
        {fingerprint(env, stream, i)[0] for i in range(_SPLIT_TASKS)}
        for stream in bare(env).streams
    ]
    if len(asked) > 1 and (shared := set.intersection(*asked)):
        yield Problem(
            f"train and validation share {len(shared)} questions, like {min(shared)[:60]!r}.",
            "draw from more distinct questions, hundreds at least; if there are no more, set "
            "held_out = False on the class: validation then asks what was trained on.",
            method_of(env),
        )


def oracle(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Give the right answer, and the worked solution, which has it in a box."""
    marked = bare(env).marked
    for index in range(_TASKS):
        task = begin(env, index)
        solution = task.solution if bare(env).answer_format == "boxed" else ""
        for name, text in (("answer", marked(task.answer)), ("solution", solution)):
            begin(env, index)
            if not text:
                continue
            _, reward, _, _, info = env.step(text)
            if reward != 1.0:
                yield Problem(
                    f"the {name} of task {index} does not pay 1: {text[-80:]!r} "
                    f"(verdict {info['verdict']!r}, read as {info['extracted']!r}).",
                    "write Task.answer as a number or LaTeX that `verl-credit verify` accepts, "
                    "or override check; finished must accept it too."
                    if name == "answer"
                    else r"end Task.solution with \boxed{...} around Task.answer, one box only.",
                    _judge(env) if name == "answer" else method_of(env),
                )


def hostile(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Give wrong, empty, hedging and hostile answers."""
    answer = begin(env, 0).answer
    marked = bare(env).marked
    hedge = f"{marked(answer)} or {marked(f'{answer} + 1')}"
    for text in (*HOSTILE, hedge, answer):
        begin(env, 0)
        try:
            reward = env.step(text)[1]
        except Exception as error:
            yield Problem(
                f"step raised {type(error).__name__} on {text[:40]!r}.",
                "make check, finished and feedback return for any text, because a model writes it.",
            )
        else:
            if reward != 0.0:
                yield Problem(
                    f"{text[:60]!r} pays {reward}.",
                    "accept only what solves the task; leave rewards to ReasoningEnv.step.",
                    _judge(env),
                )


def echo(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Give the question's own formulas back."""
    for index in range(_ECHOES):
        task = begin(env, index)
        for formula in formulas(task.question):
            begin(env, index)
            if formula != task.answer and env.step(bare(env).marked(formula))[1] != 0.0:
                yield Problem(
                    f"task {index} pays for {formula!r}, copied out of its question.",
                    "override finished(task, answer), with envs.forms.is_number for numbers.",
                    "finished",
                )
                return


def transitions(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Look at everything reset and step return."""
    leave = "leave step to ReasoningEnv; override sample_task, check, finished and feedback only."
    _, info = env.reset(seed=0, options={"index": 0})
    answer = bare(env).task.answer
    yield from (Problem(what, leave, "step") for what in info_problems(info))
    for text in (*HOSTILE[:3], bare(env).marked(answer)):
        begin(env, 0)
        feedback, reward, terminated, truncated, info = env.step(text)
        yield from (Problem(what, leave, "step") for what in info_problems(info))
        if type(reward) is not float or reward not in (0.0, 1.0):
            yield Problem(
                f"the reward must be the float 0.0 or 1.0; got {reward!r}.", leave, "step"
            )
        if terminated and truncated:
            yield Problem("terminated and truncated are both true.", leave, "step")
        if not isinstance(feedback, str):
            yield Problem(f"feedback must be text; got {type(feedback).__name__}.", leave, "step")


def quiet_feedback(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Read what follows a wrong answer, for every kind of feedback the environment has."""
    for kind in FEEDBACK:
        retry = MultiTurn(make(env_id, kwargs), 3, kind)
        for index in range(_TASKS):
            if kind == "hint" and not begin(env, index).hint:
                continue
            said = feedback_on(retry, index)
            question, answer = retry.task.question, retry.task.answer
            if mentions(said, answer) and not mentions(question, answer):
                yield Problem(
                    f"the feedback of task {index} contains its answer {answer!r}: {said!r}.",
                    "let feedback and Task.hint say how to go on, and never give the result.",
                    method_of(env) if kind == "hint" else "feedback",
                )
                break


def levels(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Ask for every level."""
    for level in bare(env).levels:
        _, info = env.reset(seed=0, options={"index": 0, "level": level})
        if info["difficulty"] != level:
            yield Problem(
                f"level {level!r} was asked for, and a task of {info['difficulty']!r} came.",
                "let sample_at(rng, level) return a Task with difficulty=level.",
                "sample_at",
            )


def pickles(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Ray ships environments and their errors between processes."""
    fix = "keep lambdas, open files, locks and modules out of its attributes."
    task = begin(env, 1)
    try:
        copy = pickle.loads(pickle.dumps(env))
    except Exception as error:
        names = [n for n, value in vars(bare(env)).items() if not _is_picklable(value)]
        kept = "".join(f"self.{name} cannot be pickled: " for name in names[:1])
        yield Problem(f"{kept}{type(error).__name__}: {error}.", fix, "__init__")
    else:
        if bare(copy).task != task:
            yield Problem("a pickled copy has another task.", fix)


def _is_picklable(value: Any) -> bool:
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True


def _judge(env: gymnasium.Env) -> str:
    """Return the method that an author replaced to judge answers, or the one that makes tasks."""
    kind = type(bare(env))
    replaced = (
        n for n in ("check", "finished") if getattr(kind, n) is not getattr(ReasoningEnv, n)
    )
    return next(replaced, method_of(env))


LAWS: tuple[Law, ...] = (
    determinism,
    held_out,
    transitions,
    gymnasium_checker,
    oracle,
    hostile,
    echo,
    quiet_feedback,
    levels,
    pickles,
)
