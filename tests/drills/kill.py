"""Kills processes of running trainings at random moments and looks at what becomes of the runs.

    python tests/drills/kill.py FOLDER [--count 20] [--seed 0] [--only KIND]

Every drill is a short run of `verl-credit train cpu_addition`: one of its processes gets SIGKILL
during a random step, the run has to end (or, for a verifier worker, to go on), and the same command
has to resume it. Its credit metrics are then compared with those of a run that nobody disturbed.
Drill i depends on the seed and i alone; a line of FOLDER/kills.jsonl per drill makes the script go
on where it stopped. Without --count it prints the table of what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from segments import orphans

from recipes.processes.marked import marked
from recipes.runs import Run
from recipes.runs.checkpoints import last_step

STEPS = 5
SETTINGS = (
    "data.env.id=checked_addition:drills/CheckedAddition-v0",
    "data.env.kwargs={digits: [1, 2, 3, 4]}",
    # The model of the recipe, which others have warm-started already.
    "launch.warm_start.env_id=reasoning/Addition-v0",
    "launch.warm_start.env_kwargs={digits: [1, 2, 3, 4]}",
    "data.train_batch_size=8",
    "actor_rollout_ref.rollout.n=4",
    "trainer.val_before_train=false",
    "trainer.test_freq=-1",
    "trainer.save_freq=1",
    f"trainer.total_training_steps={STEPS}",
    "algorithm.credit.sepa.lam.delay=0",
    "algorithm.credit.sepa.lam.steps=10",
    "algorithm.credit.sepa.lam.gate=0.01",
    "data.env.curriculum={memory: 0.5}",
)
STEP_S = 1.5
"""A kill comes within it: less than a step, or it could come after the last answer of the run."""
TOLERANCE = 1e-3
MOST_S = 400.0
"""A run that has not ended so long after a kill counts as one that hangs."""

# How the command line of each kind of process begins, or what it holds.
KINDS = {
    "driver": "verl.trainer.main_ppo",
    "TaskRunner": "ray::TaskRunnerV1",
    "FSDP rank": "ray::WorkerDict",
    "HTTP server": "ray::CpuServer",
    "EngineCore": "VLLM::EngineCore",
    "vLLM worker": "VLLM::Worker",
    "agent loop": "ray::AgentLoopWorker",
    "storage unit": "ray::SimpleStorageUnit",
    "raylet": "raylet/raylet",
    "verifier worker": "envs.verify.workers",
}
GOES_ON = "verifier worker"


def main() -> None:
    """Drill until there are as many results as asked for, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=KINDS)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    file = given.folder / "kills.jsonl"
    reference = undisturbed(given.folder) if given.count else {}
    for number in range(len(rows(file)), given.count):
        row = drill(given.folder, number, given.seed, reference, given.only)
        with file.open("a") as out:
            out.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)
    print(table(rows(file)))


def rows(file: Path) -> list[dict[str, Any]]:
    """The results so far."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def undisturbed(folder: Path) -> dict[int, dict[str, float]]:
    """Metrics by step of a run that nobody disturbs; kept in a file."""
    file = folder / "reference.json"
    if not file.exists():
        process = launch(folder, "reference")
        wait(process, lambda: False)
        assert process.returncode == 0, f"the reference ended with {process.returncode}"
        file.write_text(json.dumps(stateful(run_of(folder, "reference"))))
    return {int(step): data for step, data in json.loads(file.read_text()).items()}


def drill(
    folder: Path,
    number: int,
    seed: int,
    reference: dict[int, dict[str, float]],
    only: str | None = None,
) -> dict[str, Any]:
    """Disturb a run, resume it, and say what happened."""
    draw = random.Random(f"{seed} {number}")
    kind = only or list(KINDS)[number % len(KINDS)]
    after, share = draw.randint(1, STEPS - 2), draw.random()
    name = f"drill{number}"
    run = run_of(folder, name)
    shutil.rmtree(run.path, ignore_errors=True)
    before = orphans()
    process = launch(folder, name)
    wait(process, lambda: reached(run, after))
    time.sleep(share * STEP_S)
    pid = find(KINDS[kind], run)
    row: dict[str, Any] = {"drill": number, "kind": kind, "after_step": after}
    if pid is None:
        process.send_signal(signal.SIGINT)
        process.wait()
        return {**row, "outcome": "no such process"}
    os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    hangs = not wait(process, lambda: time.monotonic() > killed + MOST_S)
    row["ended_s"] = round(time.monotonic() - killed, 1)
    if hangs:
        process.send_signal(signal.SIGINT)
        process.wait()
    row["status"] = process.returncode
    row["said"] = said(folder / f"{name}.log")
    row["left"] = len(marked(str(run.path))) + len(orphans() - before)
    if kind != GOES_ON:
        row["resumed_from"] = last_step(run.checkpoints)
        again = launch(folder, name)
        wait(again, lambda: False)
        row["resumed_status"] = again.returncode
    row |= compare(stateful(run), reference)
    return {**row, "outcome": outcome(row, hangs)}


def outcome(row: dict[str, Any], hangs: bool) -> str:
    """In words."""
    same = row["difference"] is not None and row["difference"] <= TOLERANCE and row["same_state"]
    if hangs:
        return "hangs"
    if row["kind"] == GOES_ON:
        return "goes on, same credit" if row["status"] == 0 and same else "does not go on as before"
    if row["status"] == 0:
        return "not noticed"
    if row["resumed_status"] != 0:
        return "does not resume"
    if not same:
        return "resumes, other credit"
    return "ends, resumes, same credit" if not row["left"] else "ends, resumes, leaves something"


def compare(
    metrics: dict[int, dict[str, float]], reference: dict[int, dict[str, float]]
) -> dict[str, Any]:
    """The largest difference of a credit metric, and whether schedules and tasks are the same.

    A kill between the checkpoint of a step and its metrics costs its row: verl logs them last.
    """
    if not metrics or max(metrics) != max(reference):
        return {"difference": None, "same_state": False}
    differences, same = [0.0], True
    lost = sorted(set(reference) - set(metrics))
    for step in set(reference) & set(metrics):
        data, own = reference[step], metrics[step]
        for key, value in data.items():
            exact = key in ("credit/sepa/lam", "credit/sepa/lam_gate")
            same = same and key in own and not (exact and own[key] != value)
            differences.append(abs(own.get(key, float("inf")) - value))
    return {"difference": max(differences), "same_state": same and len(lost) < 2, "lost": lost}


def stateful(run: Run) -> dict[int, dict[str, float]]:
    """What a resumed run has to repeat: credit, curriculum, and the answers of every step."""
    kept = ("credit/", "curriculum/", "env/verdict/", "response_length/mean", "prompt_length/mean")
    return {
        step: {key: value for key, value in data.items() if key.startswith(kept)}
        for step, data in Run(run.path).history.items()
        if "critic/score/mean" in data
    }


def run_of(folder: Path, name: str) -> Run:
    """The run's folder."""
    return Run((folder / "outputs" / "cpu_addition" / name).resolve())


def launch(folder: Path, name: str) -> subprocess.Popen[bytes]:
    """Type the command."""
    command = [Path(sys.executable).with_name("verl-credit"), "train", "cpu_addition"]
    packages = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.getenv("PYTHONPATH")]))
    with (folder / f"{name}.log").open("a") as log:
        return subprocess.Popen(
            [*command, "--name", name, *SETTINGS],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": packages},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def wait(process: subprocess.Popen[bytes], enough: Callable[[], bool]) -> bool:
    """Wait until the process has ended or it is enough; whether it has ended."""
    while process.poll() is None and not enough():
        time.sleep(0.1)
    return process.poll() is not None


def reached(run: Run, step: int) -> bool:
    """Whether a step has been logged."""
    return max(stateful(run), default=0) >= step


def find(title: str, run: Run) -> int | None:
    """A process of the run whose command line holds the title."""
    own = {pid: psutil.Process(pid) for pid in marked(str(run.path)) if psutil.pid_exists(pid)}
    # The verifier's workers get hardly any environment, so no mark either.
    below = [child for process in own.values() for child in children(process)]
    for process in [*own.values(), *below]:
        try:
            if title in " ".join(process.cmdline()):
                return process.pid
        except psutil.Error:
            continue
    return None


def children(process: psutil.Process) -> list[psutil.Process]:
    """All that a process has started; none if it is gone."""
    try:
        return process.children()
    except psutil.Error:
        return []


def said(log: Path) -> str:
    """The first line of the cause that the command printed."""
    lines = log.read_text().splitlines()
    at = max((i for i, line in enumerate(lines) if line.startswith("Training failed")), default=-1)
    return lines[at + 1].strip()[:200] if 0 <= at < len(lines) - 1 else ""


def table(found: list[dict[str, Any]]) -> str:
    """As Markdown, for a README."""
    head = ["| killed | during step | ended after | the same command | outcome |", "|---" * 5 + "|"]
    lines = [
        f"| {row['kind']} | {row['after_step'] + 1} | {row.get('ended_s', '')} s "
        f"| {'resumed from ' + str(row['resumed_from']) if 'resumed_from' in row else ''} "
        f"| {row['outcome']} |"
        for row in found
    ]
    return "\n".join([*head, *lines])


if __name__ == "__main__":
    main()
