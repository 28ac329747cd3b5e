"""Run folders: which one a launch gets."""

from __future__ import annotations

import errno
import fcntl
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recipes.errors import RunError
from recipes.runs import Run, open_run


def opened(root: Path, text: str = "a: 1", **kwargs: object) -> Run:
    with open_run("toy", [], text, root=root, **kwargs) as run:
        return run


def test_first_launch_makes_a_folder_and_says_so(tmp_path):
    run = opened(tmp_path)
    assert run.path.parent == tmp_path / "toy"
    assert not run.resumed
    assert json.loads((run.path / "run.json").read_text())["recipe"] == "toy"


def test_unfinished_run_is_resumed(tmp_path):
    first = opened(tmp_path)
    second = opened(tmp_path)
    assert (second.path, second.resumed) == (first.path, True)


def test_finished_run_is_not_resumed(tmp_path):
    first = opened(tmp_path)
    first.mark_done()
    second = opened(tmp_path)
    assert second.path != first.path
    assert not second.resumed


def test_another_configuration_is_another_run(tmp_path):
    assert opened(tmp_path, "a: 1").path != opened(tmp_path, "a: 2").path


def test_fresh_leaves_the_unfinished_run_alone(tmp_path):
    assert opened(tmp_path).path != opened(tmp_path, fresh=True).path


def test_newest_unfinished_run_wins(tmp_path):
    opened(tmp_path, name="z-older")
    time.sleep(0.01)
    newer = opened(tmp_path, name="a-newer")
    assert opened(tmp_path).path == newer.path


def test_two_launches_at_once_do_not_share_a_folder(tmp_path):
    with open_run("toy", [], "a: 1", root=tmp_path) as first:
        second = opened(tmp_path)
    assert second.path != first.path


def test_named_run_that_is_held_is_refused(tmp_path):
    with (
        open_run("toy", [], "a: 1", root=tmp_path, name="x"),
        pytest.raises(RunError, match="in use"),
    ):
        opened(tmp_path, name="x")


def test_named_run_resumes_and_is_refused_when_it_cannot(tmp_path):
    run = opened(tmp_path, name="x")
    assert opened(tmp_path, name="x").resumed
    with pytest.raises(RunError, match="another configuration"):
        opened(tmp_path, "a: 2", name="x")
    with pytest.raises(RunError, match="never overwrites"):
        opened(tmp_path, name="x", fresh=True)
    run.mark_done()
    with pytest.raises(RunError, match="finished"):
        opened(tmp_path, name="x")


def test_folder_of_someone_elses_is_not_taken_for_a_run(tmp_path):
    (tmp_path / "toy" / "notes").mkdir(parents=True)
    assert opened(tmp_path).path.name != "notes"
    with pytest.raises(RunError, match="another configuration"):
        opened(tmp_path, name="notes")


def test_attempts_are_numbered_in_the_order_of_their_start(tmp_path):
    run = opened(tmp_path)
    for _ in range(11):
        run.next_attempt().touch()
    assert [path.name for path in run.attempts()][-2:] == ["metrics.10.jsonl", "metrics.11.jsonl"]
    assert run.next_attempt().name == "metrics.12.jsonl"


@pytest.fixture
def no_flock(monkeypatch):
    """As on a Lustre that is mounted without it."""

    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", flock)


def test_without_flock_two_launches_still_do_not_share_a_folder(no_flock, tmp_path):
    with open_run("toy", [], "a: 1", root=tmp_path, name="one") as run:
        assert opened(tmp_path).path != run.path
        with pytest.raises(RunError, match="in use by another"):
            opened(tmp_path, name="one")
    assert opened(tmp_path, name="one").resumed


def test_without_flock_a_launch_that_was_killed_holds_nothing(no_flock, tmp_path):
    code = (
        "import errno, fcntl, os, sys\n"
        "def flock(*_): raise OSError(errno.ENOSYS, 'Function not implemented')\n"
        "fcntl.flock = flock\n"
        "from pathlib import Path\n"
        "from recipes.runs import open_run\n"
        "with open_run('toy', [], 'a: 1', root=Path(sys.argv[1]), name='one'):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert opened(tmp_path, name="one").resumed


def test_a_file_system_without_any_lock_is_said(monkeypatch, tmp_path):
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(RunError, match=r"cannot be locked \(No locks available\)"):
        opened(tmp_path)
