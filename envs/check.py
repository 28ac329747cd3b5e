"""Does an environment keep the contract? `check_env` says what does not, and what to do then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gymnasium

from . import basics, wording
from .base import ReasoningEnv, Task
from .blame import Frame, definition, frames_of
from .errors import EnvConfigError, EnvContractError, UnknownEnvError
from .info import INFO_KEYS
from .laws import LAWS as LAWS_OF_PLAY
from .loading import creator_of
from .probes import Law, Problem, bare, begin, make

__all__ = ["INFO_KEYS", "LAWS", "Examination", "check_env", "examine"]

LAWS: tuple[Law, ...] = (
    *(basics.draws, basics.checks, basics.judges),
    *(wording.short, wording.unsaid, wording.verifiable),
    *LAWS_OF_PLAY,
)


@dataclass
class Examination:
    """What was found, up to the first law that an environment breaks.

    Attributes:
        task: a task of it; None if it makes none.
        passed: the laws that it keeps.
        broken: the law that it breaks; "" if it keeps them all.
        problems: what is wrong with that one.
        where: the user's lines to look at; for an error, the one that raised last.
        held_out: whether the streams share no question.
    """

    task: Task | None = None
    passed: list[str] = field(default_factory=list)
    broken: str = ""
    problems: list[Problem] = field(default_factory=list)
    where: list[Frame] = field(default_factory=list)
    held_out: bool = True


def check_env(env_id: str, **kwargs: Any) -> list[str]:
    """Return what is wrong with an environment, each "law: what. Fix: what to do."; [] if nothing.

    It stops at the first law that is broken, because others may break for the same reason. The laws
    are those of `envs.basics`, `envs.wording` and `envs.laws`; an id from another module is written
    `module:id`.

    Raises:
        UnknownEnvError: no such id.
        EnvConfigError: arguments that the environment does not take.
    """
    found = examine(env_id, kwargs)
    return [f"{found.broken}: {problem.what} Fix: {problem.fix}" for problem in found.problems]


def examine(
    env_id: str, kwargs: dict[str, Any], tell: Callable[[str], None] = lambda law: None
) -> Examination:
    """Do what `check_env` does; `tell` is told what is looked at next.

    Raises:
        UnknownEnvError: no such id.
        EnvConfigError: arguments that the environment does not take.
    """
    found = Examination()
    tell("import: make the environment")
    try:
        env = make(env_id, kwargs)
    except EnvContractError as error:
        found.broken, found.problems = "import", [_unmade(error, env_id)]
        found.where = list(found.problems[0].frames)
        return found
    found.held_out = bare(env).held_out
    for law in LAWS:
        tell(f"{law.__name__}: {law.__doc__}")
        found.problems = _asked(law, env_id, kwargs)
        if found.problems:
            found.broken = law.__name__
            found.where = _where(found.problems[0], env)
            break
        found.passed.append(law.__name__)
    if "draws" in found.passed:
        found.task = begin(env, 0)
    return found


def _unmade(error: EnvContractError, env_id: str) -> Problem:
    """Return the problem of an environment that cannot be made."""
    if error.__cause__ and (frames := frames_of(error.__cause__)):
        return Problem(str(error), "mend that line; every process of a run gets there.", "", frames)
    try:
        kind = creator_of(env_id)
    except EnvContractError:
        return Problem(str(error), "name the class as 'module:Class' in gymnasium.register.")
    if not (isinstance(kind, type) and issubclass(kind, ReasoningEnv)):
        return Problem(str(error), "register a class that is a ReasoningEnv.")
    fix = "give every argument of __init__ but **kwargs a default; hand kwargs to super().__init__."
    return Problem(str(error), fix, "", definition(kind, "__init__"))


def _asked(law: Law, env_id: str, kwargs: dict[str, Any]) -> list[Problem]:
    try:
        return list(law(make(env_id, kwargs), env_id, kwargs))
    except (UnknownEnvError, EnvConfigError):
        raise
    except Exception as error:
        return [basics.raised(error)]


def _where(problem: Problem, env: gymnasium.Env) -> list[Frame]:
    if problem.frames or not problem.about:
        return list(problem.frames)
    return definition(type(bare(env)), problem.about)
