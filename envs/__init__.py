"""Gymnasium environments for reasoning with verifiable answers.

Importing this package registers the ids below with gymnasium. The entry points are strings, so an
environment's module is imported when the first instance of it is made.

Errors: `make` raises `UnknownEnvError` with the nearest registered names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import gymnasium

if TYPE_CHECKING:
    from .base import ReasoningEnv

_ENTRY_POINTS = {
    "reasoning/Addition-v0": "envs.procedural.addition:AdditionEnv",
    "reasoning/Arithmetic-v0": "envs.procedural.arithmetic:ArithmeticEnv",
    "reasoning/Countdown-v0": "envs.procedural.countdown:CountdownEnv",
    "reasoning/Derivative-v0": "envs.procedural.derivative:DerivativeEnv",
    "reasoning/LinearSystem-v0": "envs.procedural.linear_system:LinearSystemEnv",
    "reasoning/Maze-v0": "envs.procedural.maze:MazeEnv",
    "reasoning/NumberTheory-v0": "envs.procedural.number_theory:NumberTheoryEnv",
    "reasoning/Quadratic-v0": "envs.procedural.quadratic:QuadraticEnv",
    "reasoning/ReasoningGym-v0": "envs.procedural.reasoning_gym:ReasoningGymEnv",
    # Data sets: each wants file=, which `verl-credit build` prepares.
    "reasoning/AIME2024-v0": "envs.dataset.aime:AIME2024Env",
    "reasoning/AIME2025-v0": "envs.dataset.aime:AIME2025Env",
    "reasoning/ASDiv-v0": "envs.dataset.asdiv:ASDivEnv",
    "reasoning/BeyondAIME-v0": "envs.dataset.beyond_aime:BeyondAIMEEnv",
    "reasoning/DeepScaleR-v0": "envs.dataset.deepscaler:DeepScaleREnv",
    "reasoning/GSM8K-v0": "envs.dataset.gsm8k:GSM8KEnv",
    "reasoning/MAWPS-v0": "envs.dataset.mawps:MAWPSEnv",
    "reasoning/MATH-500-v0": "envs.dataset.math:MATH500Env",
    "reasoning/MATH-v0": "envs.dataset.math:MATHEnv",
    "reasoning/Minerva-v0": "envs.dataset.minerva:MinervaEnv",
    "reasoning/OlympiadBench-v0": "envs.dataset.olympiadbench:OlympiadBenchEnv",
    "reasoning/POLARIS-53K-v0": "envs.dataset.polaris:PolarisEnv",
    "reasoning/Rows-v0": "envs.dataset.rows:RowsEnv",
    "reasoning/SVAMP-v0": "envs.dataset.svamp:SVAMPEnv",
}

for _env_id, _entry_point in _ENTRY_POINTS.items():
    if _env_id not in gymnasium.registry:
        gymnasium.register(_env_id, entry_point=_entry_point)


def make(env_id: str, **kwargs: Any) -> ReasoningEnv:
    """Return the bare `ReasoningEnv` registered as `env_id` (`module:id` imports `module` first).

    Gymnasium's wrappers are left off: they check every step, and an agent loop needs `step_async`.

    Raises:
        UnknownEnvError: no such id; the message lists the nearest registered ones.
        EnvConfigError: arguments that the environment does not take.
        EnvContractError: its module or constructor raises, or it is no `ReasoningEnv`.
    """
    from .loading import make as make_wrapped

    return cast("ReasoningEnv", make_wrapped(env_id, kwargs).unwrapped)


def env_ids() -> list[str]:
    """Return every registered id of the `reasoning/` namespace, sorted."""
    return sorted(env_id for env_id in gymnasium.registry if env_id.startswith("reasoning/"))


def describe(env_id: str) -> str:
    """Return the first line of the docstring of an environment's class, without importing it."""
    import ast
    from importlib.util import find_spec
    from pathlib import Path

    entry_point = gymnasium.spec(env_id).entry_point
    if not isinstance(entry_point, str):
        return (entry_point.__doc__ or "").partition("\n")[0]
    module, _, name = entry_point.partition(":")
    found = find_spec(module)
    if found is None or found.origin is None:
        return ""
    for node in ast.parse(Path(found.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""


__all__ = ["describe", "env_ids", "make"]
