"""README's next command: a shipped recipe on an environment of the user's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from recipes.errors import RecipeError
from recipes.launch.compose import compose, for_hydra

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "tests" / "envs" / "user_env_example.py"
SQUARE = "data.env.id=my_env:demo/Square-v0"
MODEL = "actor_rollout_ref.model.path=/models/mine"

# The real command with the real overrides; verl's own `--cfg job` ends it where Ray would start.
UP_TO_RAY = """
import sys
from recipes import cli
from recipes.launch import attempt, launcher
from recipes.launch import preflight
preflight.outside.problems = lambda *given: []
preflight.check_prompts = lambda config, console: None
stock = attempt.command
attempt.command = lambda *given: [*stock(*given), "--cfg", "job", "--resolve"]
launcher.report = lambda *given: None
cli.app()
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my_env.py").write_text(EXAMPLE.read_text())
    return tmp_path


def train(folder: Path, *overrides: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", UP_TO_RAY, "train", "cpu_addition", *overrides],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "500"},
        capture_output=True,
        text=True,
        timeout=110,
    )


@pytest.mark.slow  # verl's own start, twice as long as everything before it
def test_with_a_named_model_verl_gets_the_environment_as_it_is(folder):
    done = train(folder, SQUARE, MODEL)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (folder / "outputs" / "cpu_addition").iterdir()
    header, _, printed = (run / "train.log").read_text().partition("\n")
    assert "verl.trainer.main_ppo" in header
    got = yaml.safe_load(printed[printed.index("model_engine:") :])
    assert got["data"]["env"]["id"] == "my_env:demo/Square-v0"
    assert not got["data"]["env"]["kwargs"]
    assert got["actor_rollout_ref"]["model"]["path"] == "/models/mine"
    assert got == yaml.safe_load((run / "config.yaml").read_text())


@pytest.mark.slow
def test_without_a_model_or_worked_solutions_one_sentence_has_the_ways_out(folder):
    done = train(folder, SQUARE)
    assert done.returncode == 2, done.stdout + done.stderr
    (sentence,) = done.stderr.splitlines()
    for text in ("demo/Square-v0", "no model can be warm-started", f"{MODEL[:-12]}FOLDER"):
        assert text in sentence
    assert "Task.solution" in sentence
    assert not (folder / "outputs").exists()


# What of a recipe these rules read; without verl's defaults it composes in milliseconds.
TOY = """
defaults: [_self_]
data: {env: {id: reasoning/Addition-v0, kwargs: {digits: [1, 2, 3, 4]}}}
actor_rollout_ref: {model: {path: null}}
launch: {warm_start: {env_id: "${data.env.id}", env_kwargs: "${data.env.kwargs}", steps: 240}}
"""


@pytest.fixture
def composed(tmp_path):
    (tmp_path / "toy.yaml").write_text(TOY)

    def with_overrides(*overrides: str) -> dict:
        config = compose("toy", for_hydra("toy", overrides, tmp_path), tmp_path)
        return OmegaConf.to_container(config, resolve=True)

    return with_overrides


@pytest.fixture
def env(composed):
    return lambda *overrides: composed(*overrides)["data"]["env"]


@pytest.fixture
def warm_start(composed):
    return lambda *overrides: composed(*overrides)["launch"]["warm_start"]


@pytest.mark.parametrize("plus", ["", "+", "++"])
def test_arguments_of_ones_own_come_with_and_without_plus(env, plus):
    assert env(SQUARE, f"{plus}data.env.kwargs.low=3")["kwargs"] == {"low": 3}
    assert env(f"{plus}data.env.kwargs.low=3", SQUARE)["kwargs"] == {"low": 3}
    assert env(SQUARE, f"{plus}data.env.kwargs={{low: 3}}")["kwargs"] == {"low": 3}


def test_the_recipes_own_environment_keeps_its_arguments(env):
    own = {"digits": [1, 2, 3, 4], "max_turns": 3}
    more = "data.env.kwargs.max_turns=3"
    assert env(more)["kwargs"] == own
    assert env("data.env.id=reasoning/Addition-v0", more)["kwargs"] == own
    assert env("data.env.id='envs:reasoning/Addition-v0'", more)["kwargs"] == own


def test_what_was_needed_before_still_works(env):
    assert not env(SQUARE, "~data.env.kwargs.digits")["kwargs"]
    assert env(SQUARE, "~data.env.kwargs", "+data.env.kwargs.low=3")["kwargs"] == {"low": 3}


def test_a_warm_start_follows_the_environment(warm_start):
    settings = warm_start("data.env.id=reasoning/Arithmetic-v0")
    assert settings["env_id"] == "reasoning/Arithmetic-v0"
    assert not settings["env_kwargs"]


def test_a_named_model_needs_no_warm_start(warm_start):
    assert warm_start(MODEL) is None
    assert warm_start(MODEL, "launch.warm_start.steps=3") is None
    assert warm_start("actor_rollout_ref.model.path=null") is not None


@pytest.mark.parametrize("override", ["nonsense", "data.env.id=[", "data.env.id"])
def test_malformed_override_is_our_error(override):
    with pytest.raises(RecipeError):
        for_hydra("cpu_addition", [override])


def test_plain_verl_leaves_the_arguments_behind_too():
    plain = ["data.env.id=demo/Square-v0", "data.env.kwargs=null", "+data.env.kwargs.low=3"]
    config = compose("cpu_addition_retry", plain)
    assert OmegaConf.to_container(config, resolve=True)["data"]["env"]["kwargs"] == {"low": 3}
