"""Every error this package raises on purpose; each also is the standard error that it refines."""

from __future__ import annotations


class CreditError(Exception):
    """Base of all errors of this package; its single argument is the message."""


class CreditConfigError(CreditError, ValueError):
    """The configuration is wrong; the message lists every problem found in it."""


class RewardContractError(CreditError, ValueError):
    """A reward breaks the contract of the chosen episode operator (finite, or exactly 0 or 1)."""


class MissingSignalError(CreditError, KeyError):
    """An estimator needs a per-token signal that the batch does not carry."""

    # KeyError shows the repr of its argument, which would quote and escape the sentence.
    __str__ = Exception.__str__


class RunStuckError(CreditError, RuntimeError):
    """A process of the engine died, or nothing moves any more; the same command resumes."""


class DeadRunError(CreditError, RuntimeError):
    """No group has contrast, and the user asked that such a run ends."""


class EnvFailuresError(CreditError, RuntimeError):
    """Too many sessions failed in their environment, or were dropped, for training to be right."""


class NonFiniteSignalError(CreditError, ValueError):
    """Too many values of a signal are NaN or infinite for an advantage to mean anything."""
