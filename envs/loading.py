"""From an id and arguments to an environment, and what to say where there is none."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator

from .base import ReasoningEnv
from .blame import told
from .errors import EnvConfigError, EnvContractError, EnvError, UnknownEnvError


def make(env_id: str, kwargs: Mapping[str, Any]) -> gymnasium.Env:
    """Return the environment registered as `env_id`, with gymnasium's wrappers around it.

    Raises:
        UnknownEnvError: no such module, or it registers no such id; the message names the nearest.
        EnvConfigError: arguments that the environment does not take.
        EnvContractError: its module or its constructor raises, it makes no `ReasoningEnv`, or its
            constructor leaves out that of `ReasoningEnv`.
    """
    creator = creator_of(env_id)
    try:
        env = gymnasium.make(env_id.rpartition(":")[2], disable_env_checker=True, **kwargs)
    except EnvError as error:
        # Gymnasium repeats a TypeError, and EnvContractError is one, with its own words added.
        raise error.__context__ if isinstance(error.__context__, EnvError) else error from None
    except Exception as error:
        cause: BaseException = error
        if isinstance(error, TypeError):
            _require_known(creator, kwargs)
            cause = error.__context__ or error
        raise EnvContractError(f"{env_id} cannot be made: {told(cause)}.") from cause
    bare = env.unwrapped
    if not isinstance(bare, ReasoningEnv):
        raise EnvContractError(
            f"{env_id} makes a {type(bare).__name__}; subclass envs.base.ReasoningEnv instead."
        )
    if not hasattr(bare, "answer_format"):
        raise EnvContractError(
            f"{type(bare).__name__}.__init__ does not call super().__init__(**kwargs); let that be "
            "its first line."
        )
    return env


def creator_of(env_id: str) -> Any:
    """Return what makes the environment `env_id`, its class as a rule; imports its module.

    Raises:
        UnknownEnvError: no such module, or it registers no such id.
        EnvContractError: the module raises.
    """
    module, _, name = env_id.rpartition(":")
    if module:
        _import(module, env_id)
    try:
        entry_point = gymnasium.spec(name).entry_point
    except gymnasium.error.Error as error:
        if module in sys.modules:
            raise UnknownEnvError(_not_registered(module, name)) from None
        raise UnknownEnvError.for_id(env_id, list(gymnasium.registry), str(error)) from None
    if not isinstance(entry_point, str):
        return entry_point
    try:
        return load_env_creator(entry_point)
    except Exception as error:
        raise EnvContractError(
            f"{env_id} is registered as {entry_point}, which cannot be imported: {told(error)}."
        ) from error


def _import(module: str, env_id: str) -> None:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if module == missing or module.startswith(f"{missing}."):
            hint = " A module is named without .py." if module.endswith(".py") else ""
            raise UnknownEnvError(
                f"Unknown environment {env_id!r}: there is no module {module!r} in this folder or "
                f"among the installed ones.{hint}"
            ) from None
        raise EnvContractError(
            f"{module} needs the package {missing!r}, which is not installed: {told(error)}."
        ) from error
    except Exception as error:
        raise EnvContractError(f"{module} cannot be imported: {told(error)}.") from error


def _not_registered(module: str, name: str) -> str:
    """Return what a module that was imported registers instead of `name`."""
    homes = {
        spec.id: getattr(spec.entry_point, "__module__", str(spec.entry_point).partition(":")[0])
        for spec in gymnasium.registry.values()
    }
    theirs = [env_id for env_id, home in homes.items() if f"{home}.".startswith(f"{module}.")]
    if not theirs:
        return (
            f"{module} registers no environment; end it with "
            f"gymnasium.register({name!r}, entry_point=YourClass)."
        )
    return f"{module} does not register {name!r}; it registers {', '.join(sorted(theirs))}."


def _require_known(creator: Any, kwargs: Mapping[str, Any]) -> None:
    known = _parameters(creator)
    if known is None:
        return
    for name in kwargs:
        if name not in known:
            close = get_close_matches(name, known, n=3, cutoff=0.5)
            near = f"nearest: {', '.join(close)}" if close else f"it takes {', '.join(known)}"
            raise EnvConfigError(
                f"{getattr(creator, '__name__', creator)} takes no argument {name!r}; "
                f"{near if known else 'it takes none'}."
            )


def _parameters(creator: Any) -> list[str] | None:
    """Return the arguments that `creator` takes by name; None if it may take any.

    A class that takes `**kwargs` is expected to hand them to the next `__init__`.
    """
    steps = creator.__mro__ if isinstance(creator, type) else [creator]
    known: list[str] = []
    for step in steps:
        function = vars(step).get("__init__") if isinstance(step, type) else step
        if function is None:
            continue
        parameters = inspect.signature(function).parameters.values()
        known += [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return [name for name in known if name != "self"]
        if step is ReasoningEnv:
            break
    return None
