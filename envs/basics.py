"""What has to work before a law can be asked: the environment draws a task and judges answers.

    draws    a task of every stream comes within seconds
    checks   an own `check` answers True or False to a right answer, a wrong one and any text
    judges   `finished` and `feedback` return for them

Each call has a deadline, so that code that hangs is reported with the line at which it hangs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gymnasium

from .base import ReasoningEnv
from .blame import Frame, Hangs, frames_of, within
from .errors import EnvContractError, EnvError
from .probes import Problem, bare, begin, make, method_of
from .verify import DEFAULT_TIMEOUT, Check
from .verify.workers.own_check import ask_check
from .wrappers import MultiTurn

_SECONDS = 5.0
_LOOK_SECONDS = 0.5  # to see at which line a check hangs that has been killed in its worker
_TASK = "end it with `return Task(question=..., answer=...)`, both text: str(n) for a number n."
_EVERY_RNG = "let it return a task for every rng."
_ANY_TEXT = "let it return for every task and every text, because a model writes the text."
_NO_FILES = "let it return for every text, and read files at the top of the module: it has none."
_ENDS = "let it come to an end for every task and every text."
_PLAIN_CHECK = (
    "let check return True or False, and keep lambdas, open files, locks and modules out of self."
)
_FAILURES = {
    "crash": ("check raises {} on the answer {answer!r}.", _NO_FILES),
    "timeout": ("check blocks: {} for {answer!r}.", _ENDS),
    "memory": ("check takes more than {} for {answer!r}.", "let it build less."),
}
_DETAILS = {
    "crash": "what ends its process",
    "timeout": f"no result in {DEFAULT_TIMEOUT:g} s",
    "memory": "512 MB",
}
_TEXTS = ("0", r"\text{no idea}")


def draws(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Draw a task of every stream."""
    method = method_of(env)
    for stream in bare(env).streams:
        options = {"stream": stream, "index": 0}
        yield from (found := list(_tried(method, partial(env.reset, seed=0, options=options))))
        if found:
            return
    task = bare(env).task
    if not task.answer.strip():
        yield Problem(
            "Task.answer is empty.", "give the correct answer, or an example of one.", method
        )
    if not task.question.strip():
        yield Problem("Task.question is empty.", "ask something.", method)


def checks(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Ask an own check about a right answer, a wrong one and a text."""
    own = bare(env)
    if type(own).check is ReasoningEnv.check:
        return
    task = begin(env, 0)
    for text in (task.answer, *_TEXTS):
        try:
            judging = ask_check(Check(own._without_episode(), task), text, DEFAULT_TIMEOUT)
            reply = judging.result()
        except EnvContractError as error:
            yield Problem(str(error), _PLAIN_CHECK, "check")
            return
        if outcome := reply.get("error"):
            frames = [Frame(*frame) for frame in reply.get("frames", ())]
            if outcome == "timeout":
                frames = _where_it_hangs(partial(own.check, task, text))
            what, fix = _FAILURES[outcome]
            what = what.format(reply.get("detail") or _DETAILS[outcome], answer=text)
            yield Problem(what, fix, "check", frames)
            return


def judges(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Give a right answer, none and a wrong one."""
    retry = MultiTurn(make(env_id, kwargs), 3)
    marked = retry.base.marked
    for text in (marked(begin(env, 0).answer), "", marked(_TEXTS[1])):
        begin(retry, 0)
        yield from _tried("step", partial(retry.step, text))


def raised(error: BaseException, method: str = "it") -> Problem:
    """Return the problem that is an error nobody expected."""
    frames = frames_of(error)
    name = frames[-1].function if frames else method
    text = " ".join(str(error).split()).rstrip(".")
    fix = _EVERY_RNG if method.startswith("sample") else _ANY_TEXT
    return Problem(f"{name} raises {type(error).__name__}: {text}.", fix, name, frames)


def _tried(method: str, call: Callable[[], Any]) -> Iterator[Problem]:
    try:
        within(_SECONDS, call)
    except Hangs as error:
        name = error.frames[-1].function if error.frames else method
        yield Problem(f"{name} blocks: no result in {_SECONDS:g} s.", _ENDS, name, error.frames)
    except EnvContractError as error:
        cause = error.__cause__
        if cause and not isinstance(cause, EnvContractError):
            yield raised(cause, method)
        else:
            yield Problem(str(cause or error), _TASK, method, frames_of(cause or error))
    except EnvError:
        raise  # an argument is wrong, and its text says so
    except Exception as error:
        yield raised(error, method)


def _where_it_hangs(check: Callable[[], Any]) -> list[Frame]:
    try:
        within(_LOOK_SECONDS, check)
    except Hangs as error:
        return error.frames
    except Exception:
        return []
    return []
