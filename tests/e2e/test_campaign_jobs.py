"""A campaign on a Ray that runs: a job per seed, as many at once as the cluster has places."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recipes.campaign.analysis import Analysis
from recipes.campaign.reading import read
from recipes.campaign.store import Store

from .command import end

pytestmark = pytest.mark.long
TIMEOUT_S = 900
BIN = Path(sys.executable).parent
TOKEN = {**os.environ, "RAY_AUTH_MODE": "token"}  # Ray's default, which our tests switch off
PLAN = """\
question: Does a job of Ray make the runs of its seed?
recipe: cpu_addition
overrides: [data.train_batch_size=8, actor_rollout_ref.rollout.n=4, trainer.save_freq=-1,
            launch.warm_start.steps=2]
arms:
  plain: [algorithm.adv_estimator=maxrl]
  sharp: [algorithm.adv_estimator=maxrl_gtpo, algorithm.credit.gtpo.beta=1.0]
seeds: [1, 2, 3]
steps: 1
evaluation: {every: 1, problems: 8, samples: 2}
endpoints: [integrated pass@1]
contrast: {arm: sharp, against: plain}
smallest_effect: 0.05
margin: 0.03
budget_h: 1
hours_per_run: 0.05
alpha: 0.3
"""


@pytest.fixture
def jobs() -> Iterator[str]:
    """Where a Ray with one place takes jobs; it is ended at the end."""
    with contextlib.ExitStack() as open_ports:
        port, jobs, agent = (
            open_ports.enter_context(socket.create_server(("", 0))).getsockname()[1]
            for _ in range(3)
        )
    place = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # short, for its sockets
    command = [
        *(BIN / "ray", "start", "--head", f"--port={port}", f"--dashboard-port={jobs}"),
        f"--dashboard-agent-listen-port={agent}",
        *(
            "--num-cpus=8",
            "--num-gpus=1",
            '--resources={"campaign": 1}',
            "--disable-usage-stats",
            "--block",
        ),
    ]
    head = subprocess.Popen(command, env={**TOKEN, "RAY_TMPDIR": place})
    try:
        for _ in range(60):
            time.sleep(1)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", jobs)) == 0:
                    break
        yield f"http://127.0.0.1:{jobs}"
    finally:
        end(head)
        shutil.rmtree(place, ignore_errors=True)


def test_a_job_per_seed_and_one_after_the_other_where_there_is_one_place(jobs, tmp_path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    for seed in (1, 2):
        made = f"cd {tmp_path} && {BIN}/verl-credit campaign run plan.yaml --plain --seeds {seed}"
        command = [
            *(BIN / "ray", "job", "submit", "--no-wait", f"--address={jobs}"),
            *('--entrypoint-resources={"campaign": 1}', "--", "bash", "-c", made),
        ]
        for _ in range(12):  # Ray takes jobs some seconds after it has started
            told = subprocess.run(command, env=TOKEN, capture_output=True, text=True, check=False)
            if "No available agent" not in told.stderr:
                break
            time.sleep(5)
        assert told.returncode == 0, told.stdout + told.stderr
    store = Store(read(file), tmp_path / "outputs")
    wanted = [(arm, seed) for seed in (1, 2) for arm in ("plain", "sharp")]
    deadline = time.monotonic() + TIMEOUT_S
    while list(store.files) != wanted and time.monotonic() < deadline:
        assert not store.failures, store.failures
        time.sleep(1)
    assert list(store.files) == wanted
    found = Analysis(store.plan, store.tables, {})
    assert found.primary.seeds == [1, 2], found.primary.missing
    launched = {
        key: json.loads((store.run(key).path / "run.json").read_text())["launches"][0]["time"]
        for key in wanted
    }
    finished = {key: table.facts["finished"] for key, table in store.tables.items()}
    spans = sorted((launched["plain", seed], finished["sharp", seed]) for seed in (1, 2))
    assert spans[0][1] <= spans[1][0], spans
