"""An explanation in sentences: formulas with their numbers, and what each operator changed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from credit_plugins.operator import Operator

from .effects import Effect, uniform_cosine
from .explanation import Explanation

Numbers = Mapping[str, Any]


def number(value: float) -> str:
    """Four digits, without a minus before zero."""
    text = f"{value:.4g}"
    return "0" if float(text) == 0 else text


def numbers_of(told: Explanation, effect: Effect) -> str:
    """The numbers of an operator, each with what was said of its schedule."""
    shown = []
    for name, value in effect.ran.numbers.items():
        said = told.scheduled.get(f"{effect.ran.name}.{name}")
        written = f"{value:g}" if isinstance(value, float) else str(value)
        shown.append(f"{name}={written}" + (f" ({said})" if said else ""))
    return ", ".join(shown)


def formula(operator: Operator, numbers: Numbers) -> str:
    """What the docstring gives as the formula: its second paragraph, and the list after it.

    Of a list that describes the choices of an option, the chosen one alone.
    """
    paragraphs = (inspect.getdoc(operator.function) or "").split("\n\n")[1:3]
    if not paragraphs or "``" not in paragraphs[0]:
        return ""
    text, *more = (one.replace("``", "") for one in paragraphs)
    lines = [" ".join(text.split())]
    if text.rstrip().endswith(":") and more:
        items = [" ".join(item.split()) for item in re.split(r"^- ", more[0], flags=re.M) if item]
        lines += [f"- {item}" for item in _chosen(items, numbers)]
    return "\n".join(lines)


def _chosen(items: list[str], numbers: Numbers) -> list[str]:
    words = {value for value in numbers.values() if isinstance(value, str)}
    picked = [
        item
        for item in items
        if any(re.search(rf"(?<![\w-]){re.escape(w)}(?![\w-])", item.split(":")[0]) for w in words)
    ]
    return picked or items


def worked(name: str, numbers: Numbers, rewards: list[float]) -> dict[float, str]:
    """The formula of an episode operator with its numbers, by reward; {} where none is written.

    >>> worked("maxrl", {"order": "n-1"}, [1.0, 0.0, 0.0, 0.0])
    {1.0: '(1 - 0.25) / 0.25', 0.0: '(0 - 0.25) / 0.25'}
    """
    if len(rewards) < 2 or len(set(rewards)) < 2 or name not in WORKED:
        return {}
    written = WORKED[name](numbers, np.array(rewards))
    return {} if written is None else {r: written(r) for r in sorted(set(rewards), reverse=True)}


def _maxrl(numbers: Numbers, reward_B: np.ndarray) -> Callable[[float], str] | None:
    if numbers["order"] not in ("n-1", "n"):
        return None
    mean = number(reward_B.mean())
    return lambda r: f"({number(r)} - {mean}) / {mean}"


def _grpo(numbers: Numbers, reward_B: np.ndarray) -> Callable[[float], str]:
    mean, deviation = number(reward_B.mean()), number(reward_B.std(ddof=1))
    if not numbers.get("std"):
        return lambda r: f"{number(r)} - {mean}"
    return lambda r: f"({number(r)} - {mean}) / {deviation}"


def _rloo(_: Numbers, reward_B: np.ndarray) -> Callable[[float], str]:
    total, others = reward_B.sum(), len(reward_B) - 1
    return lambda r: f"{number(r)} - {number(total - r)} / {others}"


WORKED: dict[str, Callable[[Numbers, np.ndarray], Callable[[float], str] | None]] = {
    "maxrl": _maxrl,
    "grpo": _grpo,
    "dr_grpo": _grpo,
    "rloo": _rloo,
}


def of_signal(effect: Effect) -> Iterator[str]:
    """What a signal operator changed."""
    name = effect.ran.name
    if not effect.changes:
        yield f"{name} changes no token of this group."
        return
    size = np.abs(effect.changed_N)
    changed_N = size > 1e-5 * max(size.max(), 1e-30)
    plans_N = effect.tokens.planning_N
    if plans_N is None or not plans_N.any():
        yield f"{name} changes the signal of {changed_N.sum()} of {len(size)} tokens."
    else:
        counts = [
            f"{(changed_N & who_N).sum()} of {who_N.sum()} {kind} tokens"
            for kind, who_N in (("planning", plans_N), ("execution", ~plans_N))
        ]
        yield f"{name} changes the signal of {' and of '.join(counts)}."
    if effect.keeps_each:
        yield (
            "Every rollout keeps its mean signal, so an operator that divides by this mean gives "
            "the tokens that were not changed the same weight as before."
        )
    else:
        before, after = (effect.tokens.means(x) for x in (effect.before_N, effect.after_N))
        i = int(np.nan_to_num(np.abs(after - before)).argmax())
        yield (
            f"The mean signal changes, most in rollout {i}: {number(before[i])} -> "
            f"{number(after[i])} nats."
        )


def of_token(effect: Effect) -> Iterator[str]:
    """What a token operator changed."""
    name, (before, after) = effect.ran.name, effect.totals
    if not effect.changes:
        yield f"{name} changes no advantage of this group."
        return
    share = f"{effect.moved:.1%}"
    yield f"{name} moves {share} of the credit (sum of |change| over sum of |advantage|)."
    if effect.keeps_each:
        yield (
            f"Every rollout keeps its sum, and the group's stays {number(after)}: credit moves "
            "between tokens of the same rollout only."
        )
    elif effect.keeps_total:
        yield f"The group keeps its sum, {number(after)}; single rollouts do not."
    else:
        yield (
            f"The group's sum goes from {number(before)} to {number(after)}, so it is not "
            "conserved."
        )
    if (shares := effect.shares) and effect.tokens.planning_N is not None:
        yield f"Planning tokens carry {shares[1]:.1%} of the credit; before, {shares[0]:.1%}."
        yield from _planning_weight(effect, effect.tokens.planning_N)
    if effect.flipped:
        yield f"{effect.flipped} tokens change their sign."


def _planning_weight(effect: Effect, plans_N: np.ndarray) -> Iterator[str]:
    """Of planning tokens, the mean of after over before, by the sign of the advantage."""
    parts = []
    for sign, chosen_N in (
        ("positive", effect.before_N > 0),
        ("negative", effect.before_N < 0),
    ):
        mine_N = plans_N & chosen_N
        if mine_N.any():
            mean = (effect.after_N[mine_N] / effect.before_N[mine_N]).mean()
            parts.append(f"{number(mean)} where the advantage is {sign}")
    if parts:
        yield f"Their mean weight is {' and '.join(parts)}."


def of_all(told: Explanation) -> Iterator[str]:
    """The whole chain against the episode operator alone."""
    cosine = uniform_cosine(told.effects)
    if np.isnan(cosine):
        yield "All advantages are 0, before or after: this group teaches nothing."
        return
    yield (
        f"The final advantages have a cosine of {cosine:.4f} with those of "
        f"{told.chain.episode.operator.name} alone, the same on every token of a rollout."
    )
    yield (
        "What that does to the gradient is another question; `verl-credit dose DUMP MODEL` "
        "measures it."
    )
