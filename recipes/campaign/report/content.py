"""What a report says, once for the page and for the Markdown."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import Any

from ...errors import RunError
from ..analysis import Analysis
from ..dose import COSINE, NOISE, delivered
from ..result import DOSE, TRAINING
from ..words import pairing, points, seeds_named, unfinished, verdict
from .contrasts import by_start, exploratory, noise, primary
from .section import Section

UNIFORM = 0.001
"""Where no gradient is known: weights whose cosine to uniform ones is this near to 1 do nothing."""

_SAME = 1e-6  # of a cosine: float32


def lead(analysis: Analysis) -> str:
    """The answer in a sentence."""
    return verdict(analysis.primary)


def facts(analysis: Analysis) -> list[tuple[str, str]]:
    """Name and value of what was planned, and of what was run."""
    plan, evaluation = analysis.plan, analysis.plan.evaluation
    seconds = [t.seconds for t in analysis.tables.values()]
    sized = f", {evaluation.problems} problems" if evaluation.problems else ""
    sized += f", {evaluation.samples} answers each" if evaluation.samples else ""
    known: dict[str, Any] = {
        "question": plan.question,
        "plan": f"{plan.file.name}, hash {plan.hash}",
        "recipe": plan.recipe,
        "runs": f"{len(analysis.tables)} of {len(plan.order)}: {len(plan.arms)} arms, "
        f"{len(plan.seeds)} seeds, {plan.steps} steps",
        "validation": f"every {evaluation.every} steps{sized}",
        "primary endpoint": plan.endpoints[0],
        "smallest effect of interest": f"{points(plan.smallest_effect, signed=False)} points",
        "margin": f"{points(plan.margin, signed=False)} points",
        "alpha": f"{plan.alpha:g}",
        "time": f"{sum(seconds) / 3600:.1f} h, the sum over runs" if any(seconds) else "",
        "processors": _processors(analysis),
        "versions": _versions(analysis),
    }
    return [(name, str(value)) for name, value in known.items() if value]


def _processors(analysis: Analysis) -> str:
    """How many runs each kind of processor made, where the runs wrote it down."""
    made = Counter(table.facts.get("processor") for table in analysis.tables.values())
    unknown = made.pop(None, 0)
    told = [f"{name} ({runs} runs)" for name, runs in made.most_common()]
    return ", ".join([*told, *([f"not recorded ({unknown} runs)"] if told and unknown else [])])


def _versions(analysis: Analysis) -> str:
    """Every version of a package that a run was made with."""
    found: dict[str, set[str]] = {}
    for table in analysis.tables.values():
        for name, version in table.facts.get("versions", {}).items():
            found.setdefault(name, set()).add(version)
    return ", ".join(f"{name} {' and '.join(sorted(each))}" for name, each in found.items())


def sections(analysis: Analysis) -> list[Section]:
    """All tables and verdicts, in the order of the report."""
    found = [
        primary(analysis),
        Section("Are the pairs pairs?", pairing(analysis)),
        noise(analysis),
        exploratory(analysis),
        by_start(analysis),
        _validations(analysis),
        _dose(analysis),
        _training(analysis),
        _arms(analysis),
        _runs(analysis),
    ]
    return [one for one in found if one.sentences or one.rows]


def _validations(analysis: Analysis) -> Section:
    rows, shown = [], sorted({1, analysis.plan.primary.k})
    for k in shown if analysis.common else ():
        for arm in analysis.plan.arms:
            _, y_SX = analysis.curves(arm, k)
            rows.append([arm, f"pass@{k}", *(f"{100 * y:.1f}" for y in y_SX.mean(0))])
    said = [f"In %, mean over {seeds_named(analysis.common)}, of which every arm is in."]
    head = ["arm", "", *(f"step {step}" for step in analysis.plan.validations)]
    return Section("Every validation", said if rows else (), head, rows)


def _dose(analysis: Analysis) -> Section:
    rows = []
    for arm in analysis.plan.arms:
        means = [analysis.dose(arm, metric) for metric in DOSE]
        gradient = analysis.gradient(arm)
        if not gradient and not any(map(len, means)):
            continue
        cells = [f"{v.mean():.4f}" if len(v) else "-" for v in means]
        cells += [f"{gradient[key]:.4f}" if gradient else "-" for key in (COSINE, NOISE)]
        rows.append([arm, *cells, _delivery(analysis, arm)])
    said = [
        "What an arm does to the credit, to be read before any outcome. Token weights: mean over "
        f"steps and {seeds_named(analysis.common)}, of which every arm is in.",
        "Gradient: of the first step's rollouts, with the arm's credit and with uniform credit. "
        "Its noise is the relative standard error by the choice of prompts. An arm is delivered if "
        "what it turns adds up, over the steps, to more than noise does; a schedule that begins "
        "at 0 has not moved at the first step.",
    ]
    head = ["arm", *(text[0].upper() + text[1:] for text in DOSE.values())]
    head += ["Cosine of the gradient to that of uniform credit", "Noise of the gradient", "Verdict"]
    return Section("Dose", said if rows else (), head, rows)


def _delivery(analysis: Analysis, arm: str) -> str:
    """Whether an arm differs from uniform credit, by its gradient if that is known."""
    gradient = analysis.gradient(arm)
    moved = delivered(gradient, analysis.plan.steps)
    weights = analysis.dose(arm, "credit/weight/cosine")
    if gradient.get(COSINE, 0.0) >= 1 - _SAME or (moved is None and not len(weights)):
        return "uniform credit"
    if moved is None:
        moved = 1 - float(weights.mean()) > UNIFORM
    return "delivered" if moved else "not delivered: uniform credit to within noise"


def _training(analysis: Analysis) -> Section:
    rows = []
    for arm in analysis.plan.arms:
        ends = [analysis.trained(arm, metric) for metric in TRAINING]
        if any(ends):
            rows.append([arm, *(f"{e[0]:.3g} to {e[1]:.3g}" if e else "-" for e in ends)])
    said = [
        "What else an arm changes: means over the first and over the last quarter of the steps, "
        f"and over {seeds_named(analysis.common)}, of which every arm is in. verl aggregates "
        "actor/entropy as it does the loss: with the recipes' loss_agg_mode it is a response's sum "
        "over the longest length allowed, so shorter responses lower it too."
    ]
    return Section("Training", said if rows else (), ["arm", *TRAINING.values()], rows)


def _arms(analysis: Analysis) -> Section:
    rows = [
        [arm, "; ".join(overrides) or "(the recipe)"]
        for arm, overrides in analysis.plan.arms.items()
    ]
    return Section("Arms", (), ["arm", "differs by"], rows)


def _runs(analysis: Analysis) -> Section:
    plan, rows = analysis.plan, []
    for arm, seed in plan.order:
        table = analysis.tables.get((arm, seed))
        if table is None:
            if why := analysis.failures.get((arm, seed)):
                rows.append([arm, str(seed), f"failed: {why}", "-", "-", "-"])
            continue
        try:
            value = f"{100 * table.values(plan.primary).mean():.2f}"
        except RunError as error:
            value = str(error)
        whole = "" if table.facts.get("seconds") else "at least "  # the steps alone are known
        origin = f"taken over from plan {table.taken_from}" if table.taken_from else "made here"
        rows.append(
            [
                *(arm, str(seed), value, f"{whole}{table.seconds / 60:.1f} min"),
                *(str(table.facts.get("attempts", "-")), origin),
            ]
        )
    head = ["arm", "seed", f"{plan.endpoints[0]}, %", "time", "attempts", "origin"]
    return Section("All runs", [said] if (said := unfinished(analysis)) else (), head, rows)


def command(analysis: Analysis) -> str:
    """What reproduces the campaign."""
    file = shlex.quote(str(analysis.plan.file))
    return f"verl-credit campaign run {file} && verl-credit campaign report {file}"
