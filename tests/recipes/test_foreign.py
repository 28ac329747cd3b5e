"""Packages of other people under our names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recipes.foreign import hiding_here, hiding_in_verl

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    """A project of the user's that has packages called envs and recipes."""
    for name in ("envs", "recipes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the foreign one')\n")
    return tmp_path


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [Path(sys.executable).parent / "verl-credit", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "300", **variables},
        capture_output=True,
        text=True,
        timeout=110,
    )


def test_nothing_of_ours_is_hidden_here():
    assert list(hiding_here()) == []


def test_a_folder_with_an_envs_of_its_own_breaks_no_command(folder):
    done = command(folder, "verify", "5", r"\boxed{5}", PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("correct")


def test_verl_would_read_it_so_training_is_refused(folder):
    done = command(folder, "train", "cpu_addition", PYTHONPATH=str(ROOT))
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert f"{folder}/envs/__init__.py would be imported in place of" in first
    assert f"{folder}/recipes/__init__.py" in second


def test_a_module_file_hides_a_package_too(tmp_path):
    (tmp_path / "envs.py").touch()
    (sentence,) = hiding_in_verl(tmp_path)
    assert str(tmp_path / "envs.py") in sentence
    assert not list(hiding_in_verl(ROOT))


def test_one_on_the_path_is_named(tmp_path):
    (tmp_path / "credit_plugins").mkdir()
    (tmp_path / "credit_plugins" / "__init__.py").touch()
    done = command(tmp_path, "list", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert done.returncode == 2, done.stdout
    (sentence,) = done.stderr.splitlines()
    assert f"{tmp_path}/credit_plugins/__init__.py takes the place of" in sentence
