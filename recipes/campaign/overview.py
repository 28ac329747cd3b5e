"""What `campaign plan`, `status` and `power` print."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import chain

from rich.table import Table as Grid

from ..errors import RecipeError
from .analysis import Analysis
from .paired import smallest_p
from .plan import Plan
from .power import fisher_p, guessed_sd, minimum_detectable, power, two_proportion_n
from .store import Key, Store
from .words import p_value, points

_COUNT = re.compile(r"(\d+)/(\d+)")
_SEEDS = (6, 8, 10, 12, 16)
_MOST = 100


def design(plan: Plan) -> Iterator[str]:
    """What the plan costs and what it can find, a line each."""
    seeds, arms = len(plan.seeds), len(plan.arms)
    yield f"plan      {plan.file} ({plan.hash})"
    yield f"question  {plan.question}"
    yield f"primary   {plan.contrast}, {plan.primary}"
    yield f"runs      {len(plan.order)}: {arms} arms, {seeds} seeds"
    yield f"validates at steps {', '.join(map(str, plan.validations))}"
    yield f"hours     {plan.hours:.1f} of {plan.budget_h:g}, at {plan.hours_per_run:g} h a run"
    lowest = smallest_p(seeds)
    yield f"smallest p  {lowest:.2g}, when all {seeds} differences have one sign"
    sd, source = spread(plan)
    if sd is None:
        yield "detectable  unknown: give sd, or evaluation.problems and evaluation.samples"
    else:
        found = minimum_detectable(sd, seeds, plan.alpha)
        yield (
            f"detectable  {points(found, signed=False)} points with 80% power, if a seed's "
            f"difference has an sd of {points(sd, signed=False)} points ({source})"
        )
        if found > plan.smallest_effect:
            yield (
                f"note: that is more than smallest_effect, "
                f"{points(plan.smallest_effect, signed=False)} points; such an effect may be missed"
            )
    others = len(plan.secondary)
    if others and lowest * others > plan.alpha:
        best = lowest * others
        yield f"note: Holm over {others} exploratory arms leaves a smallest p of {best:.3f}"


def spread(plan: Plan) -> tuple[float | None, str]:
    """The sd of a seed's difference that a plan counts on, and where it comes from."""
    if plan.sd is not None:
        return plan.sd, "sd of the plan"
    evaluation = plan.evaluation
    if not evaluation.problems or not evaluation.samples:
        return None, ""
    later = plan.primary.weights(plan.validations)[1:]  # the first validation is shared
    answers = max(1, evaluation.samples // plan.primary.k)
    return (
        guessed_sd(evaluation.problems, answers) * math.hypot(*later),
        "a guess: independent answers to problems solved half of the time; pairs that share their "
        "sampling seeds spread less, unlike seeds more, so measure sd in a pilot",
    )


def heading(store: Store) -> str:
    """Which campaign, how far it is, and what the numbers of `status` are."""
    plan = store.plan
    runs = f"{len(store.files)} of {len(plan.order)} runs"
    return f"{plan.name} ({plan.hash}): {runs}; {plan.primary}, %"


def status(store: Store, width: int) -> Iterator[Grid]:
    """Arms down, seeds across: the primary endpoint in percent, the step of a run, or failed.

    Args:
        store: the campaign.
        width: of the terminal; seeds that are too many for it go into further tables.
    """
    plan, files, failures = store.plan, store.files, store.failures

    def cell(key: Key) -> str:
        if key in files:
            return f"{100 * store.tables[key].values(plan.primary).mean():.1f}"
        if key in failures:
            return "fail"
        run = store.run(key)
        return f"{max(run.history, default=0)}/{plan.steps}" if run.attempts() else "-"

    arms = list(dict.fromkeys(arm for arm, _ in plan.order))
    rows = {arm: [cell((arm, seed)) for seed in plan.seeds] for arm in arms}
    # Ten seeds and the name of a long chain fit 80 columns.
    widest = max(len(text) for text in chain(map(str, plan.seeds), *rows.values()))
    room = max(1, (width - max(map(len, ("seed", *arms))) - 1) // (widest + 1))
    for begin in range(0, len(plan.seeds), room):
        grid = Grid(box=None, padding=(0, 1, 0, 0))
        grid.add_column("seed", no_wrap=True)
        for seed in plan.seeds[begin : begin + room]:
            grid.add_column(str(seed), justify="right", no_wrap=True)
        for arm in arms:
            grid.add_row(arm, *rows[arm][begin : begin + room])
        yield grid


def measured(store: Store) -> str:
    """What a run takes, as far as it is known."""
    hours = [t.facts["seconds"] / 3600 for t in store.tables.values() if "seconds" in t.facts]
    if not hours:
        return f"planned: {store.plan.hours_per_run:g} h a run; none was timed from start to end."
    plan, mean = store.plan, sum(hours) / len(hours)
    left, whole = mean * (len(plan.order) - len(store.files)), mean * len(plan.order)
    said = (
        f"{mean:.3f} h a run, mean of the {len(hours)} that were timed (planned: "
        f"{plan.hours_per_run:g}); {left:.1f} h left, one run after the other."
    )
    over = f" All runs are {whole:.1f} h, more than budget_h={plan.budget_h:g}."
    return said + (over if whole > plan.budget_h else "")


def power_lines(analysis: Analysis) -> Iterator[str]:
    """How many seeds the smallest effect needs, a line each."""
    plan, found = analysis.plan, analysis.primary.components
    if found:
        sd = found.sd()
        pairs = f"{len(analysis.primary.seeds)} pairs of {plan.contrast}"
        yield (
            f"A seed's difference of {plan.primary} has an sd of {points(sd, signed=False)} "
            f"points, estimated from {pairs}:"
        )
        parts = {
            "seed x arm": found.seed,
            "problems and answers": found.problem / found.problems,
        }
        for name, part in parts.items():
            yield f"  {name:<20} {points(math.sqrt(part), signed=False)} points"
        double = found.sd(problems=2 * found.problems)
        yield (
            f"  with {2 * found.problems} problems instead of {found.problems} it would be "
            f"{points(double, signed=False)} points"
        )
    else:
        expected, source = spread(plan)
        if expected is None:
            yield "Nothing is known of the spread: give sd in the plan, or make two pairs of runs."
            return
        sd = expected
        yield f"No two pairs are in; an sd of {points(sd, signed=False)} points is {source}."
    effect = plan.smallest_effect
    asked = f"{points(effect, signed=False)} points at alpha={plan.alpha:g}"
    enough = next((n for n in range(2, _MOST) if power(effect, sd, n, plan.alpha) >= 0.8), None)
    needed = f"{enough} seeds" if enough else f"more than {_MOST - 1} seeds"
    yield f"\nIt takes {needed} to find {asked} with 80% power (sign-flip test):"
    for seeds in sorted({*_SEEDS, len(plan.seeds)}):
        chance = power(effect, sd, seeds, plan.alpha)
        least = minimum_detectable(sd, seeds, plan.alpha)
        found_at = "none" if math.isinf(least) else f"{points(least, signed=False)} points"
        yield f"  {seeds:>2} seeds  {chance:>4.0%}   80% power at {found_at}"


def shortcut(first: str, second: str, alpha: float) -> Iterator[str]:
    """The two-proportion shortcut for two rates; of two counts R/N Fisher's test as well.

    Raises:
        RecipeError: they are no rates, or equal.
    """
    counts = [_COUNT.fullmatch(text) for text in (first, second)]
    try:
        rates = [
            int(match[1]) / int(match[2]) if match else float(text)
            for match, text in zip(counts, (first, second), strict=True)
        ]
        n = two_proportion_n(rates[0], rates[1], alpha)
    except (ValueError, ZeroDivisionError) as error:
        raise RecipeError(
            f"--rates {first} {second}: two different rates between 0 and 1 are wanted, such as "
            "0.47 0.472, or counts, such as 12/2560 17/2560."
        ) from error
    yield (
        f"Two-proportion shortcut: {n:,} independent generations per arm tell {first} from "
        f"{second} with 80% power. It knows no seeds and no problems, so it is too optimistic."
    )
    if all(counts):
        right, total = zip(*((int(m[1]), int(m[2])) for m in counts if m), strict=True)
        yield (
            f"Fisher's exact test on pooled generations: {p_value(fisher_p(right, total))}. Only "
            "to reproduce old numbers: generations of one prompt and seed are not independent."
        )
