"""Held-out pass@k per difficulty, before and after, with its sampling error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isnan, nan, sqrt

from ..runs import Run
from .intervals import Interval, of_share

MEAN = "mean"
_KEY = re.compile(
    r"val-credit/(?P<source>.+?)/(?:difficulty=(?P<difficulty>.+)|mean)/(?P<what>[^/]+)"
)


@dataclass(frozen=True)
class Cell:
    """pass@k of one difficulty at two validations, with standard errors (nan where unknown)."""

    before: float
    after: float
    error_before: float
    error_after: float

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before


@dataclass(frozen=True)
class Validations:
    """All `val-credit/*` metrics of one data source.

    Attributes:
        source: the name of an entry of the validation, or the environment's id.
        steps: the steps at which a validation was logged, ascending.
        difficulties: labels in ascending order; numbers first, by value. Empty for a source
            without; its mean is that over all problems.
        ks: the k for which pass@k was logged, ascending.
        values: (step, difficulty or "mean") -> {"pass@1": ..., "problems": ...}.
    """

    source: str
    steps: list[int]
    difficulties: list[str]
    ks: list[int]
    values: dict[tuple[int, str], dict[str, float]]

    @property
    def span(self) -> str:
        """The compared steps in words."""
        first, last = self.steps[0], self.steps[-1]
        return f"step {first} → step {last}" if last > first else f"step {first} only"

    @property
    def rows(self) -> list[str]:
        """The rows of a table: every difficulty, then the mean over them."""
        return [*self.difficulties, MEAN]

    def at(self, step: int, row: str, k: int) -> float:
        """pass@k, or nan if it was not logged."""
        return self.values.get((step, row), {}).get(f"pass@{k}", nan)

    def cell(self, row: str, k: int) -> Cell:
        """The first and the last validation of one cell; `after` is nan if there is only one."""
        first, last = self.steps[0], self.steps[-1]
        after, error_after = nan, nan
        if last > first:
            after, error_after = self.at(last, row, k), self.error(last, row, k)
        return Cell(self.at(first, row, k), after, self.error(first, row, k), error_after)

    def counts(self, row: str) -> tuple[float, int]:
        """Problems of a row (nan if not logged); samples per problem, the largest k."""
        return self.values.get((self.steps[-1], row), {}).get("problems", nan), self.ks[-1]

    def error(self, step: int, row: str, k: int) -> float:
        """Standard error of pass@k from drawing P problems, n samples each; nan without counts.

        For k = 1 it is the cluster standard error, sqrt(Var_i(c_i / n) / P). The variance over
        problems follows exactly from pass@1 and pass@2: with f = n - c,
        mean((f/n)^2) = ((n-1) (1 - pass@2) + (1 - pass@1)) / n. For k > 1 it is the binomial
        bound sqrt(q (1 - q) / P), reached when every problem is solved always or never, with
        q = (P pass@k + 2) / (P + 4) so that it does not vanish when all were solved (Agresti
        and Coull 1998). The mean over D difficulties has sqrt(sum SE^2) / D: difficulties are
        drawn independently.
        """
        if row == MEAN and self.difficulties:
            errors = [self.error(step, name, k) for name in self.difficulties]
            return sqrt(sum(e * e for e in errors)) / len(errors)
        problems, samples = self.counts(row)
        if isnan(problems):
            return nan
        if k == 1 and samples > 1:
            fail, fail_twice = 1 - self.at(step, row, 1), 1 - self.at(step, row, 2)
            variance = ((samples - 1) * fail_twice + fail) / samples - fail * fail
            return sqrt(max(variance, 0.0) / problems)
        q = (problems * self.at(step, row, k) + 2) / (problems + 4)
        return sqrt(q * (1 - q) / problems)

    def interval(self, step: int, row: str, k: int) -> Interval:
        """pass@k with its 95% interval within 0 and 1; unknown bounds without counts.

        Wilson's, with as many independent draws as give the cluster standard error: P problems
        that are solved always or never are worth P draws, n samples each that do not hang together
        at most n P. For k > 1 they are P.
        """
        return of_share(self.at(step, row, k), self._draws(step, row, k))

    def _draws(self, step: int, row: str, k: int) -> float:
        levels = self.difficulties if row == MEAN and self.difficulties else [row]
        problems = [self.counts(level)[0] for level in levels]
        if any(map(isnan, problems)):
            return nan
        # Of a mean over levels of unlike size, as if all were equally hard.
        least = len(levels) ** 2 / sum(1 / p for p in problems)
        value, samples = self.at(step, row, k), self.counts(row)[1]
        if k == 1 and samples > 1:
            error, most = self.error(step, row, k), samples * sum(problems)
        else:
            shares = [self.at(step, level, k) for level in levels]
            parts = [q * (1 - q) / p for q, p in zip(shares, problems, strict=True)]
            error, most = sqrt(sum(parts)) / len(levels), sum(problems)
        if not 0 < value < 1:
            return least
        return min(value * (1 - value) / error**2, most) if error > 0 else most


def validations(run: Run) -> list[Validations]:
    """The validations of a run, one entry per data source; empty if it did not validate."""
    found: dict[str, dict[tuple[int, str], dict[str, float]]] = {}
    for step, data in run.history.items():
        for name, value in data.items():
            if match := _KEY.fullmatch(name):
                row = match["difficulty"] or MEAN
                found.setdefault(match["source"], {}).setdefault((step, row), {})[match["what"]] = (
                    value
                )
    return [_collect(source, values) for source, values in sorted(found.items())]


def _collect(source: str, values: dict[tuple[int, str], dict[str, float]]) -> Validations:
    rows = {row for _, row in values} - {MEAN}
    names = {name for entry in values.values() for name in entry}
    return Validations(
        source=source,
        steps=sorted({step for step, _ in values}),
        difficulties=sorted(rows, key=_order),
        ks=sorted(int(name[5:]) for name in names if re.fullmatch(r"pass@\d+", name)),
        values=values,
    )


def _order(label: str) -> tuple[float, str]:
    try:
        return float(label), label
    except ValueError:
        return float("inf"), label


def display(row: str) -> str:
    """A row's label as people write it: 2.0 -> 2."""
    return row.removesuffix(".0")
