"""Campaigns whose training process is a stand-in, and tables made without one."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from recipes.campaign import run as running
from recipes.campaign.configurations import Configurations
from recipes.campaign.plan import Plan
from recipes.campaign.reading import read
from recipes.campaign.simulate import World
from recipes.campaign.table import Proof, Table
from recipes.launch import attempt, launcher

PLAN = """\
question: Does the second arm learn more?
recipe: cpu_addition
arms:
  plain: [algorithm.adv_estimator=maxrl]
  sharp: [algorithm.adv_estimator=maxrl_gtpo, algorithm.credit.gtpo.beta=1.0]
  again: [algorithm.adv_estimator=maxrl, data.env.sampling_seed=1000]
seeds: [1, 2, 3, 4, 5, 6]
steps: 4
evaluation: {every: 2, problems: 12, samples: 4}
endpoints: [integrated pass@1, final pass@1, integrated pass@4]
contrast: {arm: sharp, against: plain}
noise: {arm: again, against: plain}
smallest_effect: 0.05
margin: 0.03
budget_h: 2
hours_per_run: 0.1
retries: 1
"""

# Does what main_ppo does as far as a campaign can see: metrics, held-out outcomes, dumps of groups,
# checkpoints, resume. Its first argument is its own file.
STAND_IN = """\
import json, os, pathlib, random, sys
import pyarrow as pa, pyarrow.parquet as pq
args = dict(arg.split("=", 1) for arg in sys.argv[1:] if "=" in arg)
seed, steps = int(args["data.seed"]), int(args["trainer.total_training_steps"])
sharp = "gtpo" in args["algorithm.adv_estimator"]
sampling = args.get("data.env.sampling_seed", seed)
folder = pathlib.Path(args["trainer.default_local_dir"].strip("'"))
saved, dumps = folder / "step", folder / "dumps"
dumps.mkdir(parents=True, exist_ok=True)
first = int(saved.read_text()) if saved.exists() else 0

def validate(step):
    rows = []
    for task in range(12):
        rng = random.Random(f"{seed} {step} {task}")
        chance = rng.random() * 0.5 + 0.1 * step * (1.5 if sharp else 1)
        right = sum(rng.random() < chance for _ in range(4))
        rows.append([f"validation/{seed}/{task}", str(task % 2), 4, right])
    with open(os.environ["VERL_CREDIT_HELD_OUT"], "a") as file:
        print(json.dumps({"step": step, "source": "sums", "problems": rows}), file=file)

def dump(step):
    rows = []
    for group in range(32):
        for n in range(2):
            answer = random.Random(f"{seed} {step} {sampling} {group} {n} {step > 1 and sharp}")
            rows.append({
                "step": step, "group": f"g{group}", "rollout": n, "prompt": "", "reward": 1.0,
                "prompt_ids": [seed, step, group], "id": [answer.randrange(999)], "mask": [True],
                "text": ["x"], "entropy": [0.1], "surprisal": [0.1], "planning": None,
                "weight": [1.0], "turns": [],
            })
    facts = {"format": 1, "chain": "maxrl", "operators": []}
    table = pa.Table.from_pylist(rows).replace_schema_metadata({"verl_credit": json.dumps(facts)})
    pq.write_table(table, dumps / f"step_{step:06d}.parquet")

with open(os.environ["VERL_FILE_LOGGER_PATH"], "w", buffering=1) as metrics:
    if first == 0 and args["trainer.val_before_train"] == "true":
        validate(0)
        print(json.dumps({"step": 0, "data": {"val-credit/sums/mean/pass@1": 0.3}}), file=metrics)
    for step in range(first + 1, steps + 1):
        exec(os.environ.get("AT_STEP", ""))
        dump(step)
        cosine = 0.9 if sharp else 1.0
        data = {"critic/score/mean": step / 10, "credit/weight/cosine": cosine}
        data["timing_s/step"] = 2.0
        print(json.dumps({"step": step, "data": data}), file=metrics)
        if step % int(args["trainer.test_freq"]) == 0:
            validate(step)
        saved.write_text(str(step))
"""


def patch(tmp_path, monkeypatch) -> None:
    """Put the stand-in in the place of verl's process, and files in that of warm starts."""
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)

    def model(config) -> Path:
        """A warm start for the seed that the run asks for."""
        folder = tmp_path / "models" / str(config.launch.warm_start.seed)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_text(f"weights {folder.name}")
        return folder

    monkeypatch.setattr(Configurations, "check", lambda self: None)
    monkeypatch.setattr(launcher.preflight, "check", lambda config, root: [])
    monkeypatch.setattr(launcher.preflight, "check_prompts", lambda config, console: None)
    monkeypatch.setattr(launcher, "warm_start", model)
    monkeypatch.setattr(launcher, "report", lambda run_dir, console: None)
    monkeypatch.setattr(
        attempt,
        "command",
        lambda recipe, overrides: [sys.executable, str(program), *overrides],
    )


def caller(file: Path, root: Path):
    """A function that runs the campaign of a plan's file."""

    def call(**options: object) -> tuple[int, str]:
        out = io.StringIO()
        status = running.run(read(file), Console(file=out, width=200), root=root, **options)
        return status, out.getvalue()

    call.file, call.root = file, root
    return call


def plan_of(folder: Path, text: str = PLAN, name: str = "toy") -> Plan:
    """A plan in a file."""
    file = folder / f"{name}.yaml"
    file.write_text(text)
    return read(file)


def tables_of(plan: Plan, world: World, random_seed: int = 0) -> dict[tuple[str, int], Table]:
    """Tables of a whole simulated campaign; the third arm repeats the first with other answers."""
    seeds = plan.seeds
    (right,) = world.draw(1, len(seeds), random_seed)
    (others,) = replace(world, effect=0.0).draw(1, len(seeds), random_seed + 1)
    found = {}
    for place, seed in enumerate(seeds):
        for arm in plan.arms:
            name = "again" if plan.noise and arm == plan.noise.arm else arm
            column = int(arm == plan.contrast.arm)
            rows = others[place, 1] if name == "again" else right[place, column]
            rows = np.vstack([right[place, 0, :1], rows[1:]])
            found[arm, seed] = table(plan, arm, seed, world, rows)
    return found


def table(plan: Plan, arm: str, seed: int, world: World, right) -> Table:
    """One table with a sound proof of pairing."""
    answers = "other" if plan.noise and arm == plan.noise.arm else ""
    return Table(
        plan=plan.hash,
        arm=arm,
        seed=seed,
        configuration=f"{arm}{seed}",
        tasks=[f"sums {seed}/{n}" for n in range(world.problems)],
        difficulty=[str(n % 3) for n in range(world.problems)],
        samples=[world.samples] * world.problems,
        steps=list(world.steps),
        right=np.asarray(right).tolist(),
        proof=Proof(
            weights=f"w{seed}",
            prompts={str(step): f"p{seed}.{step}" for step in range(1, world.steps[-1] + 1)},
            first_step=[f"{answers}{seed}.{n}" for n in range(64)],
            evaluation=f"e{seed}",
        ),
        series={
            "credit/weight/cosine": {"1": 0.97 if arm == plan.contrast.arm else 1.0},
            "credit/share/planning": {"1": 0.1},
            "critic/score/mean": {"1": 0.4, "2": 0.5},
        },
        facts={"seconds_in_steps": 300.0, "attempts": 1, "versions": {"verl": "0.9.1"}},
        first_validation_of="" if arm == plan.validates_first else plan.validates_first,
    )
