"""Realistic metrics of a run, made without running one."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import torch
import yaml

from credit_plugins.batch import PLANNING, CreditBatch
from credit_plugins.config import build_chain
from credit_plugins.stats import pass_at_k
from recipes.runs import Run, load

SOURCE = "reasoning/Addition-v0"
DIFFICULTIES = ((1.0, 0.6), (2.0, 0.4), (3.0, 0.2), (10.0, 0.1))
CONFIG = {
    "algorithm": {
        "adv_estimator": "maxrl_gtpo_sepa_hicra",
        "credit": {"gtpo": {"beta": 0.1}, "planning": {"phrases": None}},
    },
    "data": {"train_batch_size": 32, "seed": 7},
    "trainer": {"total_training_steps": 12},
    "actor_rollout_ref": {
        "model": {"path": "/somewhere/.cache/warm_start/0a1b2c3d"},
        "rollout": {"n": 8},
        "actor": {
            "optim": {"lr": 1e-4},
            "loss_agg_mode": "seq-mean-token-sum-norm",
            "loss_scale_factor": 64,
        },
    },
}


def train_metrics(step: int) -> dict[str, float]:
    """What verl logs at a training step for any estimator."""
    return {
        "env/verdict/correct": 100.0 + step,
        "env/verdict/wrong": 150.0 - step,
        "env/verdict/no_answer": 6.0,
        "response_length/mean": 32.0,
        "critic/score/mean": 0.6 - 0.22 * math.exp(-step / 15),
        "actor/entropy": 0.3 - 0.002 * step,
        "actor/grad_norm": 0.9,
        "training/rollout_probs_diff_max": 3e-7,
        "training/rollout_probs_diff_mean": 2e-9,
        "timing_s/gen": 6.0,
        "timing_s/old_log_prob": 1.5,
        "timing_s/adv": 0.15,
        "timing_s/update_actor": 4.0,
        "timing_s/update_weights": 0.4,
        "timing_s/step": 12.5,
    }


LAM = {"schedule": "linear", "steps": 20, "delay": 10, "gate": 0.1}


def credit_metrics(
    step: int, name: str = "maxrl_gtpo_sepa_hicra", signal: str = "entropy"
) -> dict[str, float]:
    """What the real estimator says of a batch of 8 groups with random signals."""
    chain = build_chain(name, {"gtpo": {"signal": signal}, "sepa": {"lam": LAM}})
    random = torch.Generator().manual_seed(step)
    length_B1 = torch.randint(4, 24, (64, 1), generator=random)
    signals = {key: torch.rand(64, 24, generator=random) for key in sorted(chain.reads)}
    if PLANNING in signals:
        signals[PLANNING] = signals[PLANNING] < 0.2
    batch = CreditBatch(
        reward_B=(torch.rand(64, generator=random) < 0.4).float(),
        group_B=torch.arange(64) // 8,
        mask_BT=torch.arange(24)[None] < length_B1,
        signals=signals,
        step=step,
    )
    return chain(batch, {}).metrics


def counts_of_correct(rate: float, problems: int, samples: int, seed: str) -> list[int]:
    """Correct samples of each problem; problems differ in how hard they are."""
    rng = random.Random(seed)
    chances = [min(1.0, max(0.0, rng.gauss(rate, 0.2))) for _ in range(problems)]
    return [sum(rng.random() < p for _ in range(samples)) for p in chances]


def validation_metrics(
    step: int, problems: int = 40, samples: int = 8, counts: bool = True
) -> dict[str, float]:
    """Exact pass@k of sampled answers for four difficulties and the mean over them."""
    data: dict[str, float] = {}
    for digits, rate in DIFFICULTIES:
        correct = counts_of_correct(rate + step / 60, problems, samples, f"{step} {digits}")
        row = f"val-credit/{SOURCE}/difficulty={digits}"
        if counts:
            data[f"{row}/problems"] = problems
        for k in (1, 2, 4, 8):
            value = sum(float(pass_at_k(samples, c, k)) for c in correct) / problems
            data[f"{row}/pass@{k}"] = value
            mean = f"val-credit/{SOURCE}/mean/pass@{k}"
            data[mean] = data.get(mean, 0.0) + value / 4
    return data


def held_out_row(step: int, problems: int = 40, samples: int = 8) -> str:
    """The outcomes behind `validation_metrics`, problem by problem, as the plugin writes them."""
    rows = []
    for digits, rate in DIFFICULTIES:
        correct = counts_of_correct(rate + step / 60, problems, samples, f"{step} {digits}")
        rows += [
            [f"validation/{digits}/{i}", str(digits), samples, c] for i, c in enumerate(correct)
        ]
    return json.dumps({"step": step, "source": SOURCE, "problems": rows}) + "\n"


def write_attempt(run_dir: Path, attempt: int, lines: dict[int, dict[str, float]]) -> None:
    """Write one metrics file the way verl's file logger does."""
    text = "".join(json.dumps({"step": s, "data": d}) + "\n" for s, d in lines.items())
    (run_dir / f"metrics.{attempt}.jsonl").write_text(text, encoding="utf-8")


def run_of(folder: Path, lines: dict[int, dict[str, float]]) -> Run:
    """The run of one attempt that logged these rows."""
    write_attempt(folder, 1, lines)
    return load(folder)


def make_run(path: Path, *, credit: bool = True, validate: bool = True, steps: int = 12) -> Path:
    """A finished run of one attempt with a validation at step 0, 6 and 12."""
    path.mkdir(parents=True)
    lines: dict[int, dict[str, float]] = {0: validation_metrics(0)} if validate else {}
    for step in range(1, steps + 1):
        lines[step] = train_metrics(step) | (credit_metrics(step) if credit else {})
        if validate and step % 6 == 0:
            lines[step] |= validation_metrics(step) | {"timing_s/testing": 8.0}
    write_attempt(path, 1, lines)
    if validate:
        outcomes = "".join(held_out_row(step) for step in range(0, steps + 1, 6))
        (path / "held_out.1.jsonl").write_text(outcomes, encoding="utf-8")
    (path / "config.yaml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    (path / "done").touch()
    return path
