"""A launcher whose command is a stand-in for verl's process."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

from rich.console import Console

from recipes.launch import attempt, launcher

RECIPE = """\
# A toy for tests.
defaults: [ppo_trainer, _self_]
launch: {env: {TOY: 5}, warm_start: null}
trainer: {logger: [console], total_training_steps: 3}
"""

# Does what main_ppo does as far as the launcher can see: logs, metrics, checkpoints, resume.
STAND_IN = """\
import json, os, pathlib, sys, time
args = dict(arg.split("=", 1) for arg in sys.argv[1:] if "=" in arg)
saved = pathlib.Path(args["trainer.default_local_dir"].strip("'")) / "step"
saved.parent.mkdir(exist_ok=True)
first = int(saved.read_text()) if saved.exists() else 0
print("args", json.dumps(args), "TOY", os.environ["TOY"], flush=True)
print(f"setting global step to {first}", flush=True)
with open(os.environ["VERL_FILE_LOGGER_PATH"], "w", buffering=1) as metrics:
    for step in range(first + 1, 4):
        print(json.dumps({"step": step, "data": {"critic/score/mean": step / 10}}), file=metrics)
        saved.write_text(str(step))
        exec(os.environ.get("AT_STEP", ""))
"""


def make_toy(tmp_path, monkeypatch):
    """A launcher with one recipe, whose command is the stand-in."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "toy.yaml").write_text(RECIPE)
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    reports: list[Path] = []
    monkeypatch.setattr(launcher.preflight, "check", lambda config, root: ["take care"])
    monkeypatch.setattr(launcher.preflight, "check_prompts", lambda config, console: None)
    monkeypatch.setattr(launcher, "report", lambda run_dir, console: reports.append(run_dir))
    monkeypatch.setattr(
        attempt,
        "command",
        lambda recipe, overrides: [sys.executable, str(program), *overrides],
    )

    def train(*overrides: str, **kwargs: object) -> tuple[int, str]:
        out = io.StringIO()
        status = launcher.train(
            "toy",
            overrides,
            console=Console(file=out, width=200),
            root=tmp_path / "outputs",
            folder=tmp_path / "recipes",
            **kwargs,
        )
        return status, out.getvalue()

    train.reports, train.outputs = reports, tmp_path / "outputs" / "toy"
    return train


def only_run(train) -> Path:
    (path,) = train.outputs.iterdir()
    return path


def steps(file: Path) -> list[int]:
    return [json.loads(line)["step"] for line in file.read_text().splitlines()]
