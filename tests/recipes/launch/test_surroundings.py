"""The commit of the folder that a command is typed in, and the command that begins again."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from recipes.launch.surroundings import command_again, commit

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git")


def git(folder, *arguments):
    done = subprocess.run([*GIT, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_commit_of_a_checkout_and_whether_it_has_changes(tmp_path):
    assert commit(tmp_path) == ""
    git(tmp_path, "init", "-q")
    assert commit(tmp_path) == ""  # nothing committed yet
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "a")
    head = git(tmp_path, "rev-parse", "HEAD")
    inside = tmp_path / "deeper"
    inside.mkdir()
    (inside / "outputs").write_text("no part of the checkout")
    assert commit(inside) == head[:10]
    (tmp_path / "a").write_text("2")
    assert commit(inside) == f"{head[:10]} + changes"


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(tmp_path) == ""


def test_the_command_can_be_typed_as_it_is():
    told = command_again("my folder/mine.yaml", ["data.env.kwargs={digits: [5]}"], "runs/a@14")
    assert told == (
        "verl-credit train 'my folder/mine.yaml' --from runs/a@14 'data.env.kwargs={digits: [5]}'"
    )
