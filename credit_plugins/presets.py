"""Estimator names, and the lists of operators that they stand for, in the order in which they run.

``<episode>[_gtpo[_sepa]][_hicra]`` for every episode operator,
``gtpo_paper`` and ``grpo_s``, and ``credit``, which stands for ``algorithm.credit.operators``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import CreditConfigError
from .operator import EPISODE, TOKEN, Operator
from .registry import find, own

CREDIT = "credit"
DEFAULT_LIST = ("maxrl", "sepa", "gtpo", "hicra")
"""What ``credit`` stands for without a list."""

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "": (),
    "_gtpo": ("gtpo",),
    "_gtpo_sepa": ("sepa", "gtpo"),
    "_hicra": ("hicra",),
    "_gtpo_hicra": ("gtpo", "hicra"),
    "_gtpo_sepa_hicra": ("sepa", "gtpo", "hicra"),
}

PRESETS: Mapping[str, tuple[str, ...]] = {
    **{base + suffix: (base, *rest) for base in own(EPISODE) for suffix, rest in SUFFIXES.items()},
    # These replace the episode operator's advantage, whichever it is.
    "gtpo_paper": ("grpo", "gtpo_paper"),
    "grpo_s": ("grpo", "grpo_s"),
}

VERLS_OWN = ("grpo", "rloo", "opo")
"""Names that verl registers itself; there they stand for its own functions, not for ours."""


def estimator_names() -> tuple[str, ...]:
    """Every name, in a stable order."""
    return (*PRESETS, CREDIT)


def listed_of(name: str, listed: Sequence[str] | None = None) -> tuple[str, ...]:
    """The operators that a known name stands for, or ``listed`` for ``credit``.

    >>> listed_of("maxrl_gtpo_sepa")
    ('maxrl', 'sepa', 'gtpo')
    """
    return PRESETS[name] if name != CREDIT else tuple(listed or DEFAULT_LIST)


def canonical_name(name: str, listed: Sequence[str] | None = None) -> str:
    """The preset of the same list if there is one, else the list.

    >>> canonical_name("credit", ["maxrl", "gtpo"])
    'maxrl_gtpo'
    >>> canonical_name("credit", ["rloo", "entropy_mask"])
    'credit:rloo+entropy_mask'
    """
    if name != CREDIT:
        return name
    parts = listed_of(name, listed)
    same = [preset for preset, others in PRESETS.items() if others == parts]
    return same[0] if same else f"{CREDIT}:" + "+".join(parts)


def list_problems(listed: Any, path: str) -> list[str]:
    """One sentence per reason why a list of operators is no estimator."""
    if isinstance(listed, str) or not isinstance(listed, Sequence) or not listed:
        return [f"{path} is {listed!r}, must be a non-empty list of operators"]
    found, operators = [], []
    for name in listed:
        try:
            operators.append(find(name))
        except CreditConfigError as error:
            found.append(f"{path}: {error}")
    return found or [*_repeated(operators, path), *_clashes(operators, path)]


def _repeated(operators: Sequence[Operator], path: str) -> list[str]:
    names = [operator.name for operator in operators]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [f"{path} lists {name} more than once; once is enough" for name in twice]


def _clashes(operators: Sequence[Operator], path: str) -> list[str]:
    kinds = [operator.kind for operator in operators]
    episodes = [operator.name for operator in operators if operator.kind == EPISODE]
    if len(episodes) != 1:
        given = ", ".join(episodes) or "none"
        return [
            f"{path} needs exactly one episode operator ({', '.join(own(EPISODE))}); it has {given}"
        ]
    found = []
    if TOKEN in kinds and kinds.index(TOKEN) < kinds.index(EPISODE):
        early = operators[kinds.index(TOKEN)].name
        found.append(
            f"{path}: {early} runs before {episodes[0]}, which gives the advantage that it "
            f"changes; write {episodes[0]} first"
        )
    replacing = [operator.name for operator in operators if operator.replaces]
    if len(replacing) > 1:
        found.append(f"{path}: {' and '.join(replacing)} replace each other; choose one")
    return found
