"""Two nodes: two raylets, each with an environment of its own made from the lock and the wheel.

No checkout and no PYTHONPATH is in sight of them, and only the folder of the run is shared. A rank
of FSDP and a replica of vLLM is on each. Run by `make test-long`, which makes the environments.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from recipes.processes.marked import marked
from recipes.runs import Run

from .command import end
from .small import SMALL

ENVIRONMENTS = [Path(path) for path in os.environ.get("TWO_NODES", "").split(os.pathsep) if path]
TIMEOUT_S = 600
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        len(ENVIRONMENTS) != 2, reason="TWO_NODES names no two environments; see make test-long"
    ),
]


def bare(**more: str) -> dict[str, str]:
    """An environment that knows nothing of this checkout."""
    dropped = ("PYTHONPATH", "VIRTUAL_ENV", "RAY_ADDRESS")
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    return kept | more


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a head and a second node, ended at the end."""
    folder = tmp_path_factory.mktemp("raylets")
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
    address = f"127.0.0.1:{port}"
    roles = [
        ["--head", f"--port={port}", "--include-dashboard=false"],
        [f"--address={address}"],
    ]
    raylets = []
    # Short, for its sockets, and its own: else later runs here would join what is gone.
    place = tempfile.mkdtemp(prefix="ray", dir="/tmp")
    token = bare(RAY_AUTH_MODE="token", RAY_TMPDIR=place)
    try:
        for environment, role in zip(ENVIRONMENTS, roles, strict=True):
            counts = ["--num-cpus=6", "--num-gpus=1", "--disable-usage-stats"]
            command = [environment / "bin" / "ray", "start", *role, *counts, "--block"]
            with (folder / environment.name).open("w") as log:
                raylets.append(subprocess.Popen(command, env=token, stdout=log, stderr=log))
            time.sleep(15)
            assert raylets[-1].poll() is None, (folder / environment.name).read_text()
        yield address
    finally:
        for raylet in reversed(raylets):
            end(raylet)
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


def verl_credit(shared: Path, address: str, *arguments: str) -> subprocess.Popen[str]:
    """Type a command with the first environment's program."""
    return subprocess.Popen(
        [ENVIRONMENTS[0] / "bin" / "verl-credit", *arguments],
        cwd=shared,
        env=bare(RAY_ADDRESS=address),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=TIMEOUT_S)
    return process.returncode, output


TWO = ("trainer.nnodes=2", "trainer.n_gpus_per_node=1")


def test_doctor_finds_both_nodes_well(cluster: str, shared: Path, warm_model: Path) -> None:
    model = f"actor_rollout_ref.model.path={warm_model}"
    status, output = ended(verl_credit(shared, cluster, "doctor", "cpu_addition", *TWO, model))
    assert status == 0, output
    assert "2 nodes" in output
    status, output = ended(
        verl_credit(shared, cluster, "doctor", "cpu_addition", "trainer.nnodes=4", model, "--json")
    )
    assert status == 1
    wrong = [check for check in json.loads(output)["checks"] if not check["ok"]]
    assert {check["check"] for check in wrong} <= {"CPUs of Ray", "GPUs"}
    assert "GPUs" in {check["check"] for check in wrong}


def environment_of(pid: int) -> str:
    """Which of the environments a process has its libraries from."""
    maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
    (name,) = [path.name for path in ENVIRONMENTS if f"{path}/lib" in maps]
    return name


def test_a_run_over_two_nodes_is_killed_and_resumes(
    cluster: str, shared: Path, warm_model: Path
) -> None:
    command = (
        *("train", "cpu_addition", "--name", "two", *TWO),
        *(item for item in SMALL if not item.startswith(("trainer.save", "trainer.total"))),
        "trainer.total_training_steps=3",
        "trainer.save_freq=1",
        f"actor_rollout_ref.model.path={warm_model}",
    )
    process = verl_credit(shared, cluster, *command)
    run = Run(shared / "outputs" / "cpu_addition" / "two")
    tracker = run.checkpoints / "latest_checkpointed_iteration.txt"
    deadline = time.monotonic() + TIMEOUT_S
    while not tracker.exists():
        assert process.poll() is None, ended(process)
        assert time.monotonic() < deadline
        time.sleep(0.1)
    lines = {pid: " ".join(psutil.Process(pid).cmdline()) for pid in marked(str(run.path))}
    for title in ("ray::WorkerDict", "VLLM::Worker"):
        where = {environment_of(pid) for pid, line in lines.items() if line.startswith(title)}
        assert where == {path.name for path in ENVIRONMENTS}, lines
    (driver,) = [pid for pid, line in lines.items() if "verl.trainer.main_ppo" in line]
    os.kill(driver, signal.SIGKILL)
    status, output = ended(process)
    assert status == 128 + signal.SIGKILL, output

    status, output = ended(verl_credit(shared, cluster, *command))
    assert status == 0, output
    assert "2 nodes, 12 CPUs, 2 GPUs" in output
    assert "Resuming" in output
    assert "Report:" in output
    history = Run(run.path).history
    assert {2, 3} <= {*history}  # step 1 may not have been logged yet
    for rank in (0, 1):
        shard = f"global_step_3/actor/model_world_size_2_rank_{rank}.pt"
        assert (run.checkpoints / shard).exists()
    assert marked(str(run.path)) == []
