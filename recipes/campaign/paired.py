"""Tests and intervals of paired differences: the seed is the unit, n seeds give n differences.

Differences lie along the last axis, so that a thousand simulated campaigns are one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EXACT = 16
"""Differences up to which every pattern of signs is tried; beyond, `DRAWS` patterns are drawn."""

DRAWS = 65_536
_TIE = 1e-12


@dataclass(frozen=True)
class Result:
    """What the differences of a contrast say.

    Attributes:
        differences: of each seed, in the order of the seeds.
        mean: their mean.
        low: lower end of the 95% t interval over seeds (for ``alpha=0.05``); NaN for one seed.
        high: its upper end.
        p: two-sided sign-flip test.
        positive: seeds with a difference above 0.
        equivalence_low: lower end of the ``1 - 2 alpha`` interval, which `margin` is held against.
        equivalence_high: its upper end.
        equivalence_p: larger p of the two one-sided t tests.
        margin: differences within it are called equivalent.
        alpha: level of tests.
    """

    differences: Floats
    mean: float
    low: float
    high: float
    p: float
    positive: int
    equivalence_low: float
    equivalence_high: float
    equivalence_p: float
    margin: float
    alpha: float

    @property
    def sd(self) -> float:
        """Standard deviation of the differences over seeds; of two seeds or more."""
        return float(self.differences.std(ddof=1))

    @property
    def rejects(self) -> bool:
        """Whether the sign-flip test rejects "no difference"."""
        return self.p <= self.alpha

    @property
    def equivalent(self) -> bool:
        """Whether both one-sided tests reject a difference as large as the margin."""
        return self.equivalence_p <= self.alpha


def analyse(differences: Sequence[float] | Floats, margin: float, alpha: float) -> Result:
    """Test and interval of the differences of one contrast, one per seed."""
    d_S = np.asarray(differences, dtype=np.float64)
    low, high = t_interval(d_S, alpha)
    narrow_low, narrow_high = t_interval(d_S, 2 * alpha)
    return Result(
        differences=d_S,
        mean=float(d_S.mean()),
        low=float(low),
        high=float(high),
        p=float(sign_flip_p(d_S)),
        positive=int((d_S > 0).sum()),
        equivalence_low=float(narrow_low),
        equivalence_high=float(narrow_high),
        equivalence_p=float(equivalence_p(d_S, margin)),
        margin=margin,
        alpha=alpha,
    )


def sign_flip_p(differences: Floats) -> Floats:
    """Two-sided p of the sign-flip test.

    The share of the ``2^n`` patterns of signs whose ``|sum|`` is at least the observed one; under
    "no difference" every pattern is as likely. Its smallest value is ``2 / 2^n``.

    Args:
        differences: [..., n].

    Returns:
        [...]. 1 where all differences are 0. Beyond `EXACT` differences from random patterns.
    """
    n = differences.shape[-1]
    sums = np.abs(differences @ _signs(n).T)
    observed = np.abs(differences.sum(-1, keepdims=True))
    scale = np.abs(differences).sum(-1, keepdims=True)
    found: Floats = (sums >= observed - _TIE * scale).mean(-1)
    return found


def smallest_p(seeds: int) -> float:
    """The smallest p that the sign-flip test can give: all differences have one sign."""
    return 2.0 / 2.0 ** min(seeds, EXACT)


def t_interval(differences: Floats, alpha: float) -> tuple[Floats, Floats]:
    """The ``1 - alpha`` interval ``mean -+ t_{1 - alpha/2, n-1} s / sqrt(n)``; NaN for n = 1.

    Args:
        differences: [..., n].
        alpha: 0 to 1.
    """
    from scipy.stats import t

    n = differences.shape[-1]
    mean = differences.mean(-1)
    if n < 2:
        return np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    half = t.ppf(1 - alpha / 2, n - 1) * differences.std(-1, ddof=1) / np.sqrt(n)
    return mean - half, mean + half


def t_test_p(differences: Floats) -> Floats:
    """Two-sided p of the paired t test, [..., n] -> [...]; for a spread above 0."""
    from scipy.stats import t

    n = differences.shape[-1]
    error = differences.std(-1, ddof=1) / np.sqrt(n)
    p: Floats = 2 * t.sf(np.abs(differences.mean(-1)) / error, n - 1)
    return p


def equivalence_p(differences: Floats, margin: float) -> Floats:
    """The larger p of two one-sided t tests (TOST): of "at most -margin" and "at least margin".

    Args:
        differences: [..., n].
        margin: above 0.

    Returns:
        [...]. NaN for n = 1. Without any spread 0 within the margin and 1 outside.
    """
    from scipy.stats import t

    n = differences.shape[-1]
    distance = margin - np.abs(differences.mean(-1))
    if n < 2:
        return np.full_like(distance, np.nan)
    error = differences.std(-1, ddof=1) / np.sqrt(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        p: Floats = np.asarray(t.sf(distance / error, n - 1))
    return np.where(error > 0, p, np.where(distance > 0, 0.0, 1.0))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p: reject those at most alpha, and any error at all is at most alpha.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    p_C = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p_C, kind="stable")
    stepped = np.maximum.accumulate(p_C[order] * np.arange(len(p_C), 0, -1))
    adjusted = np.empty_like(p_C)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(p) for p in adjusted]


def without_extremes(differences: Floats) -> tuple[float, float]:
    """The mean without the largest difference, and without the smallest; for n of at least 2."""
    ordered = np.sort(differences)
    return float(ordered[:-1].mean()), float(ordered[1:].mean())


def problem_bootstrap(
    by_seed: Sequence[Floats], alpha: float, draws: int = 4000, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of the mean difference over resampled problems, the seeds as they are.

    A check: how much of the spread the choice of problems makes. It is no interval for new seeds.

    Args:
        by_seed: differences of each seed's problems, each [J].
        alpha: the interval holds ``1 - alpha``.
        draws: bootstrap samples.
        seed: of the random numbers.
    """
    rng = np.random.default_rng(seed)
    total = np.zeros(draws)
    for d_J in by_seed:
        counts = rng.multinomial(len(d_J), np.full(len(d_J), 1 / len(d_J)), size=draws)
        total += counts @ d_J / len(d_J)
    low, high = np.quantile(total / len(by_seed), [alpha / 2, 1 - alpha / 2])
    return float(low), float(high)


def _signs(n: int) -> npt.NDArray[Any]:
    """Patterns of signs [patterns, n]: all with a first sign of +1, as the rest mirrors them."""
    if n <= EXACT:
        bits = np.arange(2 ** (n - 1))[:, None] >> np.arange(n)[None] & 1
        return np.asarray(1.0 - 2.0 * bits)
    drawn = np.random.default_rng(0).integers(0, 2, size=(DRAWS, n)) * 2.0 - 1.0
    drawn[0] = 1.0  # the observed pattern is one of them, so that p is never 0
    return np.asarray(drawn)
