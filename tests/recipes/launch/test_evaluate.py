"""`eval`: what verl is told to validate, and what becomes of its answer."""

from __future__ import annotations

import io
import json
import sys
from functools import cache
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from rich.console import Console

from recipes.errors import RecipeError
from recipes.launch import attempt, evaluator
from recipes.launch.compose import compose, for_hydra
from recipes.launch.evaluation import Choices, configuration, make_room
from recipes.launch.evaluator import evaluate

from .tiny_checkpoint import tiny_model

# Does what a validation does as far as `eval` can see.
STAND_IN = """\
import json, os
value = {"problems": 4.0, "pass@1": 0.25, "pass@2": 0.5}
data = {f"val-credit/x/difficulty=1.0/{k}": v for k, v in value.items()}
data |= {f"val-credit/x/mean/{k}": v for k, v in value.items() if k != "problems"}
open(os.environ["VERL_FILE_LOGGER_PATH"], "w").write(json.dumps({"step": 14, "data": data}))
"""


@cache
def recipe_text(model: str) -> str:
    items = for_hydra("cpu_addition", [f"actor_rollout_ref.model.path={model}"])
    return OmegaConf.to_yaml(compose("cpu_addition", items), resolve=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """The folder of a model."""
    folder = tmp_path_factory.mktemp("model")
    weights, tokenizer = tiny_model()
    weights.config.max_position_embeddings = 1024
    weights.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def run(tmp_path, model) -> Path:
    """A run of cpu_addition with a checkpoint of step 14."""
    path = tmp_path / "outputs" / "cpu_addition" / "one"
    actor = path / "checkpoints" / "global_step_14" / "actor"
    actor.mkdir(parents=True)
    (actor / "model_world_size_1_rank_0.pt").touch()
    (path / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("14")
    (path / "metrics.1.jsonl").touch()
    (path / "config.yaml").write_text(recipe_text(str(model)))
    return path


def test_a_run_is_validated_as_it_validates_itself(run):
    config = configuration(str(run), Choices())
    make_room(config)
    own = OmegaConf.load(run / "config.yaml")
    assert config.trainer.val_only
    assert config.trainer.val_before_train
    assert config.trainer.resume_from_path == str(run / "checkpoints" / "global_step_14")
    assert config.actor_rollout_ref.actor.checkpoint.load_contents == ["model"]
    assert config.launch.warm_start is None
    assert config.launch.env == own.launch.env
    assert config.data.env == own.data.env
    assert config.actor_rollout_ref.rollout == own.actor_rollout_ref.rollout


def test_choices_win(run):
    chosen = Choices(problems=5, samples=1, temperature=0.0, max_tokens=300)
    config = configuration(f"{run}@14", chosen)
    make_room(config)
    rollout = config.actor_rollout_ref.rollout
    assert config.data.env.validation_size == 5
    val = rollout.val_kwargs
    assert (val.n, val.temperature, val.do_sample) == (1, 0.0, False)
    assert config.data.max_response_length == rollout.response_length == 300
    assert rollout.max_model_len >= 332


def test_choices_win_over_entries_of_a_validation(run):
    config = OmegaConf.load(run / "config.yaml")
    OmegaConf.update(config, "data.env.validation", {"a": {"id": "x", "size": 9}}, force_add=True)
    (run / "config.yaml").write_text(OmegaConf.to_yaml(config))
    entry = configuration(str(run), Choices(problems=5, samples=2)).data.env.validation.a
    assert entry == {"id": "x", "size": 5, "samples": 2}


def test_another_environment_gets_its_own_arguments_and_room_for_its_prompts(run):
    config = configuration(str(run), Choices("reasoning/Countdown-v0", {"max_turns": 2}, 20))
    make_room(config)
    env = config.data.env
    assert env == {
        "id": "reasoning/Countdown-v0",
        "kwargs": {"max_turns": 2},
        "seed": 0,
        "seeded_sampling": True,
        "validation_size": 20,
    }
    assert config.data.max_prompt_length > 32
    assert config.actor_rollout_ref.rollout.prompt_length == config.data.max_prompt_length
    # The same environment keeps the form in which the model knows its questions.
    config = configuration(str(run), Choices("reasoning/Addition-v0", {"digits": [5]}))
    assert config.data.env.instruction == ""
    assert config.data.env.kwargs == {"digits": [5]}


def test_a_model_gets_the_settings_of_the_cpu(model):
    config = configuration(str(model), Choices("reasoning/Countdown-v0"))
    assert config.actor_rollout_ref.model.path == str(model)
    assert config.trainer.resume_mode == "disable"
    assert config.trainer.device == "cpu"
    assert config.data.max_response_length == 512
    assert "instruction" not in config.data.env
    config = configuration(str(model), Choices(recipe="cpu_addition"))
    assert config.data.env.instruction == ""
    assert config.data.max_response_length == 128


def refusal(*arguments: object, **choices: object) -> str:
    with pytest.raises(RecipeError) as caught:
        configuration(str(arguments[0]), Choices(**choices))
    return str(caught.value)


def test_what_does_not_go_together_is_refused(run, model, tmp_path):
    assert "--samples 1" in refusal(run, temperature=0.0)
    assert "name it: --env" in refusal(run, kwargs={"digits": [1]})
    assert "name one with --env" in refusal(model)
    assert "leave --recipe x out" in refusal(run, recipe="x")
    assert "no folder of a run" in refusal(tmp_path / "nowhere")
    assert "belongs to no run" in refusal(stock(tmp_path))
    config = configuration(str(run), Choices(max_tokens=1010))
    with pytest.raises(RecipeError, match=r"1024 positions; use --max-tokens 992 or fewer"):
        make_room(config)


def stock(tmp_path: Path) -> Path:
    actor = tmp_path / "stock" / "global_step_3" / "actor"
    actor.mkdir(parents=True)
    (actor / "model_world_size_1_rank_0.pt").touch()
    return actor.parent


@pytest.fixture
def evaluated(run, tmp_path, monkeypatch):
    monkeypatch.setattr(attempt, "command", lambda *_: [sys.executable, "-c", STAND_IN])
    monkeypatch.setattr(evaluator.preflight, "check", lambda config: [])
    monkeypatch.setattr(evaluator.preflight, "check_prompts", lambda config, console: None)

    def start(json_file: Path | None = None) -> tuple[int, str]:
        console = Console(file=io.StringIO(), width=200)
        root = tmp_path / "outputs"
        status = evaluate(str(run), Choices(), json_file=json_file, console=console, root=root)
        return status, console.file.getvalue()

    return start


def test_a_table_and_results(evaluated, tmp_path):
    status, said = evaluated(tmp_path / "mine.json")
    assert status == 0
    (folder,) = (tmp_path / "outputs" / "eval").iterdir()
    results = json.loads((folder / "results.json").read_text())
    assert results == json.loads((tmp_path / "mine.json").read_text())
    assert results["step"] == 14
    (env,) = results["environments"].values()
    assert (env["problems"], env["samples"]) == (4, 2)
    assert env["pass@k"]["1"]["value"] == 0.25
    assert env["difficulties"]["1"]["pass@k"]["2"]["value"] == 0.5
    for text in ("25.0 [", "50.0 [", "pass@1", "pass@2", "results.json", "mine.json", str(folder)):
        assert text in said
    assert (folder / "done").exists()


def test_a_failure_is_told_and_leaves_no_results(evaluated, tmp_path, monkeypatch):
    program = "raise RuntimeError('the disk is full')"
    monkeypatch.setattr(attempt, "command", lambda *_: [sys.executable, "-c", program])
    status, said = evaluated()
    assert status == 1
    assert "RuntimeError: the disk is full" in said
    assert not list(tmp_path.rglob("results.json"))


def test_a_place_for_the_results_that_cannot_be(evaluated, tmp_path):
    with pytest.raises(RecipeError, match="there is no folder"):
        evaluated(tmp_path / "nowhere" / "mine.json")
    assert not (tmp_path / "outputs" / "eval").exists()
