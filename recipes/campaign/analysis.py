"""From a campaign's tables to its answer: what is compared, whether it may be, what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from . import pairing
from .endpoint import Endpoint
from .paired import Floats, Result, analyse, holm, problem_bootstrap, without_extremes
from .plan import Contrast, Plan
from .power import Components, components
from .store import Key
from .table import Table

_GROUPS: dict[str, Callable[[Floats], npt.NDArray[np.bool_]]] = {
    "never solved before training": lambda rate: rate == 0,
    "solved at most half of the time": lambda rate: (rate > 0) & (rate <= 0.5),
    "solved more often": lambda rate: rate > 0.5,
}


@dataclass(frozen=True)
class Comparison:
    """Two arms over the seeds in which they are pairs.

    Attributes:
        contrast: which.
        endpoint: by what.
        seeds: those that are pairs.
        missing: seed -> why it is none: a run that is not in, or what the two have not in common.
        by_seed: differences of each seed's problems, each [J].
        result: None without any pair.
    """

    contrast: Contrast
    endpoint: Endpoint
    seeds: list[int]
    missing: dict[int, str]
    by_seed: list[Floats]
    result: Result | None

    @property
    def complete(self) -> bool:
        """Whether every planned seed is a pair."""
        return not self.missing

    def bootstrap(self, alpha: float) -> tuple[float, float]:
        """See `paired.problem_bootstrap`."""
        return problem_bootstrap(self.by_seed, alpha)

    @cached_property
    def components(self) -> Components | None:
        """Variance components; None below two seeds."""
        if len(self.seeds) < 2:
            return None
        return components(self.by_seed)


@dataclass(frozen=True)
class Analysis:
    """What a campaign says.

    Attributes:
        plan: the plan.
        tables: those that are in.
        failures: why others are not.
    """

    plan: Plan
    tables: Mapping[Key, Table]
    failures: Mapping[Key, str]

    def compare(self, contrast: Contrast, endpoint: Endpoint | None = None) -> Comparison:
        """Two arms by an endpoint, by default the primary one."""
        endpoint = endpoint or self.plan.primary
        noise = self.plan.noise
        same_answers = noise is None or noise.arm not in (contrast.arm, contrast.against)
        seeds, missing, by_seed = [], {}, []
        for seed in self.plan.seeds:
            if reason := self._no_pair(contrast, seed, same_answers=same_answers):
                missing[seed] = reason
                continue
            one = self.tables[contrast.arm, seed]
            other = self.tables[contrast.against, seed]
            seeds.append(seed)
            by_seed.append(one.values(endpoint) - other.values(endpoint))
        result = None
        if seeds:
            means = np.array([d_J.mean() for d_J in by_seed])
            result = analyse(means, self.plan.margin, self.plan.alpha)
        return Comparison(contrast, endpoint, seeds, missing, by_seed, result)

    def _no_pair(self, contrast: Contrast, seed: int, *, same_answers: bool) -> str:
        """Why a seed is no pair; "" if it is one."""
        arms = (contrast.arm, contrast.against)
        absent = [arm for arm in arms if (arm, seed) not in self.tables]
        for arm in absent:
            if failed := self.failures.get((arm, seed)):
                return f"{arm} has failed: {failed}"
        if absent:
            return f"{' and '.join(absent)} {'are' if len(absent) > 1 else 'is'} not in"
        one, other = self.tables[contrast.arm, seed], self.tables[contrast.against, seed]
        found = list(pairing.problems(one, other, same_answers=same_answers))
        if 0 not in one.steps or 0 not in other.steps:
            found.append("one has no validation before training")
        return f"no pair: {'; '.join(found)}" if found else ""

    @cached_property
    def primary(self) -> Comparison:
        """The primary contrast by the primary endpoint."""
        return self.compare(self.plan.contrast)

    @cached_property
    def other_endpoints(self) -> list[Comparison]:
        """The primary contrast by the other endpoints; exploratory."""
        names = self.plan.endpoints[1:]
        return [self.compare(self.plan.contrast, Endpoint.named(name)) for name in names]

    @cached_property
    def secondary(self) -> list[tuple[Comparison, float | None]]:
        """The other arms, each with Holm's adjusted p; exploratory."""
        found = [self.compare(contrast) for contrast in self.plan.secondary]
        tested = [one for one in found if one.result]
        adjusted = iter(holm([one.result.p for one in tested if one.result]))
        return [(one, next(adjusted) if one.result else None) for one in found]

    @cached_property
    def noise(self) -> Comparison | None:
        """The A/A contrast; None if the plan has none."""
        return self.compare(self.plan.noise) if self.plan.noise else None

    @cached_property
    def against_noise(self) -> list[Comparison]:
        """Primary and secondary contrasts with the A/A arm in place of the arm it repeats."""
        noise, primary = self.plan.noise, self.plan.contrast
        if noise is None or noise.against != primary.against:
            return []
        arms = [one.arm for one in (primary, *self.plan.secondary)]
        return [self.compare(Contrast(arm, noise.arm)) for arm in arms]

    def by_start(self) -> list[tuple[str, float, Result | None]]:
        """The primary contrast among problems of equal initial difficulty; exploratory.

        Groups are made by the share of right answers before training, which both arms of a pair
        have in common. The initial share is measured, so each group drifts back to the mean; it
        does so in both arms alike.

        Returns:
            Name, problems of a seed on average, and the result over seeds that have such problems.
        """
        found = []
        for name, belongs in _GROUPS.items():
            means, counts = [], []
            for seed, d_J in zip(self.primary.seeds, self.primary.by_seed, strict=True):
                table = self.tables[self.plan.contrast.against, seed]
                rate_J = table.counts[0] / np.asarray(table.samples)
                chosen = belongs(rate_J)
                counts.append(int(chosen.sum()))
                if chosen.any():
                    means.append(float(d_J[chosen].mean()))
            result = analyse(means, self.plan.margin, self.plan.alpha) if len(means) > 1 else None
            found.append((name, float(np.mean(counts or [0])), result))
        return found

    @cached_property
    def common(self) -> list[int]:
        """Seeds of which every arm is in and was validated before training.

        What is shown arm by arm is the mean over these: seeds differ more than arms do.
        """
        return [
            seed
            for seed in self.plan.seeds
            if all(
                (arm, seed) in self.tables and 0 in self.tables[arm, seed].steps
                for arm in self.plan.arms
            )
        ]

    def curves(self, arm: str, k: int) -> tuple[list[int], Floats]:
        """Steps, and mean pass@k of each of the `common` seeds at them, [seeds, steps]."""
        tables = [self.tables[arm, seed] for seed in self.common]
        return self.plan.validations, np.array([table.curve(k) for table in tables])

    def dose(self, arm: str, metric: str) -> Floats:
        """A training metric, mean over steps, of each of the `common` seeds that logged it."""
        series = [self.tables[arm, seed].series.get(metric) for seed in self.common]
        return np.array([np.mean(list(one.values())) for one in series if one])

    def trained(self, arm: str, metric: str) -> tuple[float, float] | None:
        """A training metric over the first and the last quarter of the steps, and `common` seeds.

        None if no run has logged it.
        """
        series = [self.tables[arm, seed].series.get(metric) for seed in self.common]
        runs = [[one[step] for step in sorted(one, key=int)] for one in series if one]
        if not runs:
            return None
        quarter = [max(1, len(run) // 4) for run in runs]
        first = np.mean([np.mean(run[:n]) for run, n in zip(runs, quarter, strict=True)])
        last = np.mean([np.mean(run[-n:]) for run, n in zip(runs, quarter, strict=True)])
        return float(first), float(last)

    def gradient(self, arm: str) -> dict[str, float]:
        """Cosine and noise of the first gradient, mean over the `common` seeds; see `dose`."""
        known = [dose for seed in self.common if (dose := self.tables[arm, seed].dose)]
        return {key: float(np.mean([one[key] for one in known])) for key in (known or [{}])[0]}

    @cached_property
    def extremes(self) -> tuple[float, float] | None:
        """The primary difference without the best seed, and without the worst."""
        result = self.primary.result
        if result is None or len(result.differences) < 2:
            return None
        return without_extremes(result.differences)
