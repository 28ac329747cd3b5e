"""What a finding is, and the settings and numbers that findings read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..options import Options, flag, integer

Means = Mapping[str, float]
"""Metrics averaged over the steps of a stretch."""


@dataclass(frozen=True)
class NoticesConfig(Options):
    """Options of ``trainer.notices``.

    Attributes:
        after: steps in a row before a notice is given.
        stop_dead_run: end a run in which no group has contrast, instead of warning.
    """

    after: int = integer(10, 1)
    stop_dead_run: bool = flag(False)


@dataclass(frozen=True)
class Facts:
    """The numbers of a chain of operators that decide what is a finding; by default no chain.

    Attributes:
        beta: GTPO's; 0 where there is no GTPO, or where not every token is weighed.
        planners: operators that read planning tokens, and act at their numbers.
        gate: SEPA's gate; 0 where there is none, or where lambda is 0 by the numbers.
        delay: last step at which lambda is 0 by the numbers.
        lam: SEPA's lambda where it follows no schedule.
    """

    beta: float = 0.0
    planners: tuple[str, ...] = ()
    gate: float = 0.0
    delay: int = 0
    lam: float = 0.0


@dataclass(frozen=True)
class Finding:
    """One thing that can be the matter with a run.

    Attributes:
        key: its name; the metric is ``credit/notice/{key}``.
        applies: whether it can be found with this chain at all.
        holds: whether it is so at a step with these metrics.
        title: the sentence, which goes on with the steps.
        seen: what was observed.
        change: what to do about it.
        short_run: whether it is said of a run that ends before enough steps, if it held at every
            one of them.
    """

    key: str
    applies: Callable[[Facts], bool]
    holds: Callable[[Facts, int, Means], bool]
    title: str
    seen: Callable[[Facts, Means], list[str]]
    change: Callable[[Facts, Means], list[str]]
    short_run: bool = False

    @property
    def metric(self) -> str:
        """1 from the step at which the notice is given until it no longer holds, else 0."""
        return f"credit/notice/{self.key}"


def percent(share: float) -> str:
    """12% of a share of .12; more digits below 10%.

    >>> percent(0.973), percent(0.031), percent(0.0)
    ('97%', '3.1%', '0%')
    """
    return f"{100 * share:.2g}%" if share < 0.0995 else f"{100 * share:.0f}%"
