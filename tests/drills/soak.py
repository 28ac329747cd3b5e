"""Watches the memory, descriptors and shared memory of a training for a long time.

    python tests/drills/soak.py FOLDER [--minutes 45] [--skip 10]

Runs `verl-credit train cpu_addition` with short answers and looks at every process of the run every
ten seconds: resident memory, open descriptors, and the segments in /dev/shm that are mapped.
FOLDER/soak.jsonl keeps the looks. The table has a line per kind of process: the slope of its
resident memory after the first minutes in percent of its mean per hour, with its standard error.
With --minutes 0 it prints the table of what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from segments import mapped, size

from recipes.processes.marked import marked
from recipes.runs import Run

LOOK_S = 10.0
SETTINGS = (
    "data.env.kwargs={digits: [1, 2]}",
    # The model of the recipe, which others have warm-started already.
    "launch.warm_start.env_kwargs={digits: [1, 2, 3, 4]}",
    "data.train_batch_size=8",
    "actor_rollout_ref.rollout.n=4",
    "trainer.val_before_train=false",
    "trainer.test_freq=50",
    "data.env.validation_size=16",
    "trainer.save_freq=100",
    "trainer.total_training_steps=100000",
)
_RAY = re.compile(r"^(ray::\w+|VLLM::\w+)")


def main() -> None:
    """Look for as long as asked, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=45.0)
    parser.add_argument("--skip", type=float, default=10.0, help="minutes left out of the slopes")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.minutes:
        soak(given.folder, given.minutes)
    print(table(read(given.folder / "soak.jsonl"), given.skip))


def soak(folder: Path, minutes: float) -> None:
    """Train, look, and stop the training as a user does."""
    run = Run((folder / "outputs" / "cpu_addition" / "soak").resolve())
    command = [Path(sys.executable).with_name("verl-credit"), "train", "cpu_addition"]
    with (folder / "soak.log").open("w") as log, (folder / "soak.jsonl").open("w") as out:
        process = subprocess.Popen(
            [*command, "--name", "soak", *SETTINGS], cwd=folder, stdout=log, stderr=log
        )
        begun = None
        while process.poll() is None:
            done = max(Run(run.path).history, default=0)
            if begun is None and done:
                begun = time.monotonic()  # the first step has ended
            if begun is not None:
                passed = (time.monotonic() - begun) / 60
                out.write(json.dumps({"minutes": passed, "steps": done, **look(run.path)}) + "\n")
                out.flush()
                if passed >= minutes:
                    process.send_signal(signal.SIGINT)
                    break
            time.sleep(LOOK_S)
        process.wait()


def look(folder: Path) -> dict[str, Any]:
    """Every process of a run by pid, and the bytes of the segments in /dev/shm that they map."""
    found: dict[int, dict[str, Any]] = {}
    for pid in marked(str(folder)):
        try:
            process = psutil.Process(pid)
            for one in (process, *process.children()):  # the verifier's workers have no mark
                found[one.pid] = {
                    "kind": kind(one),
                    "rss": one.memory_info().rss,
                    "fds": one.num_fds(),
                }
        except psutil.Error:
            continue
    return {"processes": found, "shm": size(mapped(found))}


def kind(process: psutil.Process) -> str:
    """What a process is, from its title or the script that it runs."""
    words = process.cmdline()
    if match := _RAY.match(" ".join(words)):
        return match.group(1)
    if "-m" in words[:-1]:
        return words[words.index("-m") + 1]
    scripts = [Path(word).name for word in words if word.endswith(".py")]
    return scripts[0] if scripts else Path(words[0]).name if words else "?"


def read(file: Path) -> list[dict[str, Any]]:
    """The looks so far."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def table(looks: list[dict[str, Any]], skip: float) -> str:
    """Markdown: a line per kind of process, and one for /dev/shm."""
    kept = [one for one in looks if one["minutes"] >= skip]
    if len(kept) < 3:
        return "Not long enough for a slope."
    by_pid: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    kinds: dict[str, str] = {}
    for one in kept:
        for pid, seen in one["processes"].items():
            kinds[pid] = seen["kind"]
            by_pid[pid].append((one["minutes"], seen["rss"], seen["fds"]))
    minutes, steps = looks[-1]["minutes"], looks[-1]["steps"]
    lines = [
        f"{minutes:.0f} min, {steps} steps; after the first {skip:g} min:",
        "",
        "| process | number | memory, MB | slope, % an hour | descriptors, first and last |",
        "|---|---|---|---|---|",
    ]
    for name in sorted(set(kinds.values())):
        lived = [by_pid[pid] for pid in by_pid if kinds[pid] == name and len(by_pid[pid]) > 9]
        if not lived:
            continue
        slopes = [slope(np.array([[m, rss] for m, rss, _ in points])) for points in lived]
        worst = max(slopes, key=lambda one: one[0])
        memory = np.mean([rss for points in lived for _, rss, _ in points]) / 1e6
        first, last = (max(points[end][2] for points in lived) for end in (0, -1))
        lines.append(
            f"| {name} | {len(lived)} | {memory:,.0f} | {worst[0]:+.2f} ± {worst[1]:.2f} "
            f"| {first:.0f}, {last:.0f} |"
        )
    total = [[one["minutes"], sum(p["rss"] for p in one["processes"].values())] for one in kept]
    value, error = slope(np.array(total))
    lines.append(f"| all | | {np.mean(total, 0)[1] / 1e6:,.0f} | {value:+.2f} ± {error:.2f} | |")
    shm = [one["shm"] / 1e6 for one in (kept[0], kept[-1])]
    lines.append(f"| /dev/shm, first and last | | {shm[0]:,.0f}, {shm[1]:,.0f} | | |")
    return "\n".join(lines)


def slope(points: np.ndarray) -> tuple[float, float]:
    """Percent of the mean per hour of a straight line, and its standard error.

    Over means of blocks of two minutes, because looks that follow one another are alike.
    """
    blocks = np.floor(points[:, 0] / 2)
    means = np.array([points[blocks == block].mean(0) for block in np.unique(blocks)])
    hours, memory = means[:, 0] / 60, means[:, 1] / means[:, 1].mean() * 100
    if len(hours) < 3:
        return float("nan"), float("nan")
    centred = hours - hours.mean()
    value = (centred * memory).sum() / (centred**2).sum()
    rest = memory - memory.mean() - value * centred
    error = np.sqrt((rest**2).sum() / (len(hours) - 2) / (centred**2).sum())
    return float(value), float(error)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
