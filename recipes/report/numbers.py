"""Shares, changes and times as people write them."""

from __future__ import annotations

from math import isnan

from ..held_out import Interval


def percent(value: float) -> str:
    """A share in percent, with a decimal below 10% and above 90%; n/a where it is not known.

    >>> percent(0.334), percent(0.021), percent(1.0), percent(0.996)
    ('33%', '2.1%', '100%', '99.6%')
    """
    if isnan(value):
        return "n/a"
    digits = 0 if 0.1 <= value <= 0.9 or value in (0.0, 1.0) else 1
    return f"{100 * value:.{digits}f}%"


def percents(low: float, high: float) -> str:
    """Two shares, with decimals where they would look the same.

    >>> percents(0.334, 0.58), percents(0.331, 0.334), percents(0.5, 0.5)
    ('33% to 58%', '33.1% to 33.4%', '50% to 50%')
    """
    if percent(low) == percent(high) and low != high:
        return f"{100 * low:.1f}% to {100 * high:.1f}%"
    return f"{percent(low)} to {percent(high)}"


def points(low: float, high: float) -> str:
    """Two changes of a share in percentage points.

    >>> points(0.182, 0.321), points(-0.004, 0.011)
    ('+18 to +32', '-0.4 to +1.1')
    """
    digits = 0 if min(abs(low), abs(high)) >= 0.0095 else 1
    return f"{_signed(low, digits)} to {_signed(high, digits)}"


def cell(interval: Interval) -> tuple[str, str]:
    """pass@k in percent with a decimal, and its 95% interval; "" where that is not known.

    >>> cell(Interval(0.553, 0.51, 0.6)), cell(Interval(1.0, 0.943, 1.0))
    (('55.3', '51-60'), ('100', '94-100'))
    """
    if isnan(interval.value):
        return "n/a", ""
    value = f"{100 * interval.value:.1f}".replace("100.0", "100")
    return value, f"{100 * interval.low:.0f}-{100 * interval.high:.0f}" if interval.is_known else ""


def change_cell(interval: Interval) -> tuple[str, str]:
    """A change in points with a decimal, and its 95% interval; "" where that is not known.

    >>> change_cell(Interval(0.104, 0.032, 0.18)), change_cell(Interval(float("nan")))
    (('+10.4', '+3 to +18'), ('n/a', ''))
    """
    if isnan(interval.value):
        return "n/a", ""
    spread = f"{_signed(interval.low, 0)} to {_signed(interval.high, 0)}"
    return _signed(interval.value, 1), spread if interval.is_known else ""


def duration(seconds: float) -> str:
    """3 h 05 min, 7 min 32 s or 58 s.

    >>> duration(58.4), duration(452), duration(11100)
    ('58 s', '7 min 32 s', '3 h 05 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _signed(share: float, digits: int) -> str:
    """In points, without the sign of what rounds to 0."""
    text = f"{100 * share:+.{digits}f}"
    return text if text.strip("+-0.") else text[1:]
