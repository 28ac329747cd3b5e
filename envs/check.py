"""Does an environment keep the contract? `check_env` says what does not, and what to do then."""

from __future__ import annotations

from typing import Any

from .errors import UnknownEnvError
from .info import INFO_KEYS
from .laws import LAWS, Problem
from .probes import make

__all__ = ["INFO_KEYS", "LAWS", "check_env"]

_ON_RAISE = "it must not raise here; call the same on `envs.make(env_id)` to see the traceback."


def check_env(env_id: str, **kwargs: Any) -> list[str]:
    """Return what is wrong with an environment, each "law: what. Fix: what to do."; [] if nothing.

    The laws are those of `envs.laws`; an id from another module is written `module:id`.

    Raises:
        UnknownEnvError: no such id.
    """
    problems: list[str] = []
    for law in LAWS:
        try:
            found = list(law(make(env_id, kwargs), env_id, kwargs))
        except UnknownEnvError:
            raise
        except Exception as error:
            found = [Problem(f"raised {type(error).__name__}: {error}", _ON_RAISE)]
        problems += [f"{law.__name__}: {problem.what} Fix: {problem.fix}" for problem in found]
    return problems
