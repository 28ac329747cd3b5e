"""What a run is measured by: held-out pass@k over the whole training, or at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from ..errors import RecipeError
from .paired import Floats

Counts = npt.NDArray[np.int64]

_NAME = re.compile(r"(integrated|final) pass@([1-9]\d*)")


@dataclass(frozen=True)
class Endpoint:
    """A measure of a run: ``integrated pass@K`` or ``final pass@K``.

    ``integrated`` is the area under held-out pass@K over the steps, by the trapezoid rule, divided
    by their number: the mean pass@K during training. It uses every validation, so a single lucky
    one moves it little. ``final`` is the last validation alone.

    Attributes:
        over: ``integrated`` or ``final``.
        k: that of pass@k.
    """

    over: str
    k: int

    @classmethod
    def named(cls, name: str) -> Endpoint:
        """The endpoint with a name.

        Raises:
            RecipeError: there is none.
        """
        match = _NAME.fullmatch(name)
        if match is None:
            raise RecipeError(
                f"{name!r} is no endpoint; write 'integrated pass@K' (over the whole training) or "
                "'final pass@K' (at its end), with a number for K."
            )
        return cls(match[1], int(match[2]))

    def __str__(self) -> str:
        return f"{self.over} pass@{self.k}"

    @property
    def words(self) -> str:
        """For the axis of a chart."""
        return f"pass@{self.k} {'during training' if self.over == 'integrated' else 'at the end'}"

    def weights(self, steps: Sequence[int]) -> Floats:
        """Weight of each validation, [steps], summing to 1; steps in their order."""
        x = np.asarray(steps, dtype=np.float64)
        if self.over == "final" or len(x) == 1:
            last: Floats = np.eye(len(x))[-1]
            return last
        gaps = np.diff(x)
        ends = (np.append(gaps, 0) + np.append(0, gaps)) / 2
        weights: Floats = ends / (x[-1] - x[0])
        return weights

    def values(self, steps: Sequence[int], right: Counts, samples: int) -> Floats:
        """The endpoint of every problem; its mean is that of the run.

        Args:
            steps: of the validations.
            right: right answers, [..., steps, J].
            samples: answers to each problem.

        Returns:
            [..., J].
        """
        rates: Floats = lookup(samples, self.k)[right]
        return np.asarray(np.einsum("...sj,s->...j", rates, self.weights(steps)))


@cache
def lookup(samples: int, k: int) -> Floats:
    """Unbiased pass@k by the number of right answers, [samples + 1]."""
    from credit_plugins.stats import pass_at_k

    return np.array([pass_at_k(samples, right, k) for right in range(samples + 1)])
