"""Prompt lengths with the model's own tokenizer."""

from __future__ import annotations

import pytest
from omegaconf import OmegaConf
from rich.console import Console

from recipes.errors import PreflightError
from recipes.launch import preflight, prompts
from recipes.launch.compose import compose, for_hydra
from recipes.warm_start import tokenizer_of
from recipes.warm_start.corpus import examples


@pytest.fixture
def told(model_folder):
    def problems(*overrides: str, template: bool = True) -> list[str]:
        model = f"actor_rollout_ref.model.path={model_folder}"
        config = compose("cpu_addition", for_hydra("cpu_addition", [model, *overrides]))
        tokenizer = prompts.tokenizer_of(config)
        if not template:
            tokenizer.chat_template = None
        return list(prompts.problems(config, tokenizer))

    return problems


def test_short_prompts_pass(told):
    assert told("data.max_prompt_length=60") == []


@pytest.mark.slow
def test_long_prompts_are_refused_with_the_number_that_fits(told):
    wanted = ("data.env.id=reasoning/Quadratic-v0", "data.max_prompt_length=32")
    (sentence,) = told(*wanted)
    assert "reasoning/Quadratic-v0: 384 of 384 prompts are longer than" in sentence
    number = sentence.rpartition("data.max_prompt_length=")[2].split()[0]
    fits = int(number)
    total = f"actor_rollout_ref.rollout.max_model_len={fits + 128}"
    assert f"{number} and {total}." in sentence
    assert told(wanted[0], f"data.max_prompt_length={number}", total) == []
    (sentence,) = told(wanted[0], f"data.max_prompt_length={fits - 1}")
    assert f"the longest has {fits}" in sentence


def test_a_model_without_a_chat_template(told):
    (sentence,) = told(template=False)
    assert "no chat template" in sentence


def test_refused_before_anything_starts(model_folder):
    given = [f"actor_rollout_ref.model.path={model_folder}", "data.max_prompt_length=8"]
    config = compose("cpu_addition", for_hydra("cpu_addition", given))
    with pytest.raises(PreflightError, match=r"data\.max_prompt_length=8 tokens"):
        preflight.check_prompts(config, Console())


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["cpu_addition", "cpu_addition_retry", "cpu_maze"])
def test_questions_and_worked_solutions_fit_a_recipe_of_ours(recipe):
    config = compose(recipe, for_hydra(recipe, []))
    preflight.check_prompts(config, Console())
    settings = OmegaConf.to_container(config.launch.warm_start, resolve=True)
    tokenizer = tokenizer_of(settings, Console())
    kwargs = settings.get("env_kwargs") or {}
    solutions = [one.solution for one in examples(settings["env_id"], kwargs, seed=0, count=2000)]
    # One more for the end of the turn.
    longest = 1 + max(map(len, tokenizer(solutions)["input_ids"]))
    assert longest <= config.data.max_response_length
