"""Held-out results made by hand."""

from __future__ import annotations

from credit_plugins.held_out import Problem
from recipes.held_out.rates import HeldOut
from recipes.held_out.validation import Validations

SAMPLES = 2
Rights = dict[str, dict[str, int]]
"""Level -> task -> right answers of two."""


def held_out(by_step: dict[int, Rights], logged=None, *, steps=None, ks=(1, 2)) -> HeldOut:
    """Outcomes of problems, and what was logged: (step, row) -> {"pass@1": ...}."""
    problems = {
        step: [
            Problem(task, level, SAMPLES, right)
            for level, rights in levels.items()
            for task, right in rights.items()
        ]
        for step, levels in by_step.items()
    }
    levels = sorted({level for found in by_step.values() for level in found} - {""})
    return HeldOut(
        Validations("x", steps or sorted(by_step), levels, list(ks), logged or {}), problems
    )
