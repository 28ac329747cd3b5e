"""From the folder of a finished run to its table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..errors import RunError
from ..runs import Run
from .dose import dose_of
from .pairing import proof_of
from .table import Table

DOSE = {
    "credit/weight/cosine": "cosine of the token weights to uniform weights",
    "credit/share/planning": "share of |advantage| on planning tokens",
    "credit/planning_ratio": "share of planning tokens",
}
TRAINING = {
    "critic/score/mean": "reward",
    "response_length/mean": "tokens per response",
    "actor/entropy": "actor/entropy, nats",
    "actor/grad_norm": "gradient norm, before clipping",
}
_KEPT = (*DOSE, *TRAINING)
_FACTS = ("versions", "commit", "cpus", "processor", "gpus")
_DIGITS = 6


def table_of(run: Run, plan: str, *, arm: str, seed: int, configuration: str) -> Table:
    """The table of a finished run.

    Args:
        run: its folder.
        plan: hash of the plan.
        arm: name of the arm.
        seed: of the plan.
        configuration: hash of the configuration.

    Raises:
        RunError: it left no outcomes of held-out problems, or other problems at each validation.
    """
    by_step: dict[int, dict[str, tuple[str, int, int]]] = {}
    for (step, source), problems in run.problems.items():
        for one in problems:
            row = (one.difficulty, one.samples, one.right)
            by_step.setdefault(step, {})[f"{source} {one.task}"] = row
    if not by_step:
        raise RunError(f"{run.path} has no outcomes of held-out problems (held_out.*.jsonl).")
    steps = sorted(by_step)
    tasks = sorted(by_step[steps[-1]])
    for step in steps:
        same = by_step[step].keys() == set(tasks) and all(
            by_step[step][task][1] == by_step[steps[-1]][task][1] for task in tasks
        )
        if not same:
            raise RunError(
                f"{run.path} was validated on other problems at step {step} than at {steps[-1]}."
            )
    last = by_step[steps[-1]]
    return Table(
        plan=plan,
        arm=arm,
        seed=seed,
        configuration=configuration,
        tasks=tasks,
        difficulty=[last[task][0] for task in tasks],
        samples=[last[task][1] for task in tasks],
        steps=steps,
        right=[[by_step[step][task][2] for task in tasks] for step in steps],
        proof=proof_of(run),
        series={name: _series(run, name) for name in _KEPT if run.has(name)},
        dose=dose_of(run),
        facts=facts(run),
    )


def facts(run: Run) -> dict[str, Any]:
    """When, where and with what a run was made, as its last launch wrote it down."""
    seconds = sum(
        data.get(f"timing_s/{name}", 0.0)
        for data in run.history.values()
        for name in ("step", "testing")
    )
    return {
        "finished": datetime.now().isoformat(timespec="seconds"),
        "seconds_in_steps": round(seconds, 1),
        "attempts": len(run.attempts()),
        **{name: run.launch[name] for name in _FACTS if name in run.launch},
    }


def _series(run: Run, name: str) -> dict[str, float]:
    steps, values = run.series(name)
    return {str(step): round(value, _DIGITS) for step, value in zip(steps, values, strict=True)}
