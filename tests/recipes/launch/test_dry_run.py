"""`train --dry-run`: the checks, the differences, the command."""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from recipes.errors import PreflightError, UnknownRecipeError
from recipes.launch import dry_run

ROOT = Path(__file__).parents[3]
MINE = """\
# Mine.
defaults: [base_cpu, _self_]
data:
  max_prompt_length: 100
  env: {id: reasoning/Addition-v0, kwargs: {digits: [2]}}
trainer: {total_training_steps: 3}
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.yaml").write_text(MINE)
    return tmp_path / "mine.yaml"


def dry(recipe: str, *overrides: str, root: Path) -> str:
    out = io.StringIO()
    assert dry_run(recipe, overrides, console=Console(file=out, width=80), root=root) == 0
    return out.getvalue()


@pytest.fixture
def named(model_folder):
    return f"actor_rollout_ref.model.path={model_folder}"


def test_nothing_is_written(mine, named, tmp_path):
    text = dry(str(mine), named, root=tmp_path / "outputs")
    assert not (tmp_path / "outputs").exists()
    assert "Run: " in text


def test_the_differences_are_those_of_the_recipe(mine, named, tmp_path):
    text = dry(str(mine), named, root=tmp_path)
    lines = [line.strip() for line in text.splitlines()]
    assert "data.max_prompt_length: 100  (verl: 512)" in lines
    assert "data.env.kwargs.digits: [2]" in lines
    assert "trainer.project_name: mine  (verl: verl_examples)" in lines
    assert not any(line.startswith(("data.shuffle", "critic.rollout_n")) for line in lines)
    # A batch of verl's 1024 prompts, 8 answers each; there is no validation beside it.
    assert "Needs: 5 CPUs and 1 logical GPU(s) of Ray, 8192 of 100000 rows of the queue." in lines


def test_a_refusal_is_that_of_train(mine, named, tmp_path):
    with pytest.raises(PreflightError, match=r"algorithm\.adv_estimator=grppo"):
        dry(str(mine), named, "algorithm.adv_estimator=grppo", root=tmp_path)
    with pytest.raises(PreflightError, match="prompts are longer"):
        dry(str(mine), named, "data.max_prompt_length=9", root=tmp_path)
    with pytest.raises(UnknownRecipeError, match=r"There is no recipe no\.yaml"):
        dry("no.yaml", root=tmp_path)


@pytest.mark.slow
def test_a_warm_start_that_is_not_made_yet_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("VERL_CREDIT_CACHE", str(tmp_path / "cache"))
    text = dry("cpu_addition", "launch.warm_start.steps=7", root=tmp_path)
    assert "not warm-started yet" in text
    assert "`verl-credit warm-start cpu_addition launch.warm_start.steps=7`" in text
    with pytest.raises(PreflightError, match="prompts are longer"):
        dry("cpu_addition", "data.max_prompt_length=9", root=tmp_path)
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow  # verl's own start
def test_plain_verl_reads_the_command_and_gets_what_was_shown(mine, named, tmp_path):
    text = dry(str(mine), named, "data.seed=7", root=tmp_path)
    command = text[text.index("VERL_PLATFORM=cpu") :].replace("\\\n", " ")
    words = shlex.split(command)
    program = words.index("python")
    assert words[program + 1 : program + 3] == ["-m", "verl.trainer.main_ppo"]
    env = dict(word.split("=", 1) for word in words[:program])
    done = subprocess.run(
        [sys.executable, *words[program + 1 :], "--cfg", "job", "--resolve"],
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    got = yaml.safe_load(done.stdout[done.stdout.index("model_engine:") :])
    assert got["data"]["seed"] == 7
    assert got["data"]["max_prompt_length"] == 100
    assert got["trainer"]["device"] == "cpu"
    assert got["trainer"]["project_name"] == "mine"
