"""95% intervals of sums of independent contributions, and of means over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
LEVEL = 0.95
_NORMAL = 1.959964  # the quantile of a normal distribution that belongs to LEVEL


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95% interval; the bounds are nan where the interval is unknown."""

    value: float
    low: float = nan
    high: float = nan

    def clipped(self) -> Interval:
        """The interval of a share: what lies within 0 and 1; unknown bounds stay unknown."""
        if not self.is_known:
            return self
        return Interval(self.value, max(self.low, 0.0), min(self.high, 1.0))

    @property
    def is_known(self) -> bool:
        """Whether there are bounds."""
        return not isnan(self.low)

    @property
    def excludes_zero(self) -> bool:
        """Whether both bounds lie on one side of 0."""
        return self.low > 0 or self.high < 0


def of_sum(strata: Sequence[Values]) -> Interval:
    r"""The sum of contributions that are independent, and alike within a stratum.

    \[ \hat d = \sum_l \sum_{i \in l} z_{li}, \quad V = \sum_l n_l s_l^2, \quad
       \hat d \pm t_{df} \sqrt V, \quad df = V^2 / \sum_l \frac{(n_l s_l^2)^2}{n_l - 1} \]

    With one stratum of z_i = d_i / n it is the t interval of the mean of d_i. With two, of x_i / n
    and -y_j / m, it is Welch's interval of a difference of means. Strata of one contribution are
    taken together, a lone one with the smallest other, which can only widen the interval. Unknown
    bounds where all contributions of every stratum are alike, or where there is only one: values
    that agree are no proof of certainty.

    Args:
        strata: the contributions of each, at least one.

    Reference:
        Welch, The generalization of Student's problem, Biometrika 34 (1947); Satterthwaite,
        Biometrics Bulletin 2 (1946). Collapsed strata: Cochran, Sampling Techniques, 5A.12.
    """
    value = float(sum(values.sum() for values in strata))
    strata = _collapsed(strata)
    parts = [(len(z) * float(z.var(ddof=1)), len(z) - 1) for z in strata if len(z) > 1]
    variance = sum(part for part, _ in parts)
    if variance <= 1e-18:  # rounding alone: the contributions are alike
        return Interval(value)
    freedom = variance**2 / sum(part**2 / less_one for part, less_one in parts)
    return _around(value, sqrt(variance), freedom)


def of_error(value: float, error: float) -> Interval:
    """The interval of an estimate whose standard error is known from elsewhere; normal."""
    if isnan(error) or error <= 0:
        return Interval(value)
    return Interval(value, value - _NORMAL * error, value + _NORMAL * error)


def of_share(value: float, size: float) -> Interval:
    r"""Wilson's interval of a share, which stays within 0 and 1 and has a width at both ends.

    \[ \frac{p + z^2/2n \pm z \sqrt{p (1 - p) / n + z^2/4n^2}}{1 + z^2/n} \]

    Args:
        value: the share p.
        size: how many independent draws n it is worth; unknown bounds for nan.

    Reference:
        Wilson, JASA 22 (1927); with an effective n for clustered draws: Franco, Little, Louis and
        Slud, Journal of Survey Statistics and Methodology 7 (2019).
    """
    if isnan(value) or isnan(size):
        return Interval(value)
    square = _NORMAL**2 / size
    middle = (value + square / 2) / (1 + square)
    reach = sqrt(square * value * (1 - value) + square**2 / 4) / (1 + square)
    low, high = max(middle - reach, 0.0), min(middle + reach, 1.0)
    return Interval(value, min(low, value), max(high, value))


def mean(values: Sequence[float]) -> Interval:
    """The mean of independent values, as of seeds, with its t interval."""
    return of_sum([np.asarray(values) / len(values)])


def difference(values: Sequence[float], base: Sequence[float]) -> Interval:
    """The mean of `values` less that of `base`, unpaired, with Welch's interval.

    Unknown bounds unless both have at least two values.
    """
    found = of_sum([np.asarray(values) / len(values), -np.asarray(base) / len(base)])
    return found if min(len(values), len(base)) > 1 else Interval(found.value)


def _around(value: float, error: float, freedom: float) -> Interval:
    from scipy.stats import t

    reach = float(t.ppf((1 + LEVEL) / 2, freedom)) * error
    return Interval(value, value - reach, value + reach)


def _collapsed(strata: Sequence[Values]) -> list[Values]:
    many = sorted((values for values in strata if len(values) > 1), key=len)
    single = [values for values in strata if len(values) == 1]
    if len(single) == 1 and many:
        return [np.concatenate([single[0], many[0]]), *many[1:]]
    return [*many, np.concatenate(single)] if single else many
