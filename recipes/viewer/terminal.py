"""A group of rollouts in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from credit_plugins.dump import Dump, Rollout

from .layers import Layer, Scale, column, layers_of, scale_of
from .lines import Piece, lines
from .reading import Dumps, short
from .shades import Shades
from .showing import alone, number, shown, signed
from .totals import differences, moved, totals

ROLLOUTS, TOKENS, MOVED = 8, 300, 10
"""What is printed at most, unless all is asked for."""

_SPARK = 40
_PLANS = "~"


def show(
    console: Console,
    dumps: Dumps,
    dump: Dump,
    rollouts: Sequence[Rollout],
    layer: Layer,
    all_: bool,
) -> None:
    """Print a group: its rollouts shaded by a layer, what moved most, and the sums."""
    scale = scale_of(layer, rollouts)
    shades = Shades.of(console)
    _head(console, dumps, dump, rollouts)
    _legend(console, layer, scale, shades, rollouts)
    shown_rollouts = rollouts if all_ else rollouts[:ROLLOUTS]
    for rollout in shown_rollouts:
        _rollout(console, rollout, layer, scale, shades, None if all_ else TOKENS)
    if len(shown_rollouts) < len(rollouts):
        _say(console, f"{len(rollouts) - len(shown_rollouts)} more rollouts; --all prints them.")
    if "moved" in {each.key for each in layers_of(dump)}:
        _moved(console, rollouts)
    _totals(console, dump, dump.groups[rollouts[0].group])


def show_difference(
    console: Console, names: tuple[str, str], here: Sequence[Rollout], there: Sequence[Rollout]
) -> None:
    """Print the numbers of a group in two runs, and their difference."""
    table = _table(f"A: {names[0]}\nB: {names[1]}", "", "A", "B", "B - A", "unit")
    for one in differences(here, there):
        change = signed(one.there - one.here)
        table.add_row(one.label, number(one.here), number(one.there), change, one.unit)
    console.print(table)


def _say(console: Console, text: str, style: str = "dim") -> None:
    console.print(Text(text, style))


def _head(console: Console, dumps: Dumps, dump: Dump, rollouts: Sequence[Rollout]) -> None:
    first = rollouts[0]
    steps = ", ".join(str(step) for step in dumps.steps if step != dump.step)
    groups = ", ".join(short(name) for name in dump.groups if name != first.group)
    chain = " > ".join(one.name for one in dump.operators)
    console.print(Text.assemble((dumps.name, "bold"), f"  step {dump.step}  {chain}"))
    facts = [f"group {short(first.group)}", first.source, first.task]
    if first.difficulty:
        facts.append(f"difficulty {first.difficulty}")
    if first.gold:
        facts.append(f"gold {first.gold}")
    _say(console, " · ".join(shown(fact) for fact in facts if fact), "")
    others = [f"steps {steps}" if steps else "", f"groups {groups}" if groups else ""]
    if any(others):
        _say(console, f"also dumped: {'; '.join(filter(None, others))}")
    prompt = shown(first.prompt)
    _say(console, prompt if len(prompt) <= 800 else f"{prompt[:400]} ... {prompt[-400:]}", "italic")


def _legend(
    console: Console, layer: Layer, scale: Scale, shades: Shades, rollouts: Sequence[Rollout]
) -> None:
    line = Text(f"\n{layer.label}, {layer.unit}:", "bold")
    if scale.low != scale.low:
        line.append("  not known in this group")
    for shade, label in shades.legend(scale):
        sample = "  " if shades.colours else (shades.mark(shade, layer.centre) or " ")
        line.append("  ")
        line.append(sample, shades.style(shade, layer.centre))
        line.append(f" {label}")
    console.print(line)
    if any(r.planning is not None and r.planning.any() for r in rollouts):
        how = "underlined" if shades.colours else f"under {_PLANS}"
        _say(console, f"Planning tokens are {how}.")
    if not all(rollout.mask.all() for rollout in rollouts):
        how = "dim" if shades.colours else "without marks"
        _say(console, f"What the environment said is {how}.")


def _rollout(
    console: Console, rollout: Rollout, layer: Layer, scale: Scale, shades: Shades, most: int | None
) -> None:
    values_T = layer.values(rollout)
    shade_T = scale.shades(values_T).tolist()
    base = rollout.base[rollout.mask]
    title = Text(f"\nrollout {rollout.rollout}", "bold")
    verdict = shown(rollout.verdict or "not judged")
    title.append(f"  reward {number(rollout.reward)}  {verdict}", "")
    if rollout.answer or rollout.gold:
        title.append(f"  answer {shown(rollout.answer) if rollout.answer else 'none'}")
    if len(base):
        title.append(f"  episode A {signed(float(base[0]))}")
    console.print(title)
    _say(console, shades.sparkline(values_T, scale, _SPARK), "")
    most = len(rollout.text) if most is None else most
    for line in lines(rollout, most, console.width):
        _line(console, rollout, line, shade_T, layer, shades)
    if len(rollout.text) > most:
        _say(console, f"{len(rollout.text) - most} more tokens; --all prints them.")


def _line(
    console: Console,
    rollout: Rollout,
    line: list[Piece],
    shade_T: list[float],
    layer: Layer,
    shades: Shades,
) -> None:
    words, marks, plans = Text(), "", ""
    for position, piece in line:
        shade = shade_T[position]
        plan = rollout.planning is not None and bool(rollout.planning[position])
        style = shades.style(shade, layer.centre) if rollout.mask[position] else "dim italic"
        words.append(piece, f"{style} underline" if plan else style)
        marks += shades.mark(shade, layer.centre) * cell_len(piece)
        plans += (_PLANS if plan else " ") * cell_len(piece)
    if shades.colours:
        console.print(words, no_wrap=True, overflow="ignore", crop=False)
        return
    for text in (words.plain, marks, plans):
        if text is words.plain or text.strip():
            console.print(Text(text.rstrip()), no_wrap=True, overflow="ignore", crop=False)


def _moved(console: Console, rollouts: Sequence[Rollout]) -> None:
    found = moved(rollouts, MOVED)
    if not found:
        _say(console, "\nNo credit moved: every token has its rollout's episode advantage.")
        return
    table = _table(
        "Tokens whose credit moved most",
        *("token", "rollout", "at", "episode A", "final A", "moved", "weight", "H, nats"),
    )
    for one in found:
        rollout, at = one.rollout, one.position
        name = alone(rollout.text[at])
        table.add_row(
            Text(name if cell_len(name) <= 14 else f"{name[:12]}..."),
            *(str(rollout.rollout), str(at), number(rollout.base[at])),
            *(number(rollout.advantage[at]), signed(one.by)),
            *(number(float(column(rollout, name)[at])) for name in ("weight", "entropy")),
        )
    console.print(table)


def _totals(console: Console, dump: Dump, rollouts: Sequence[Rollout]) -> None:
    headings = ("operator", "over the group", "before", "after", "change", "unit")
    table = _table("What each operator conserves", *headings)
    for one in totals(dump, rollouts):
        change = "" if one.before is None else signed(one.change)
        before = "" if one.before is None else number(one.before)
        table.add_row(one.operator, one.quantity, before, number(one.after), change, one.unit)
    console.print(table)


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(
        title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    table.add_column(first)
    for name in others:
        text = name in ("over the group", "unit")
        table.add_column(name, justify="left" if text else "right", no_wrap=not text)
    return table
