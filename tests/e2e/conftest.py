"""Real runs of verl's hybrid engine on the CPU platform; one at a time fits the machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from recipes.runs import Run as RunFolder

from .command import Ended, finish, start, wait_for_step
from .small import SMALL

RECIPES = Path(__file__).parents[2] / "recipes"
TIMEOUT_S = 600

# A step, and what to do once to the process and its folder when that step has been logged.
AtStep = tuple[int, Callable[[subprocess.Popen, Path], None]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is an end-to-end test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@dataclass
class Run:
    """A finished run of stock ``verl.trainer.main_ppo``."""

    folder: Path
    returncode: int

    @property
    def log(self) -> str:
        return (self.folder / "train.log").read_text(errors="replace")

    @property
    def metrics(self) -> dict[int, dict[str, float]]:
        """Logged metrics by step."""
        lines = (self.folder / "metrics.jsonl").read_text().splitlines()
        return {row["step"]: row["data"] for row in map(json.loads, lines)}

    @property
    def spied(self) -> Path:
        return self.folder / "spy"


@pytest.fixture(scope="session")
def warm_model() -> Path:
    """The recipe's own warm start, cached like a user's."""
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    from recipes.warm_start import ensure

    with initialize_config_dir(config_dir=str(RECIPES), version_base=None):
        config = compose(config_name="cpu_addition")
    return ensure(
        **OmegaConf.to_container(config.launch, resolve=False)["warm_start"]
        | {
            "env_id": config.data.env.id,
            "env_kwargs": OmegaConf.to_container(config.data.env.kwargs),
        }
    )


@dataclass
class ResumedRun:
    """A run of ``verl-credit train``, interrupted once, with checkpoints of steps 2 and 3."""

    folder: Path  # where the command was typed
    command: tuple[str, ...]
    run: RunFolder
    attempts: tuple[Ended, Ended]


@pytest.fixture(scope="session")
def resumed_run(tmp_path_factory: pytest.TempPathFactory, warm_model: Path) -> ResumedRun:
    """Three steps, stopped with Ctrl-C after the first, then typed again."""
    folder = tmp_path_factory.mktemp("resumed_run")
    not_ours = ("trainer.val_before", "trainer.test_freq", "trainer.save_freq", "trainer.total")
    command = (
        "train",
        "cpu_addition",
        *(item for item in SMALL if not item.startswith(not_ours)),
        "trainer.total_training_steps=3",
        "trainer.save_freq=1",
        "trainer.test_freq=3",
        "data.env.validation_size=8",
        "actor_rollout_ref.rollout.val_kwargs.n=4",
        "trainer.logger=[console,tensorboard]",
        f"actor_rollout_ref.model.path={warm_model}",
    )
    process = start(folder, *command)
    run = wait_for_step(folder, 1)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    stopped = finish(process, run.path)
    finished = finish(start(folder, *command), run.path)
    return ResumedRun(folder, command, RunFolder(run.path), (stopped, finished))


@pytest.fixture
def run_verl(tmp_path: Path, warm_model: Path) -> Callable[..., Run]:
    """Start ``python -m verl.trainer.main_ppo`` on the CPU recipe and wait for its end."""

    def start(
        *overrides: str,
        recipe: str = "cpu_addition",
        at_step: AtStep | None = None,
        folder: str = "run",
        packages: Path | None = None,
    ) -> Run:
        out = tmp_path / folder
        out.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "VERL_PLATFORM": "cpu",
            "OMP_NUM_THREADS": "2",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VERL_FILE_LOGGER_PATH": str(out / "metrics.jsonl"),
            "VERL_USE_EXTERNAL_MODULES": "e2e_spy",
            "E2E_SPY_DIR": str(out / "spy"),
            "PYTHONPATH": os.pathsep.join(
                map(str, filter(None, (Path(__file__).parent, packages)))
            ),
        }
        command = [
            *(sys.executable, "-m", "verl.trainer.main_ppo"),
            *("--config-dir", str(RECIPES), "--config-name", recipe),
            f"hydra.run.dir={out}/hydra",
            f"actor_rollout_ref.model.path={warm_model}",
            f"trainer.default_local_dir={out}/checkpoints",
            *SMALL,
            *overrides,
        ]
        with (out / "train.log").open("w") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=out,
                start_new_session=True,
            )
            try:
                _wait(process, out, at_step)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return Run(out, process.returncode)

    return start


def _wait(process: subprocess.Popen, out: Path, at_step: AtStep | None) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
        if at_step is not None and _last_step(out / "metrics.jsonl") >= at_step[0]:
            at_step[1](process, out)
            at_step = None


def _last_step(metrics: Path) -> int:
    lines = metrics.read_text().splitlines() if metrics.exists() else []
    return max((json.loads(line)["step"] for line in lines if line.endswith("}")), default=-1)
