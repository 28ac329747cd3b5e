"""What a report says of contrasts: one arm less another, over the seeds."""

from __future__ import annotations

from ..analysis import Analysis, Comparison
from ..paired import Result
from ..words import interval, noise_floor, p_value, points, verdict
from .section import Section

_NUMBERS = ("pairs", "points", "interval", "sd over seeds", "p")


def primary(analysis: Analysis) -> Section:
    """The answer, its checks, and every seed."""
    found, plan = analysis.primary, analysis.plan
    said = [verdict(found)]
    if found.result and found.complete:
        said += list(_checks(analysis, found, found.result))
    head = ["seed", f"{plan.contrast.arm}, %", f"{plan.contrast.against}, %", "difference, points"]
    rows = []
    for seed, d_J in zip(found.seeds, found.by_seed, strict=True):
        means = [
            analysis.tables[arm, seed].values(found.endpoint).mean()
            for arm in (plan.contrast.arm, plan.contrast.against)
        ]
        shares = (f"{100 * mean:.2f}" for mean in means)
        rows.append([str(seed), *shares, points(float(d_J.mean()))])
    return Section(f"Primary: {found.contrast}, {found.endpoint.words}", said, head, rows)


def _checks(analysis: Analysis, found: Comparison, result: Result) -> list[str]:
    said = []
    level = f"{100 * (1 - 2 * result.alpha):g}%"
    narrow = interval(result.equivalence_low, result.equivalence_high)
    held = "inside" if result.equivalent else "not inside"
    said.append(
        f"Equivalence: the {level} interval {narrow} is {held} the margin of "
        f"{points(result.margin, signed=False)} points (TOST {p_value(result.equivalence_p)})."
    )
    if analysis.extremes:
        without_best, without_worst = analysis.extremes
        said.append(
            f"Without the best seed the mean is {points(without_best)}, without the worst "
            f"{points(without_worst)} points."
        )
    low, high = found.bootstrap(analysis.plan.alpha)
    said.append(
        f"With these seeds and other problems the mean would lie within {interval(low, high)} "
        "points (bootstrap over problems, a check)."
    )
    return said


def noise(analysis: Analysis) -> Section:
    """The A/A arm, and the contrasts with it in place of the arm that it repeats."""
    said, others = [noise_floor(analysis)], analysis.against_noise
    if others:
        repeats, repeated = others[0].contrast.against, analysis.plan.contrast.against
        said.append(
            f"With {repeats} in place of {repeated}, {analysis.plan.primary.words}; the two runs "
            "of such a pair draw their answers in training with different random numbers:"
        )
    rows = [[str(one.contrast), *_numbers(one)] for one in others]
    return Section("Noise floor", said, ["contrast", *_NUMBERS], rows)


def exploratory(analysis: Analysis) -> Section:
    """Other endpoints of the primary contrast, and the other arms."""
    rows = []
    for one in analysis.other_endpoints:
        rows.append([str(one.contrast), one.endpoint.words, *_numbers(one), "-"])
    for one, adjusted in analysis.secondary:
        holm = _p(adjusted) if adjusted is not None and one.complete else "-"
        rows.append([str(one.contrast), one.endpoint.words, *_numbers(one), holm])
    said = [
        "None of these was the question, so none is an answer. The last column is Holm's p over "
        "the arms; other endpoints of the primary contrast are not adjusted. A p is given once "
        "every pair is in."
    ]
    head = ["contrast", "endpoint", *_NUMBERS, "p (Holm)"]
    return Section("Exploratory", said if rows else (), head, rows)


def _numbers(one: Comparison) -> list[str]:
    pairs = f"{len(one.seeds)} of {len(one.seeds) + len(one.missing)}"
    if one.result is None:
        return [pairs, "-", "-", "-", "-"]
    said = [points(one.result.mean), interval(one.result.low, one.result.high)]
    said.append(points(one.result.sd, signed=False) if len(one.seeds) > 1 else "-")
    return [pairs, *said, _p(one.result.p) if one.complete else "-"]


def _p(p: float) -> str:
    """As in a sentence, less the "p =" that the head of a column says."""
    return p_value(p).removeprefix("p ").removeprefix("= ")


def by_start(analysis: Analysis) -> Section:
    """The primary contrast among problems of equal initial difficulty."""
    if not analysis.primary.complete:
        return Section("By initial difficulty")
    rows = [
        [name, f"{count:.1f}", points(found.mean), interval(found.low, found.high)]
        for name, count, found in analysis.by_start()
        if found
    ]
    said = (
        [f"The primary contrast, {analysis.plan.primary.words}, among problems of equal start."]
        if rows
        else ()
    )
    head = ["problems", "per seed", "points", "interval"]
    return Section("By initial difficulty (exploratory)", said, head, rows)
