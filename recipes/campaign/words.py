"""Verdicts in words: what a difference, its interval and its margin allow one to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .analysis import Analysis, Comparison
from .paired import Result


def points(value: float, *, signed: bool = True) -> str:
    """A share as percentage points.

    >>> points(0.0123), points(-0.0004, signed=False)
    ('+1.23', '-0.04')
    """
    return f"{100 * value:+.2f}" if signed else f"{100 * value:.2f}"


def interval(low: float, high: float) -> str:
    """Both ends in points."""
    return f"{points(low)} to {points(high)}" if low == low else "none from one seed"


def p_value(p: float) -> str:
    """Three digits, or that it is smaller."""
    return "p < .001" if p < 0.0005 else f"p = {p:.3f}".replace("0.", ".", 1)


def verdict(found: Comparison) -> str:
    """One sentence about a contrast; nothing is concluded before every planned seed is in."""
    name = f"{found.contrast.arm} against {found.contrast.against}, {found.endpoint.words}"
    planned = len(found.seeds) + len(found.missing)
    if found.result is None:
        return f"{name}: nothing to compare yet, 0 of {planned} pairs are in."
    if not found.complete:
        return (
            f"{name}: no conclusion, {len(found.seeds)} of {planned} pairs are in "
            f"(so far {points(found.result.mean)} points)."
        )
    return f"{name}: {_said(found.result)}"


def _said(result: Result) -> str:
    n, level = len(result.differences), f"{100 * (1 - result.alpha):g}%"
    numbers = (
        f"{points(result.mean)} points, {level} interval {interval(result.low, result.high)}, "
        f"{p_value(result.p)}, {result.positive} of {n} seeds above 0"
    )
    margin = points(result.margin, signed=False)
    if result.rejects:
        better = "better" if result.mean > 0 else "worse"
        small = f", yet no difference larger than {margin} points" if result.equivalent else ""
        return f"{better} ({numbers}){small}."
    if result.equivalent:
        return f"no difference larger than {margin} points ({numbers})."
    largest = max(abs(result.equivalence_low), abs(result.equivalence_high))
    return (
        f"undecided ({numbers}): neither a difference nor its absence within {margin} points is "
        f"shown; the {100 * (1 - 2 * result.alpha):g}% interval excludes one larger than "
        f"{points(largest, signed=False)} points."
    )


def pairing(analysis: Analysis) -> list[str]:
    """What proves that the pairs are pairs, or why they are none."""
    found = analysis.primary
    said = []
    if found.seeds:
        first, second = (
            [analysis.tables[arm, seed].proof for seed in found.seeds]
            for arm in (found.contrast.arm, found.contrast.against)
        )
        from .pairing import shared

        shares = [
            shared(one.first_step, other.first_step)
            for one, other in zip(first, second, strict=True)
        ]
        count = len(first[0].first_step)
        said.append(
            f"{len(found.seeds)} pairs: in each the initial weights, the prompts of every step, "
            "the held-out problems and their sampling seeds are the same, by their hashes."
        )
        said.append(
            f"Of the {count} rollouts of the first step, "
            f"{'all' if min(shares) == 1 else f'at least {min(shares):.1%}'} agree token by token "
            "within a pair."
        )
        different = len({proof.weights for proof in second})
        said.append(
            f"The {len(found.seeds)} seeds begin with {different} different sets of weights."
        )
    said += _missing(found, found.missing)
    for one in _others(analysis):
        known = {
            seed: reason
            for seed, reason in one.missing.items()
            if all(
                (arm, seed) in analysis.tables for arm in (one.contrast.arm, one.contrast.against)
            )
        }
        said += _missing(one, known)
    return said


def _others(analysis: Analysis) -> list[Comparison]:
    """The other contrasts: of them is told which runs are in and yet no pair."""
    return [one for one, _ in analysis.secondary] + ([analysis.noise] if analysis.noise else [])


def _missing(found: Comparison, missing: Mapping[int, str]) -> list[str]:
    by_reason: dict[str, list[int]] = {}
    for seed, reason in missing.items():
        by_reason.setdefault(reason, []).append(seed)
    return [
        f"{found.contrast}, {seeds_named(seeds)}: {reason}." for reason, seeds in by_reason.items()
    ]


def seeds_named(seeds: Sequence[int]) -> str:
    """``seed 3``, or ``seeds 3, 4``."""
    return f"seed{'s' * (len(seeds) != 1)} {', '.join(map(str, seeds))}"


def unfinished(analysis: Analysis) -> str:
    """That runs are missing, and what follows from it; "" if none is."""
    planned, made = len(analysis.plan.order), len(analysis.tables)
    if made == planned:
        return ""
    if not analysis.primary.complete:
        return (
            f"{planned - made} of {planned} runs are missing; nothing is concluded from a part of "
            "a campaign."
        )
    return (
        f"{planned - made} of {planned} runs are missing: the primary contrast is complete, others "
        "are not."
    )


def noise_floor(analysis: Analysis) -> str:
    """What two arms with the same settings differ by."""
    found = analysis.noise
    if found is None:
        return "The plan has no A/A arm, so the noise floor is not measured."
    if found.result is None or len(found.seeds) < 2:
        return f"A/A ({found.contrast}): fewer than two pairs are in."
    all_of_them = len(found.seeds) + len(found.missing)
    so_far = "" if found.complete else f", {len(found.seeds)} of {all_of_them} pairs so far"
    return (
        f"A/A ({found.contrast}: the same settings, other sampling seeds{so_far}): "
        f"{points(found.result.mean)} points, interval "
        f"{interval(found.result.low, found.result.high)}, sd over seeds "
        f"{points(found.result.sd, signed=False)} points."
        f"{' A difference of that size is noise.' if found.complete else ''}"
    )
