"""An explanation in the terminal, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from credit_plugins.dump import Rollout
from credit_plugins.operator import EPISODE, SIGNAL

from . import words
from .effects import Effect
from .explanation import Explanation
from .words import number

MOST_ROLLOUTS = 8
MOST_TOKENS = 5
LONGEST = 320
"""Characters of a response that are shown."""

AROUND = 14
"""Characters of context on each side of a token."""


def show(told: Explanation, console: Console) -> None:
    """Print rewards, planning tokens, and then every operator with its numbers."""
    names = ", ".join(one.name for one in told.dump.operators)
    console.print(Text.assemble((told.chain.name, "bold"), f": {names}, in this order"))
    console.print(Text(f"on {told.group}", "dim"))
    for caution in told.cautions:
        console.print(Text(f"Note: {caution}.", "yellow"))
    if told.chain.scope == "batch":
        note = "An operator here reads the whole batch; this group stands for it."
        console.print(Text(f"Note: {note}", "yellow"))
    _rollouts(told, console)
    if told.chain.planning is not None:
        _planning(told, console)
    draw: dict[str, Callable[[Explanation, Effect, Console], None]]
    draw = {EPISODE: _episode, SIGNAL: _signal}
    for position, effect in enumerate(told.effects, 1):
        kind = effect.ran.kind
        numbers = words.numbers_of(told, effect)
        _heading(console, f"{position}. {effect.ran.name}", f"{kind} operator  {numbers}")
        step = next(s for s in told.chain.steps if s.operator.name == effect.ran.name)
        console.print(Text(f"{step.operator.summary}."))
        if said := words.formula(step.operator, effect.ran.numbers):
            console.print(Text(said, "dim"))
        draw.get(kind, _token)(told, effect, console)
    _heading(console, "All together", "")
    _say(console, words.of_all(told))


def _heading(console: Console, title: str, aside: str) -> None:
    console.print()
    console.print(Text.assemble((title, "bold"), "  ", (aside, "dim")))


def _say(console: Console, sentences: Iterator[str]) -> None:
    for sentence in sentences:
        console.print(Text(sentence))


def _rollouts(told: Explanation, console: Console) -> None:
    rollouts = told.dump.rollouts
    if rollouts[0].prompt:
        console.print(Text.assemble(("Prompt  ", "dim"), _cut(rollouts[0].prompt)))
    rewards = [one.reward for one in rollouts]
    total = f"{number(sum(rewards))} / {len(rewards)}"
    _heading(console, "Rewards", f"mean {total} = {number(sum(rewards) / len(rewards))}")
    table = _table("rollout", "reward", "tokens")
    table.add_column("response, planning tokens underlined", overflow="fold", justify="left")
    for i, one in enumerate(rollouts[:MOST_ROLLOUTS]):
        table.add_row(str(i), number(one.reward), str(int(one.mask.sum())), _response(one))
    console.print(table)
    _more(console, len(rollouts))


def _response(rollout: Rollout) -> Text:
    text, plans = Text(), rollout.planning
    for t, piece in enumerate(rollout.text):
        if len(text) + len(piece) > LONGEST:
            return text.append(" ...", "dim")
        planning = plans is not None and plans[t]
        text.append(piece, "bold underline" if planning else "" if rollout.mask[t] else "dim")
    return text


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def _planning(told: Explanation, console: Console) -> None:
    plans_N, detector = told.tokens.planning_N, told.chain.planning
    if plans_N is None or detector is None:
        return
    share = f"{int(plans_N.sum())} of {len(plans_N)} tokens ({plans_N.mean():.1%})"
    _heading(console, "Planning tokens", f"{share}, by detector {detector.detector.name}")
    for i, one in enumerate(told.dump.rollouts[:MOST_ROLLOUTS]):
        marked = zip(one.text, [] if one.planning is None else one.planning, strict=True)
        runs = groupby(marked, lambda pair: bool(pair[1]))
        found = ["".join(text for text, _ in run).strip() for plans, run in runs if plans]
        console.print(Text(f"rollout {i}: {', '.join(map(repr, found)) or 'none'}"))


def _episode(told: Explanation, effect: Effect, console: Console) -> None:
    rewards = [one.reward for one in told.dump.rollouts]
    advantage_B = effect.tokens.means(effect.after_N)
    terms = words.worked(effect.ran.name, effect.ran.numbers, rewards)
    if terms:
        for reward, term in terms.items():
            found = advantage_B[np.array(rewards) == reward]
            known = found[~np.isnan(found)]  # a rollout without a token has none
            value = f" = {number(known[0])}" if len(known) else ", without a token"
            console.print(Text(f"reward {number(reward)}: {term}{value}"))
    else:
        table = _table("rollout", "reward", "advantage")
        for i, reward in enumerate(rewards[:MOST_ROLLOUTS]):
            table.add_row(str(i), number(reward), _change(*[advantage_B[i]] * 2))
        console.print(table)
        _more(console, len(rewards))
    if not effect.changes:
        console.print(Text("Every advantage is 0: this group teaches nothing."))
        return
    total = number(effect.totals[1])
    console.print(Text(f"Every token gets its rollout's advantage. Their sum is {total}."))


def _signal(told: Explanation, effect: Effect, console: Console) -> None:
    tokens, plans_N = effect.tokens, effect.tokens.planning_N
    chosen = {"all": np.ones(len(effect.before_N), dtype=bool)}
    if plans_N is not None:
        chosen = {"planning": plans_N, "execution": ~plans_N} | chosen
    table = _table("rollout", *chosen, "range")
    columns = [
        [tokens.means(x_N, who_N) for x_N in (effect.before_N, effect.after_N)]
        for who_N in chosen.values()
    ]
    for i in range(min(tokens.rollouts, MOST_ROLLOUTS)):
        mine_N = tokens.rollout_N == i
        spans = " -> ".join(_span(x_N[mine_N]) for x_N in (effect.before_N, effect.after_N))
        table.add_row(str(i), *(_change(b[i], a[i], _nats) for b, a in columns), spans)
    console.print(Text("Mean of the signal and its range, nats, before -> after", "dim"))
    console.print(table)
    _more(console, tokens.rollouts)
    _say(console, words.of_signal(effect))
    _most(told, effect, console)


def _token(told: Explanation, effect: Effect, console: Console) -> None:
    tokens = effect.tokens
    sums = [tokens.sums(x_N) for x_N in (effect.before_N, effect.after_N)]
    table = _table("rollout", "sum of advantages", "of planning tokens", "weights")
    plans_N = tokens.planning_N
    for i in range(min(tokens.rollouts, MOST_ROLLOUTS)):
        mine = tokens.rollout_N == i
        planned = "" if plans_N is None else _planned(effect, mine & plans_N)
        table.add_row(str(i), _change(*(s[i] for s in sums)), planned, _weights(effect, mine))
    total = "" if plans_N is None else _planned(effect, plans_N)
    table.add_row("all", _change(*effect.totals), total, "", style="bold")
    console.print(table)
    _more(console, tokens.rollouts)
    _say(console, words.of_token(effect))
    _most(told, effect, console)


def _planned(effect: Effect, chosen_N: np.ndarray) -> str:
    return _change(effect.before_N[chosen_N].sum(), effect.after_N[chosen_N].sum())


def _weights(effect: Effect, mine_N: np.ndarray) -> str:
    """Smallest and largest factor of a rollout's advantages; empty where they were 0."""
    before, after = effect.before_N[mine_N], effect.after_N[mine_N]
    weight = after[before != 0] / before[before != 0]
    return f"{weight.min():.3f} to {weight.max():.3f}" if len(weight) else "-"


def _most(told: Explanation, effect: Effect, console: Console) -> None:
    chosen = effect.most(MOST_TOKENS)
    if not chosen:
        return
    table = _table("rollout", "token")
    table.add_column("changed most", no_wrap=True, justify="left")
    table.add_column("before -> after", justify="left", no_wrap=True)
    for n in chosen:
        i, t = int(effect.tokens.rollout_N[n]), int(effect.tokens.place_N[n])
        context = _context(told.dump.rollouts[i].text, t)
        table.add_row(str(i), str(t), context, _change(effect.before_N[n], effect.after_N[n]))
    console.print(table)


def _context(texts: Sequence[str], t: int) -> Text:
    before, after = "".join(texts[:t])[-AROUND:], "".join(texts[t + 1 :])[:AROUND]
    parts = ((before, "dim"), (f"[{texts[t]}]", "bold"), (after, "dim"))
    return Text.assemble(*((text.replace("\n", "\\n"), style) for text, style in parts))


def _nats(value: float) -> str:
    return f"{value:.2f}"


def _span(values: np.ndarray) -> str:
    return f"{_nats(values.min())}-{_nats(values.max())}" if len(values) else "-"


def _change(before: float, after: float, write: Callable[[float], str] = number) -> str:
    if np.isnan(before):
        return "-"
    first, second = write(before), write(after)
    return first if first == second else f"{first} -> {second}"


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in columns:
        table.add_column(name, justify="left")
    return table


def _more(console: Console, count: int) -> None:
    if count > MOST_ROLLOUTS:
        left = count - MOST_ROLLOUTS
        console.print(Text(f"and {left} more rollouts; --json prints every token", "dim"))
