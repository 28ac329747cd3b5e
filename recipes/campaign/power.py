"""How many seeds a difference needs: from a campaign's variance components, and the shortcut.

The difference of a seed's pair, with J problems, is

    d_s = delta + (seed x arm)_s + mean over j of (problem x arm)_sj,

    Var(d_s) = seed^2 + problem^2 / J.

What drawing the answers adds is within problem x arm: the two arms of a pair draw with the same
sampling seeds, so their answers are not independent, and one run alone cannot tell it apart.

A mixed model over all outcomes would add nothing: every seed has every arm and every problem of it,
and in such a balanced design the model's test of the arm is the paired t test over seeds, and its
components are those of the analysis of variance here, truncated at 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from .paired import Floats, sign_flip_p, smallest_p, t_test_p

MANY = 11
"""Seeds up to which the power is that of the sign-flip test itself."""

_CAMPAIGNS = 4000


@dataclass(frozen=True)
class Components:
    """Variances of a paired difference, in squared units of the endpoint.

    Attributes:
        seed: of seed x arm: what no number of problems takes away.
        problem: of problem x arm and of its answers, per problem.
        problems: per seed, in the campaign from which they are estimated.
        mean: difference seen there.
    """

    seed: float
    problem: float
    problems: int
    mean: float = 0.0

    def sd(self, problems: int | None = None) -> float:
        """Standard deviation of a seed's difference, by default of the campaign's own design."""
        return math.sqrt(self.seed + self.problem / (problems or self.problems))


def components(by_seed: Sequence[Floats]) -> Components:
    """Estimate the components by the method of moments.

    Args:
        by_seed: differences of each seed's problems, each [J]; at least two seeds and problems.

    Returns:
        Components; an estimate below 0 becomes 0.
    """
    problems = min(len(d_J) for d_J in by_seed)
    within = float(np.mean([d_J.var(ddof=1) for d_J in by_seed]))
    means_S = np.array([d_J.mean() for d_J in by_seed])
    return Components(
        seed=max(0.0, float(means_S.var(ddof=1)) - within / problems),
        problem=within,
        problems=problems,
        mean=float(means_S.mean()),
    )


def power(effect: float, sd: float, seeds: int, alpha: float) -> float:
    """Share of simulated campaigns whose sign-flip test rejects "no difference".

    Beyond `MANY` seeds that of the t test, which is the same to a percent and much faster. The same
    random numbers every time, so that a larger effect never has less power.

    Args:
        effect: true difference, in the unit of the endpoint.
        sd: standard deviation of a seed's difference.
        seeds: pairs of each campaign.
        alpha: level of the test.
    """
    differences = effect + sd * _normal(seeds)
    p = sign_flip_p(differences) if seeds <= MANY else t_test_p(differences)
    return float((p <= alpha).mean())


def minimum_detectable(sd: float, seeds: int, alpha: float, wanted: float = 0.8) -> float:
    """The difference that the sign-flip test finds with power ``wanted``; infinite if never."""
    if smallest_p(seeds) > alpha:
        return math.inf
    low, high = 0.0, 10 * sd
    for _ in range(14):  # to a thousandth of an sd
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle, sd, seeds, alpha) >= wanted else (middle, high)
    return high


@cache
def _normal(seeds: int) -> Floats:
    """Standard normal numbers, [campaigns, seeds]; their mean and sd are exactly 0 and 1."""
    drawn = np.random.default_rng(0).standard_normal((_CAMPAIGNS, seeds))
    centred: Floats = (drawn - drawn.mean()) / drawn.std()
    return centred


def guessed_sd(problems: int, samples: int, rate: float = 0.5) -> float:
    """What independent answers spread a seed's difference of pass@1, of problems equally hard.

    A first guess, no bound: pairs draw with the same sampling seeds, which takes spread away, and
    seeds and problems to which an arm does more than to others add some.
    """
    return math.sqrt(2 * rate * (1 - rate) / (problems * samples))


def fisher_p(right: tuple[int, int], total: tuple[int, int]) -> float:
    """Fisher's exact test on pooled generations.

    Only to reproduce old numbers: it takes generations of one prompt, step and seed for
    independent, which they are not, and is too optimistic.
    """
    from scipy.stats import fisher_exact

    table = [[r, n - r] for r, n in zip(right, total, strict=True)]
    return float(fisher_exact(table).pvalue)


def two_proportion_n(rate_a: float, rate_b: float, alpha: float = 0.05, wanted: float = 0.8) -> int:
    """Independent generations per arm for a two-sided test of two proportions.

    ``(z_{1-alpha/2} sqrt(2 p (1-p)) + z_power sqrt(a (1-a) + b (1-b)))^2 / (a - b)^2``, p their
    mean. A shortcut for the order of magnitude: it knows no seeds and no problems.

    Raises:
        ValueError: the rates are equal or outside 0 to 1.
    """
    from scipy.stats import norm

    if not (0 <= rate_a <= 1 and 0 <= rate_b <= 1 and rate_a != rate_b):
        raise ValueError(f"two different rates between 0 and 1 are wanted; got {rate_a}, {rate_b}.")
    mean = (rate_a + rate_b) / 2
    under_none = float(norm.ppf(1 - alpha / 2)) * math.sqrt(2 * mean * (1 - mean))
    under_both = rate_a * (1 - rate_a) + rate_b * (1 - rate_b)
    under_some = float(norm.ppf(wanted)) * math.sqrt(under_both)
    return math.ceil((under_none + under_some) ** 2 / (rate_a - rate_b) ** 2)
