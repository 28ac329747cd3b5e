"""Estimator names: ``<episode>[_gtpo[_sepa]][_hicra]`` for every episode operator."""

from __future__ import annotations

from .registry import EPISODE

SUFFIXES: tuple[tuple[str, ...], ...] = (
    (),
    ("gtpo",),
    ("gtpo", "sepa"),
    ("hicra",),
    ("gtpo", "hicra"),
    ("gtpo", "sepa", "hicra"),
)


def estimator_names() -> tuple[str, ...]:
    """Every name, in a stable order."""
    return tuple("_".join((episode, *parts)) for episode in EPISODE for parts in SUFFIXES)


def parts_of(name: str) -> tuple[str, frozenset[str]]:
    """Episode operator and other operators of a known name.

    >>> parts_of("maxrl_gtpo")
    ('maxrl', frozenset({'gtpo'}))
    """
    episode, *parts = name.split("_")
    return episode, frozenset(parts)
