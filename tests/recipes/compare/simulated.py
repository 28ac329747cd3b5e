"""Runs whose held-out problems are drawn from a known model, written as the plugin writes them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from credit_plugins.verl_adapter.validation import pass_at_k_metrics, problems_of

SOURCE = "reasoning/Addition-v0"
CONFIG: dict[str, Any] = {
    "algorithm": {
        "adv_estimator": "maxrl_gtpo_sepa",
        "credit": {"gtpo": {"beta": 0.1}, "sepa": {"lam": {"schedule": "linear", "steps": 20}}},
    },
    "data": {
        "seed": 1,
        "train_batch_size": 32,
        "env": {
            "id": SOURCE,
            "kwargs": {"digits": [1, 2]},
            "mix": None,
            "validation": None,
            "seed": 0,
            "validation_size": 64,
        },
    },
    "trainer": {"total_training_steps": 12, "project_name": "toy", "experiment_name": "one"},
    "launch": {"warm_start": {"steps": 240, "seed": 0}},
    "actor_rollout_ref": {
        "model": {"path": "/somewhere/.cache/verl-credit/warm_start/0a1b2c3d4e5f6071"},
        "rollout": {"n": 8},
    },
}


def config(**changes: Any) -> dict[str, Any]:
    """The configuration above with other values; ``data__seed=2`` sets ``data.seed``."""
    found = copy.deepcopy(CONFIG)
    for key, value in changes.items():
        *path, leaf = key.split("__")
        node = found
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = value
    return found


def columns(
    chance: np.ndarray, samples: int, seed: int, tasks: str = "validation/0"
) -> tuple[list[str], list[str], dict[str, list[Any]]]:
    """Sources, uids and reward infos of a validation; half of the problems are harder."""
    rng = np.random.default_rng(seed)
    right = rng.random((len(chance), samples)) < chance[:, None]
    each = [(i, bool(ok)) for i, oks in enumerate(right) for ok in oks]
    return (
        [SOURCE] * len(each),
        [f"uid-{i}" for i, _ in each],
        {
            "acc": [float(ok) for _, ok in each],
            "difficulty": [1 + i % 2 for i, _ in each],
            "task_id": [f"{tasks}/{i}" for i, _ in each],
        },
    )


def make_run(
    path: Path,
    settings: dict[str, Any] | None = None,
    *,
    gain: float = 0.3,
    problems: int = 64,
    samples: int = 8,
    seed: int = 1,
    records: bool = True,
    every: int = 6,
    steps: int = 12,
    done: bool = True,
) -> Path:
    """A run whose chance on each problem rises by about ``gain`` until the last step."""
    path.mkdir(parents=True)
    settings = settings or CONFIG
    rng = np.random.default_rng(7)
    hard = rng.normal(-0.5, 1.5, problems) - np.arange(problems) % 2
    rise = rng.normal(1, 0.6, problems) * 5 * gain
    metrics, held_out = [], []
    for step in range(steps + 1):
        data = {} if step == 0 else training(step, seed)
        if step % every == 0:
            chance = 1 / (1 + np.exp(-hard - rise * step / steps))
            seen = columns(chance, samples, 1000 * seed + step)
            data |= pass_at_k_metrics(*seen)
            for source, found in problems_of(*seen).items():
                held_out.append({"step": step, "source": source, "problems": found})
        metrics.append({"step": step, "data": data})
    write_rows(path / "metrics.1.jsonl", metrics)
    if records:
        write_rows(path / "held_out.1.jsonl", held_out)
    (path / "config.yaml").write_text(yaml.safe_dump(settings))
    created = f"2026-01-0{1 + seed % 9}T00:00:00"
    (path / "run.json").write_text(json.dumps({"recipe": "toy", "created": created}))
    phases = [{"attempt": "metrics.1.jsonl", "phase": "training", "seconds": 60.0}]
    write_rows(path / "timeline.jsonl", phases)
    if done:
        (path / "done").touch()
    return path


def training(step: int, seed: int) -> dict[str, float]:
    """What a training step logs, as far as a comparison reads it."""
    return {
        "critic/score/mean": 0.4 + 0.01 * step,
        "perf/time_per_step": 10.0 + seed,
        "perf/total_num_tokens": 17_000.0,
        "perf/throughput": 1_700.0,
        "response_length/mean": 50.0,
        "timing_s/step": 10.0 + seed,
        "credit/weight/cosine": 0.99,
        "credit/planning_ratio": 0.05,
        "credit/share/planning": 0.06,
        "credit/sepa/lam": step / 12,
        "credit/sepa/lam_gate": 1.0,
        "env/verdict/correct": 130.0,
        "env/verdict/wrong": 120.0,
        "env/verdict/no_answer": 6.0,
    }


def read_rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def write_rows(file: Path, rows: list[dict[str, Any]]) -> None:
    """Write a file of JSON lines."""
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
