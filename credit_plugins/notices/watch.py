"""Decides, step by step, which notices hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .closed_gate import CLOSED_GATE, GATE
from .dead_run import CORRECT_RATE, DEAD_RUN, ERROR, GAP, MIXED, VERDICT
from .finding import Facts, Finding, NoticesConfig
from .no_planning import NO_PLANNING, PLANNING
from .notice import Notice
from .uniform_weights import COSINE, LAMBDA, UNIFORM_WEIGHTS

FINDINGS = (DEAD_RUN, NO_PLANNING, UNIFORM_WEIGHTS, CLOSED_GATE)
NEEDS = (MIXED, CORRECT_RATE, ERROR, GAP, PLANNING, COSINE, LAMBDA, GATE)
"""Metrics that findings read, beside ``env/verdict/*``."""


@dataclass
class Stretch:
    """Steps in a row in which a finding holds, and the totals of the metrics over them."""

    since: int
    steps: int = 0
    calls: int = 0
    given: bool = False
    totals: dict[str, float] = field(default_factory=dict)

    def add(self, metrics: Mapping[str, float], *, new_step: bool) -> None:
        """Count one advantage computation."""
        self.steps += new_step
        self.calls += 1
        for name, value in metrics.items():
            self.totals[name] = self.totals.get(name, 0.0) + value

    @property
    def means(self) -> dict[str, float]:
        """Metrics averaged over the stretch; one that was absent at a step counts as 0 there."""
        return {name: value / self.calls for name, value in self.totals.items()}


@dataclass
class Watch:
    """Follows a run through `observe`; `state` and `restore` carry it over a resume.

    A notice is given once its finding has held for ``config.after`` steps in a row, and again at
    the last step if it still holds. A finding with ``short_run`` is also given at the last step of
    a shorter run in which it held at every step.

    Args:
        facts: of the chain that trains.
        config: ``trainer.notices``.
    """

    facts: Facts
    config: NoticesConfig
    _last: int = 0
    _stretches: dict[str, Stretch] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that this chain can have."""
        return tuple(finding for finding in FINDINGS if finding.applies(self.facts))

    def observe(
        self, step: int, metrics: Mapping[str, float], *, last: bool = False
    ) -> tuple[list[Notice], list[str]]:
        """Take in the metrics of a step.

        A second call at the same step can end a stretch, but does not lengthen it.

        Args:
            step: verl's global step.
            metrics: those of ``NEEDS`` and ``env/verdict/*``; others are ignored.
            last: whether it is the run's last step.

        Returns:
            Notices to give now, and keys of those given before that no longer hold.
        """
        read = {n: float(x) for n, x in metrics.items() if n in NEEDS or n.startswith(VERDICT)}
        new_step, given, over = step > self._last, [], []
        for finding in self.findings:
            if not finding.holds(self.facts, step, read):
                ended = self._stretches.pop(finding.key, None)
                over += [finding.key] if ended and ended.given else []
                continue
            stretch = self._stretches.setdefault(finding.key, Stretch(since=step))
            stretch.add(read, new_step=new_step)
            long = stretch.steps >= self.config.after
            whole_run = last and finding.short_run and stretch.since == 1
            if new_step and (last or not stretch.given) and (long or whole_run):
                stretch.given = True
                given.append(self._notice(finding, stretch, step))
        self._last = max(step, self._last)
        return given, over

    def is_given(self, finding: Finding) -> bool:
        """Whether a notice of it has been given and still holds."""
        stretch = self._stretches.get(finding.key)
        return stretch is not None and stretch.given

    def metrics(self) -> dict[str, float]:
        """``credit/notice/{key}`` of every finding that this chain can have."""
        return {finding.metric: float(self.is_given(finding)) for finding in self.findings}

    def _notice(self, finding: Finding, stretch: Stretch, step: int) -> Notice:
        many = f"at steps {stretch.since} to {step}" if step > stretch.since else f"at step {step}"
        return Notice(
            key=finding.key,
            since=stretch.since,
            step=step,
            title=f"{finding.title} ({many}).",
            seen=tuple(finding.seen(self.facts, stretch.means)),
            change=tuple(finding.change(self.facts, stretch.means)),
        )

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as plain JSON."""
        return {key: dict(vars(stretch)) for key, stretch in self._stretches.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where `state` was taken."""
        self._stretches = {key: Stretch(**kept) for key, kept in state.items()}
