"""Estimator names, and the lists of operators that they stand for.

``<episode>[_gtpo[_sepa]][_hicra]`` for every episode operator, ``gtpo_paper`` and ``grpo_s``, and
``credit``, which stands for whatever ``algorithm.credit.compose`` lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .options import nearest
from .registry import EPISODE, SIGNAL, TOKEN

CREDIT = "credit"
DEFAULT_LIST = ("maxrl", "gtpo", "sepa", "hicra")
"""What ``credit`` stands for without a list."""

SUFFIXES: tuple[tuple[str, ...], ...] = (
    (),
    ("gtpo",),
    ("gtpo", "sepa"),
    ("hicra",),
    ("gtpo", "hicra"),
    ("gtpo", "sepa", "hicra"),
)

PRESETS: Mapping[str, tuple[str, ...]] = {
    **{"_".join((base, *rest)): (base, *rest) for base in EPISODE for rest in SUFFIXES},
    # These replace the episode operator's advantage, whichever it is.
    "gtpo_paper": ("grpo", "gtpo_paper"),
    "grpo_s": ("grpo", "grpo_s"),
}

VERLS_OWN = ("grpo", "rloo", "opo")
"""Names that verl registers itself; there they stand for its own functions, not for ours."""


def estimator_names() -> tuple[str, ...]:
    """Every name, in a stable order."""
    return (*PRESETS, CREDIT)


def parts_of(name: str, listed: Sequence[str] | None = None) -> tuple[str, frozenset[str]]:
    """Episode operator and other operators of a known name, or of a list without problems.

    >>> parts_of("maxrl_gtpo")
    ('maxrl', frozenset({'gtpo'}))
    """
    parts = PRESETS[name] if name != CREDIT else tuple(listed or DEFAULT_LIST)
    (episode,) = set(parts) & set(EPISODE)
    return episode, frozenset(parts) - {episode}


def canonical_name(name: str, listed: Sequence[str] | None = None) -> str:
    """The preset of the same operators if there is one, else all operators in registry order.

    >>> canonical_name("credit", ["gtpo", "maxrl"])
    'maxrl_gtpo'
    >>> canonical_name("credit", ["entropy_mask", "rloo"])
    'credit:rloo+entropy_mask'
    """
    if name != CREDIT:
        return name
    parts = set(listed or DEFAULT_LIST)
    for preset, same in PRESETS.items():
        if parts == set(same):
            return preset
    return f"{CREDIT}:" + "+".join(part for part in (*EPISODE, *SIGNAL, *TOKEN) if part in parts)


def list_problems(listed: Any, path: str) -> list[str]:
    """One sentence per reason why a list of operators, in any order, is no estimator."""
    if isinstance(listed, str) or not isinstance(listed, Sequence) or not listed:
        return [f"{path} is {listed!r}, must be a non-empty list of operators"]
    known = [*EPISODE, *SIGNAL, *TOKEN]
    unknown = [part for part in listed if part not in known]
    if unknown:
        return [f"{path}: unknown operator {part!r}; {nearest(part, known)}" for part in unknown]
    return [*_repeated(listed, path), *_clashes(set(listed), path)]


def _repeated(listed: Sequence[str], path: str) -> list[str]:
    twice = sorted({part for part in listed if listed.count(part) > 1})
    return [f"{path} lists {part} more than once; once is enough" for part in twice]


def _clashes(parts: set[str], path: str) -> list[str]:
    found = []
    episodes = [part for part in EPISODE if part in parts]
    if len(episodes) != 1:
        given = ", ".join(episodes) or "none"
        found.append(
            f"{path} needs exactly one episode operator ({', '.join(EPISODE)}); it has {given}"
        )
    replacing = [part for part in TOKEN if part in parts and TOKEN[part].replaces]
    if len(replacing) > 1:
        found.append(f"{path}: {' and '.join(replacing)} replace each other; choose one")
    reading = {part for part in TOKEN if TOKEN[part].config().signal_key}
    edits = [part for part in SIGNAL if part in parts]
    if edits and not parts & reading:
        found.append(
            f"{path}: nothing reads the signal that {' and '.join(edits)} would edit; "
            f"add one of {', '.join(sorted(reading))}"
        )
    return found
