"""Which steps and groups of two runs are shown beside each other."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from credit_plugins.dump import Dump, Rollout

from .reading import Dumps


@dataclass(frozen=True)
class Pairs:
    """Groups of one step of two runs.

    Attributes:
        how: a sentence on how they were paired.
        groups: names in the first and in the second run.
    """

    how: str
    groups: list[tuple[str, str]]


def common_steps(here: Dumps, there: Dumps) -> tuple[list[int], str]:
    """The steps that both runs dumped, and a sentence where they are not all."""
    common = [step for step in here.steps if step in there.steps]
    if not common:
        listed = [", ".join(map(str, one.steps)) for one in (here, there)]
        return [], (
            f"Nothing to align: {here.name} dumped steps {listed[0]}, {there.name} steps "
            f"{listed[1]}, and none is in both."
        )
    left = len(here.steps) + len(there.steps) - 2 * len(common)
    return common, f"{left} steps that only one of them dumped are left out." if left else ""


def pair(here: Dump, there: Dump) -> Pairs:
    """Groups of the same task; where no task is in both, of the same prompt, else by order."""
    by: tuple[tuple[str, Callable[[Rollout], Hashable]], ...] = (
        ("task", lambda first: (first.source, first.task) if first.task else None),
        ("prompt", lambda first: first.prompt),
    )
    for word, key in by:
        theirs = {key(rollouts[0]): name for name, rollouts in there.groups.items()}
        found = [
            (name, theirs[key(rollouts[0])])
            for name, rollouts in here.groups.items()
            if key(rollouts[0]) is not None and key(rollouts[0]) in theirs
        ]
        if found:
            left = len(here.groups) + len(there.groups) - 2 * len(found)
            more = f" {left} without a partner are left out." if left else ""
            return Pairs(f"Groups are paired by {word}.{more}", found)
    return Pairs(
        "No problem is in both dumps, so groups are paired by their order and their numbers are "
        "of different problems.",
        list(zip(here.groups, there.groups, strict=False)),
    )


def same_tokens(here: Rollout, there: Rollout) -> bool:
    """Whether two rollouts are the same text, token by token, so that tokens can be subtracted."""
    return here.id == there.id and here.text == there.text
