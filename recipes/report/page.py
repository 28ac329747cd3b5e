"""Write `report.html`: one page with everything inside it, readable offline and on a phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..page import template
from ..runs import Run, load
from .curves import curves
from .panels import PANELS
from .table import NO_VALIDATION, nonfinite_steps, sampling_note, texts
from .validation import Validations, display, validations

_HERE = Path(__file__).parent


def build(run_dir: str | Path) -> Path:
    """Write `run_dir/report.html` from the run's metrics and config.

    The page states what was run and what was measured. A sentence takes the place of a panel whose
    metrics the run did not log, so there is a page for any estimator, with validation or without.

    Returns:
        The page's path.

    Raises:
        RunError: the folder holds no metrics file.
    """
    run = load(run_dir)
    held_out = validations(run)
    page = template(_HERE / "page.html").render(
        title=f"{run.path.parent.name} / {run.path.name}",
        finished=run.is_done,
        facts=list(facts(run, held_out)),
        numbers=list(_flatten(run.setting("algorithm.credit") or {})),
        tables=[_table(one) for one in held_out],
        no_validation=NO_VALIDATION,
        nonfinite=nonfinite_steps(run),
        notices=run.notices,
        panels=[
            *(panel for one in held_out for panel in curves(one, named=len(held_out) > 1)),
            *(panel(run) for panel in PANELS),
        ],
    )
    out = run.path / "report.html"
    out.write_text(page, encoding="utf-8")
    return out


def facts(run: Run, held_out: list[Validations]) -> Iterator[tuple[str, str]]:
    """Name and value of everything that identifies the run, as far as it is known."""
    yield "recipe", run.path.parent.name
    known = {
        "estimator": run.setting("algorithm.adv_estimator"),
        "environment": _environment(run) or ", ".join(o.source for o in held_out),
        "model": _tail(run.setting("actor_rollout_ref.model.path")),
        "seed": run.setting("data.seed"),
        "batch": _batch(run),
        "learning rate": run.setting("actor_rollout_ref.actor.optim.lr"),
        "loss": run.setting("actor_rollout_ref.actor.loss_agg_mode"),
        "branched from": _branch_point(run),
        "steps": _steps(run),
        "time": _time(run),
    }
    yield from ((name, str(value)) for name, value in known.items() if value not in (None, ""))


def _environment(run: Run) -> str:
    """What was trained on: an environment's id, or the entries of a mixture with their weights."""
    mix = run.setting("data.env.mix") or {}
    entries = (f"{name} ({e['id']}, weight {e.get('weight') or 1})" for name, e in mix.items())
    return ", ".join(entries) or run.setting("data.env.id") or ""


def _steps(run: Run) -> str:
    done = max(run.history, default=0)
    planned = run.setting("trainer.total_training_steps")
    attempts = len(run.attempts())
    resumed = f", in {attempts} attempts" if attempts > 1 else ""
    return f"{done} of {planned}{resumed}" if planned else f"{done}{resumed}"


def _branch_point(run: Run) -> str:
    origin = run.record.get("branched_from")
    if not origin:
        return ""
    # Of a run of ours .../RECIPE/NAME/checkpoints/global_step_N, elsewhere any folder.
    parts = Path(origin["checkpoint"]).parts[:-1]
    name = "/".join(part for part in parts[-3:] if part != "checkpoints")
    return f"{name}, step {origin['step']}"


def _time(run: Run) -> str:
    """Wall time that verl timed. Start-up and the validation before training are not timed."""
    timed = sum(
        data.get(f"timing_s/{name}", 0.0)
        for data in run.history.values()
        for name in ("step", "testing")
    )
    minutes, seconds = divmod(round(timed), 60)
    return f"{minutes} min {seconds:02d} s in steps and their validations" if timed else ""


def _batch(run: Run) -> str:
    prompts = run.setting("data.train_batch_size")
    rollouts = run.setting("actor_rollout_ref.rollout.n")
    return f"{prompts} prompts, {rollouts} rollouts each" if prompts and rollouts else ""


def _tail(path: str | None) -> str:
    """The last three parts of a path, which name the model but not the machine."""
    return "/".join(Path(path).parts[-3:]) if path else ""


def _flatten(numbers: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in numbers.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", "default" if value is None else str(value)


def _table(held_out: Validations) -> dict[str, Any]:
    rows = [
        (display(row), [texts(held_out.cell(row, k)) for k in held_out.ks]) for row in held_out.rows
    ]
    known = {"source": held_out.source, "span": held_out.span, "ks": held_out.ks}
    return {**known, "rows": rows, "note": sampling_note(held_out)}
