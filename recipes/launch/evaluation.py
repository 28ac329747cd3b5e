"""The configuration of an evaluation: verl's validation on a model, with nothing to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import RECIPES_DIR
from ..errors import RecipeError
from ..runs.checkpoints import checkpoint_named
from .compose import compose, for_hydra, hydra_quote
from .exporter import NO_RUN
from .overrides import MODEL_PATH
from .preflight import plain
from .prompts import NO_TEMPLATE, token_counts, tokenizer_of

if TYPE_CHECKING:
    from omegaconf import DictConfig

# Settings of the engine and no task.
_BASE = str(RECIPES_DIR / "base_cpu.yaml")
_ROLLOUT = "actor_rollout_ref.rollout"
# verl builds a trainer all the same; this one has nothing to train and writes no checkpoint.
_WITHOUT_TRAINING: dict[str, Any] = {
    "trainer.val_only": True,
    "trainer.val_before_train": True,
    "trainer.test_freq": -1,
    "trainer.save_freq": -1,
    "trainer.logger": ["file"],
    "trainer.total_training_steps": 1,
    "launch.warm_start": None,
    # Not every environment has tasks to train on, nor enough of them for a batch.
    "data.train_files": "validation",
    "data.gen_batch_size": 1,
}


@dataclass(frozen=True)
class Choices:
    """What a user chooses; None keeps what the run or the recipe says.

    Attributes:
        env_id: environment.
        kwargs: its arguments.
        problems: how many of its held-out tasks.
        samples: answers to each of them, the n of pass@k.
        temperature: of sampling.
        max_tokens: longest response.
        recipe: where a model's settings come from.
    """

    env_id: str | None = None
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    problems: int | None = None
    samples: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    recipe: str | None = None


def configuration(subject: str, choices: Choices) -> DictConfig:
    """The configuration with which verl's ``main_ppo`` validates and ends.

    That of a run is its own, and the weights come from the checkpoint as it lies there: on the
    run's own environment its validation is repeated to the digit where sampling is seeded.

    Args:
        subject: RUN, RUN@STEP or the folder of a model.
        choices: what to ask and how.

    Raises:
        RecipeError: no such subject, or choices that do not go together.
    """
    from omegaconf import OmegaConf

    model = Path(subject).expanduser().resolve()
    is_model = (model / "config.json").exists()
    if choices.kwargs and choices.env_id is None:
        raise RecipeError(
            f"{dict(choices.kwargs)} are arguments of no environment; name it: --env."
        )
    config = _of_model(model, choices) if is_model else _of_run(subject, choices)
    OmegaConf.set_struct(config, False)
    if choices.env_id is not None:
        config.data.env = _environment(plain(config.data.env), choices)
    for key, value in (_WITHOUT_TRAINING | _chosen(choices)).items():
        OmegaConf.update(config, key, value, merge=False, force_add=True)
    _override_entries(config, choices)
    val = config.actor_rollout_ref.rollout.val_kwargs
    if val.temperature == 0 and val.n > 1:
        raise RecipeError(
            f"At temperature 0 all {val.n} samples of a problem are the same; add --samples 1."
        )
    return config


def _of_run(subject: str, choices: Choices) -> DictConfig:
    from omegaconf import DictConfig, OmegaConf

    if choices.recipe is not None:
        raise RecipeError(f"A run has its own settings; leave --recipe {choices.recipe} out.")
    if not Path(subject.rpartition("@")[0] or subject).expanduser().is_dir():
        raise RecipeError(f"{subject} is no folder of a run (outputs/RECIPE/NAME) or of a model.")
    checkpoint = checkpoint_named(subject)
    checkpoint.check()
    if checkpoint.run is None:
        raise RecipeError(NO_RUN.format(checkpoint.folder))
    config = OmegaConf.load(checkpoint.run.config)
    assert isinstance(config, DictConfig)
    config.trainer.resume_mode = "resume_path"
    config.trainer.resume_from_path = str(checkpoint.folder)
    config.actor_rollout_ref.actor.checkpoint.load_contents = ["model"]
    return config


def _of_model(model: Path, choices: Choices) -> DictConfig:
    if choices.recipe is None and choices.env_id is None:
        raise RecipeError("A model has no environment of its own; name one with --env.")
    named = [f"{MODEL_PATH}={hydra_quote(model)}"]
    if choices.recipe is not None:
        named = for_hydra(choices.recipe, named)
    config = compose(choices.recipe or _BASE, named)
    config.trainer.resume_mode = "disable"
    return config


def _environment(own: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """``data.env`` for another environment, or for the same one with other arguments."""
    kept = ["seed", "seeded_sampling", "validation_size"]
    if own.get("id") == choices.env_id:
        kept.append("instruction")  # the model may know its questions in this form only
    return {
        "id": choices.env_id,
        "kwargs": dict(choices.kwargs),
        **{key: own[key] for key in kept if key in own},
    }


def _chosen(choices: Choices) -> dict[str, Any]:
    """Dotted keys and values of what was chosen."""
    given = {
        "data.env.validation_size": choices.problems,
        f"{_ROLLOUT}.val_kwargs.n": choices.samples,
        f"{_ROLLOUT}.val_kwargs.temperature": choices.temperature,
        "data.max_response_length": choices.max_tokens,
    }
    chosen = {key: value for key, value in given.items() if value is not None}
    if choices.temperature is not None:
        chosen[f"{_ROLLOUT}.val_kwargs.do_sample"] = choices.temperature > 0
    return chosen


def _override_entries(config: DictConfig, choices: Choices) -> None:
    """Let choices win over what the entries of a run's validation say for themselves."""
    given = {
        "size": choices.problems,
        "samples": choices.samples,
        "temperature": choices.temperature,
    }
    for entry in (config.data.env.get("validation") or {}).values():
        entry.update({key: value for key, value in given.items() if value is not None})


def make_room(config: DictConfig) -> None:
    """Let the engine take the longest prompt and the longest response that are asked for.

    Args:
        config: the configuration, whose environment the preflight has checked.

    Raises:
        RecipeError: the model has fewer positions, or no chat template.
    """
    from transformers import AutoConfig

    from envs.torch_dataset import EnvDataset

    tokenizer = tokenizer_of(config)
    if not tokenizer.chat_template:
        raise RecipeError(NO_TEMPLATE)
    data, rollout = config.data, config.actor_rollout_ref.rollout
    rows = EnvDataset(data.val_files, None, data, max_samples=data.val_max_samples)
    prompts = [rows[index]["raw_prompt"] for index in range(len(rows))]
    longest = max(token_counts(tokenizer, prompts, data.apply_chat_template_kwargs))
    data.max_prompt_length = rollout.prompt_length = max(data.max_prompt_length, longest)
    rollout.response_length = data.max_response_length
    needed = data.max_prompt_length + data.max_response_length
    path = config.actor_rollout_ref.model.path
    positions = getattr(AutoConfig.from_pretrained(path), "max_position_embeddings", needed)
    if needed > positions:
        raise RecipeError(
            f"A prompt may have {data.max_prompt_length} tokens and a response "
            f"{data.max_response_length}, but the model has {positions} positions; use "
            f"--max-tokens {max(positions - data.max_prompt_length, 1)} or fewer."
        )
    if rollout.max_model_len:
        rollout.max_model_len = max(rollout.max_model_len, needed)
