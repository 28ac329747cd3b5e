"""Every error this package raises on purpose; each also is the standard error it refines.

All carry one ready sentence as their only argument, so they survive pickle (Ray ships them).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence


class EnvError(Exception):
    """Base class of the errors raised by `envs`."""


class UnknownEnvError(EnvError, LookupError):
    """No environment is registered under the id asked for."""

    @classmethod
    def for_id(cls, env_id: str, known: Sequence[str], detail: str = "") -> UnknownEnvError:
        """Return the error for `env_id` with the nearest of `known`, or `detail` if none is."""
        near = difflib.get_close_matches(env_id, known, n=3, cutoff=0.5)
        hint = f"Nearest: {', '.join(near)}." if near else f"Nothing is close to it. {detail}"
        return cls(
            f"Unknown environment {env_id!r}. {hint.strip()} "
            "An id from another package is written 'module:id'."
        )


class EnvConfigError(EnvError, ValueError):
    """An argument of an environment, or an option of `reset`, is out of range."""


class EpisodeError(EnvError, RuntimeError):
    """`step` was called before `reset` or after the episode ended."""


class EnvContractError(EnvError, TypeError):
    """An environment breaks the contract of `ReasoningEnv`."""


class OverrunError(EnvError, TimeoutError):
    """Code of an environment gave no result in the time that it has."""


class VerifierError(EnvError, RuntimeError):
    """No worker process can be started, so no answer can be judged."""


class MissingExtraError(EnvError, ImportError):
    """An environment needs a package that only one of our extras installs."""
