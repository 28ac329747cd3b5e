"""The `verl-credit` command as a user types it."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recipes import launch
from recipes.cli import COMMANDS, app
from recipes.errors import PreflightError


def invoke(*arguments: str):
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def test_check_env_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "hasty_env.py").write_text(
        "import gymnasium\n"
        "from envs.base import ReasoningEnv, Task\n"
        "class Hasty(ReasoningEnv):\n"
        "    def sample_task(self, rng):\n"
        "        n = rng.integers(10**9)\n"
        "        return Task(f'Name a multiple of {n}.', 'any [multiple] of it}')\n"
        "gymnasium.register('demo/Hasty-v0', entry_point=Hasty)\n"
    )
    monkeypatch.chdir(tmp_path)
    result = invoke("check-env", "hasty_env:demo/Hasty-v0")
    assert result.exit_code == 1, result.output
    assert "verifiable: the verifier cannot confirm the answer of task 0" in result.output
    assert "do: write Task.answer as a number, LaTeX or a few words" in result.output


def test_train_hands_over_and_returns_the_status(monkeypatch):
    calls = []

    def train(recipe, overrides, **options):
        calls.append((recipe, overrides, options))
        return 130

    monkeypatch.setattr(launch, "train", train)
    typed = ("train", "toy", "a=1", "+b=2", "--name", "x", "--fresh", "--retries", "2", "--plain")
    assert invoke(*typed).exit_code == 130
    given = {"name": "x", "fresh": True, "source": None, "retries": 2, "plain": True}
    assert calls == [("toy", ["a=1", "+b=2"], given)]


def test_unknown_recipe_names_the_nearest():
    result = invoke("train", "cpu_adition")
    assert result.exit_code == 2
    assert "cpu_addition" in result.output
    assert "Traceback" not in result.output


def test_a_full_disk_is_one_sentence(monkeypatch):
    def full(*args, **kwargs):
        with open("/dev/full", "w") as file:  # noqa: PTH123 - fails as a full disk does
            file.write("x")

    monkeypatch.setattr(launch, "train", full)
    result = invoke("train", "cpu_addition")
    assert result.exit_code == 2
    assert "No space left on device: make room on the disk of outputs/" in result.output


def test_all_problems_are_printed(monkeypatch):
    def refuse(*args, **kwargs):
        raise PreflightError(["first [sic]", "second"])

    monkeypatch.setattr(launch, "train", refuse)
    result = invoke("train", "cpu_addition")
    assert result.exit_code == 2
    assert "first [sic]" in result.output
    assert "second" in result.output


def test_check_env_accepts_ours():
    result = invoke("check-env", "reasoning/Addition-v0", "digits=[1,2]")
    assert result.exit_code == 0, result.output


def test_check_env_names_the_nearest():
    result = invoke("check-env", "reasoning/Adition-v0")
    assert result.exit_code == 2
    assert "reasoning/Addition-v0" in result.output


def test_check_env_wants_keyword_arguments():
    assert invoke("check-env", "reasoning/Addition-v0", "digits").exit_code == 2


def test_warm_start_of_a_recipe_without_one():
    result = invoke("warm-start", "cpu_addition", "launch.warm_start=null")
    assert result.exit_code == 2
    assert "launch.warm_start" in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    said = [invoke(command.replace("_", "-"), option) for option in ("--help", "-h")]
    assert [one.exit_code for one in said] == [0, 0]
    assert said[0].output == said[1].output
    assert len(said[0].output) > 200


def test_the_command_itself_has_help_and_a_version():
    assert invoke("-h").output == invoke("--help").output
    assert invoke("--version").output == f"verl-credit {metadata.version('verl-credit')}\n"


def test_importing_the_command_imports_nothing_heavy():
    heavy = "torch verl ray hydra gymnasium matplotlib numpy"
    program = f"import sys, recipes.cli; print([m for m in {heavy.split()} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert answer.stdout == "[]\n", answer.stderr


def test_environments_in_the_working_folder_are_found(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "envs" / "user_env_example.py"
    (tmp_path / "my_env.py").write_text(example.read_text())
    program = Path(sys.executable).with_name("verl-credit")
    done = subprocess.run(
        [program, "check-env", "my_env:demo/Square-v0"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
