"""Simulated campaigns with a known effect, to prove intervals and error rates of the statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .endpoint import Counts, Endpoint
from .paired import Floats

_QUADRATURE = 80


@dataclass(frozen=True)
class World:
    """Two arms, in which the log odds of a right answer are a sum of normal effects.

    ``logit p = start + learned step/steps[-1] + effect [second arm] + S_s + P_sj + (SA)_sa +
    (PA)_saj``; a problem is answered ``samples`` times at each step. Seed x arm and the effect come
    with training: at the first step, before training, the arms are one.

    Attributes:
        effect: of the second arm at the last step, in log odds.
        steps: of the validations, from 0.
        problems: of each seed, its own.
        samples: answers to each.
        start: log odds before training.
        learned: log odds gained by the last step.
        seed: sd of S.
        problem: sd of P.
        seed_arm: sd of SA.
        problem_arm: sd of PA.
    """

    effect: float = 0.0
    steps: tuple[int, ...] = (0, 7, 14, 21, 28)
    problems: int = 64
    samples: int = 8
    start: float = -1.0
    learned: float = 1.5
    seed: float = 0.3
    problem: float = 1.5
    seed_arm: float = 0.15
    problem_arm: float = 0.3

    def draw(self, campaigns: int, seeds: int, random_seed: int = 0) -> Counts:
        """Right answers of simulated campaigns, [campaigns, seeds, 2 arms, steps, J]."""
        rng = np.random.default_rng(random_seed)
        trained = self._trained[:, None]
        shape = (campaigns, seeds)
        both = self.seed * rng.standard_normal((*shape, 1, 1, 1))
        both = both + self.problem * rng.standard_normal((*shape, 1, 1, self.problems))
        arm = self.seed_arm * rng.standard_normal((*shape, 2, 1, 1))
        arm = arm + self.problem_arm * rng.standard_normal((*shape, 2, 1, self.problems))
        arm = arm + np.array([0.0, self.effect])[:, None, None]
        logit = self.start + self.learned * trained + both + arm * trained
        right = rng.binomial(self.samples, 1 / (1 + np.exp(-logit)))
        right[:, :, 1, 0] = right[:, :, 0, 0]  # the validation before training is shared
        return np.asarray(right, dtype=np.int64)

    def difference(self, endpoint: Endpoint) -> float:
        """The true difference of the arms: the second's expected endpoint less the first's."""
        first, second = (self._expected(endpoint, effect) for effect in (0.0, self.effect))
        return second - first

    @property
    def _trained(self) -> Floats:
        return np.asarray(self.steps, dtype=np.float64) / self.steps[-1]

    def _expected(self, endpoint: Endpoint, effect: float) -> float:
        """Over seeds and problems, by Gauss-Hermite quadrature at each step."""
        z, weight = np.polynomial.hermite_e.hermegauss(_QUADRATURE)
        total = 0.0
        for trained, w in zip(self._trained, endpoint.weights(self.steps), strict=True):
            sd = np.hypot(
                np.hypot(self.seed, self.problem),
                trained * np.hypot(self.seed_arm, self.problem_arm),
            )
            mean = self.start + (self.learned + effect) * trained
            p = 1 / (1 + np.exp(-(mean + sd * z)))
            passed = 1 - (1 - p) ** endpoint.k
            total += w * float(passed @ weight / weight.sum())
        return total
