"""What was run: the recipe, the settings, the software and hardware, and the time it took."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..runs import Run
from ..runs.history import rows_of
from ..runs.timeline import ENDED, read
from .numbers import duration

_FILES = {"train.log": "log", "config.yaml": "configuration", "run.json": "record of the launches"}
_PARTS = ("start-up", "validation before the first step", "steps and their validations")
_TIMED = ("timing_s/step", "timing_s/testing")  # validation runs outside of verl's step timer


def facts(run: Run, sources: list[str]) -> list[tuple[str, str]]:
    """Name and value of everything that identifies the run, as far as it is known.

    Args:
        run: the run.
        sources: those it validated on.
    """
    launch = run.launch
    known = {
        "recipe": run.path.parent.name,
        "estimator": run.setting("algorithm.adv_estimator"),
        "environment": _environment(run) or ", ".join(sources),
        "model": _tail(run.setting("actor_rollout_ref.model.path")),
        "seed": run.setting("data.seed"),
        "batch": _batch(run),
        "learning rate": run.setting("actor_rollout_ref.actor.optim.lr"),
        "loss": run.setting("actor_rollout_ref.actor.loss_agg_mode"),
        "branched from": _branch_point(run),
        "steps": _steps(run),
        "time": took(run),
        "hardware": _hardware(launch),
        "versions": ", ".join(f"{k} {v}" for k, v in (launch.get("versions") or {}).items()),
        "commit of the working directory": launch.get("commit"),
        "started": str(launch.get("time") or run.record.get("created", ""))[:16].replace("T", " "),
        "earlier launches": _changed(run),
    }
    return [(name, str(value)) for name, value in known.items() if value not in (None, "")]


def command(run: Run) -> str:
    """What to type for another run like this one; "" if its record does not say."""
    if told := run.launch.get("command"):
        return str(told)
    record = run.record
    # An evaluation has a record too, of another kind.
    if "overrides" not in record or "recipe" not in record or record["recipe"] == "eval":
        return ""
    origin = record.get("branched_from")
    begin = ["--from", origin["checkpoint"]] if origin else []
    return shlex.join(["verl-credit", "train", record["recipe"], *begin, *record["overrides"]])


def files(run: Run) -> list[tuple[str, str]]:
    """Name and meaning of the files of the run that are there, to link to from its folder."""
    there = {name: what for name, what in _FILES.items() if (run.path / name).exists()}
    attempts = [path.name for path in run.attempts()]
    metrics = [
        (name, "metrics" if len(attempts) == 1 else f"metrics of attempt {name.split('.')[1]}")
        for name in attempts
    ]
    return [*there.items(), *metrics]


def took(run: Run) -> str:
    """Wall time, start-up included, where the run kept a timeline; else what verl timed."""
    timed = sum(data.get(name, 0.0) for data in run.history.values() for name in _TIMED)
    attempts = read(run.timeline)
    if not attempts:
        return f"{duration(timed)} in steps and their validations" if timed else ""
    spent = dict.fromkeys(_PARTS, 0.0)
    about = ""
    for name, phases in attempts.items():
        first_step = phases.get("training")
        # Without a validation before training the phase of that name is part of the start.
        validates = run.setting("trainer.val_before_train") is not False
        ready = phases.get("validating", first_step) if validates else first_step
        end = phases.get(ENDED)
        if end is None:  # of an older version, killed, or still running
            about = "about "
            rows = rows_of(run.path / name) if (run.path / name).exists() else []
            steps = sum(data.get(key, 0.0) for _, data in rows for key in _TIMED)
            end = steps + (max(phases.values()) if first_step is None else first_step)
        ready = end if ready is None else ready
        begun = end if first_step is None else first_step
        for part, seconds in zip(_PARTS, (ready, begun - ready, end - begun), strict=True):
            spent[part] += seconds
    parts = ", ".join(f"{duration(s)} {what}" for what, s in spent.items() if s >= 0.5)
    return f"{about}{duration(sum(spent.values()))}: {parts}" if parts else ""


def settings(numbers: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names and values of a section; what is null is the default."""
    for key, value in numbers.items():
        if isinstance(value, Mapping):
            yield from settings(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", "default" if value is None else str(value)


def _changed(run: Run) -> str:
    """Which facts other launches had otherwise."""
    last = run.launch
    names = ("versions", "commit", "gpus", "cpus", "processor")
    others = (run.record.get("launches") or [])[:-1]
    found = [name for name in names if any(one.get(name) != last.get(name) for one in others)]
    return f"with other {', '.join(found)}: see run.json" if found else ""


def _hardware(launch: Mapping[str, Any]) -> str:
    if not launch:
        return ""
    memory, processor = launch.get("memory"), launch.get("processor")
    cores = f"{launch.get('cpus')} CPU cores" + (f" ({processor})" if processor else "")
    host = cores + (f", {memory / 1e9:.0f} GB memory" if memory else "")
    if launch.get("device") == "cpu":
        return host
    nodes, each = launch.get("nodes") or 1, launch.get("gpus_per_node") or 0
    names = sorted(set(launch.get("gpus") or ())) or ["GPU"]
    on = f" on {nodes} nodes" if nodes > 1 else ""
    return f"{nodes * each} x {' or '.join(names)}{on}; {host}{' on the first' if on else ''}"


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


def _batch(run: Run) -> str:
    prompts = run.setting("data.train_batch_size")
    rollouts = run.setting("actor_rollout_ref.rollout.n")
    return f"{prompts} prompts, {rollouts} rollouts each" if prompts and rollouts else ""


def _tail(path: str | None) -> str:
    """The last three parts of a path, which name the model but not the machine."""
    return "/".join(Path(path).parts[-3:]) if path else ""
