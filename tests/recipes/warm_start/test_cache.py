"""`ensure`: deterministic, cached under all inputs, never half done, quiet."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from rich.console import Console
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

import envs
from envs.base import ReasoningEnv, Task
from envs.errors import UnknownEnvError
from recipes.launch.compose import compose
from recipes.warm_start import cache, ensure
from recipes.warm_start import train as training
from recipes.warm_start.recipe import Recipe

SMALL = {"steps": 3, "batch_size": 8, "threads": 1}
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return ensure(**SMALL, cache_dir=tmp_path_factory.mktemp("cache"), console=QUIET)


def test_the_folder_is_a_model_whose_vocabulary_is_its_tokenizers(model):
    config = AutoConfig.from_pretrained(model)
    tokenizer = AutoTokenizer.from_pretrained(model)
    assert config.architectures == ["Qwen3ForCausalLM"]
    assert config.vocab_size == len(tokenizer)
    assert config.eos_token_id == tokenizer.eos_token_id
    weights = AutoModelForCausalLM.from_pretrained(model)
    assert weights.lm_head.weight.shape[0] == len(tokenizer)
    assert weights.dtype.is_floating_point
    assert weights.dtype.itemsize == 4
    assert 0.8e6 < weights.num_parameters() < 1e6
    assert tokenizer.chat_template


@pytest.mark.slow
def test_another_process_makes_the_same_weights_and_prints_only_progress(model, tmp_path):
    program = (
        f"from recipes.warm_start import ensure; ensure(**{SMALL}, cache_dir={str(tmp_path)!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    twin = tmp_path / model.name
    assert (twin / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()
    assert (twin / "tokenizer.json").read_bytes() == (model / "tokenizer.json").read_bytes()
    assert done.stderr == ""
    assert all(line.startswith("warm start: ") for line in done.stdout.splitlines())


def test_a_cached_model_is_returned_without_training(model, monkeypatch):
    monkeypatch.setattr(training, "train", lambda *_: pytest.fail("trained again"))
    assert ensure(**SMALL, cache_dir=model.parent, console=QUIET) == model


@pytest.mark.parametrize(
    "other",
    [
        {"steps": 4},
        {"batch_size": 4},
        {"learning_rate": 1e-3},
        {"seed": 1},
        {"threads": 2},
        {"env_kwargs": {"digits": [2]}},
    ],
    ids=str,
)
def test_every_input_has_a_folder_of_its_own(model, monkeypatch, other):
    monkeypatch.setattr(training, "train", lambda recipe, folder, console: folder.mkdir())
    assert ensure(**{**SMALL, **other}, cache_dir=model.parent, console=QUIET) != model


@pytest.mark.parametrize("other", [{"max_turns": 2}, {"feedback": "binary"}], ids=str)
def test_arguments_that_do_not_change_the_problems_share_a_folder(model, other):
    assert ensure(**SMALL, env_kwargs=other, cache_dir=model.parent, console=QUIET) == model


def test_both_addition_recipes_share_a_model():
    def inputs(name: str) -> Recipe:
        config = compose(name).launch.warm_start
        return Recipe(**OmegaConf.to_container(config, resolve=True))

    assert inputs("cpu_addition") == inputs("cpu_addition_retry")


def test_the_code_and_the_problems_are_inputs(model):
    inputs = json.loads((model / "warm_start.json").read_text(encoding="utf-8"))
    assert {"code", "problems", "torch", "transformers", "tokenizers", *SMALL} <= inputs.keys()
    assert cache._digest(inputs)[:16] == model.name


def test_an_interrupted_run_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(recipe, folder, console):
        folder.mkdir()
        (folder / "config.json").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ensure(**SMALL, cache_dir=tmp_path, console=QUIET)
    assert list(tmp_path.iterdir()) == []


def test_progress_without_a_terminal_is_a_few_plain_lines(tmp_path):
    out = io.StringIO()
    console = Console(file=out, width=80)
    ensure(steps=10, batch_size=4, threads=1, cache_dir=tmp_path, console=console)
    first, last = out.getvalue().splitlines()
    assert first == "warm start: 10 steps"
    assert last.startswith("warm start: step 10/10, loss ")


class _Unsolved(ReasoningEnv):
    def sample_task(self, rng):
        return Task("What is 1+1?", "2")


def test_an_environment_without_solutions_is_refused(tmp_path):
    envs.gymnasium.register("test_warm_start/Unsolved-v0", entry_point=_Unsolved)
    with pytest.raises(ValueError, match="without a worked solution"):
        ensure("test_warm_start/Unsolved-v0", cache_dir=tmp_path)


def test_an_unknown_environment_is_refused(tmp_path):
    with pytest.raises(UnknownEnvError, match="Addition"):
        ensure("reasoning/Adition-v0", cache_dir=tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"batch_size": 0}, {"threads": 0}, {"learning_rate": 0.0}], ids=str
)
def test_numbers_out_of_range_are_named(tmp_path, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"warm start: {name}"):
        ensure(**wrong, cache_dir=tmp_path)
