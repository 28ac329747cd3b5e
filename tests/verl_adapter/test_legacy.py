"""verl's legacy trainers refuse our estimators before they start a worker, and no other.

verl's own entry points run here as far as Ray, which is not started: a stock estimator gets there.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from transformers import Qwen3Config

from credit_plugins.errors import CreditConfigError, MissingSignalError
from recipes.launch.compose import verl_config_dir
from recipes.warm_start.tokenizer import build_tokenizer

pytestmark = pytest.mark.slow  # imports all of verl

VERL = verl_config_dir().parents[1]
SETTINGS = {
    "hydra.searchpath": "[pkg://verl.trainer.config]",
    "data.custom_cls.path": "pkg://envs.dataset_for_verl",
    "data.custom_cls.name": "EnvDataset",
    "data.train_files": "train",
    "data.val_files": "validation",
    "+data.env.id": "reasoning/Addition-v0",
    "data.train_batch_size": 8,
    "actor_rollout_ref.rollout.n": 2,
    "actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu": 1,
    "actor_rollout_ref.actor.ppo_mini_batch_size": 8,
    "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu": 1,
    "trainer.logger": "[console]",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As much of a model as the trainers look at before they start workers."""
    folder, tokenizer = tmp_path_factory.mktemp("model"), build_tokenizer([])
    tokenizer.save_pretrained(folder)
    (folder / "config.json").write_text(
        json.dumps(
            Qwen3Config(vocab_size=len(tokenizer), num_hidden_layers=2).to_dict()
            | {"architectures": ["Qwen3ForCausalLM"]}
        )
    )
    return folder


def config(place: str, model: Path, estimator: str, **settings: object) -> DictConfig:
    given = SETTINGS | settings | {"actor_rollout_ref.model.path": model}
    given["algorithm.adv_estimator"] = estimator
    folder, _, name = place.rpartition("/")
    with initialize_config_dir(str(VERL / folder), version_base=None):
        return compose(name, overrides=[f"{key}={value}" for key, value in given.items()])


def main_ppo_v0(model: Path, estimator: str) -> None:
    """What `python -m verl.trainer.main_ppo trainer.use_v1=False` runs in its first Ray task."""
    from verl.trainer.main_ppo_v0 import TaskRunner

    place, legacy = "trainer/config/ppo_trainer", {"trainer.use_v1": False}
    asked = config(place, model, estimator, **legacy)
    TaskRunner.__ray_metadata__.modified_class().run(asked)


SEPARATE = {"actor_rollout_ref.hybrid_engine": False}


def one_step_off(model: Path, estimator: str) -> None:
    """What `python -m verl.experimental.one_step_off_policy.main_ppo` runs first in Ray."""
    from verl.experimental.one_step_off_policy.main_ppo import OneStepTaskRunner

    place = "experimental/one_step_off_policy/config/one_step_off_ppo_trainer"
    asked = config(place, model, estimator, **SEPARATE)
    OneStepTaskRunner.__ray_metadata__.modified_class().run(asked)


def fully_async(model: Path, estimator: str) -> None:
    """The actor that `verl.experimental.fully_async_policy.fully_async_main` makes first."""
    from verl.experimental.fully_async_policy.fully_async_trainer import FullyAsyncTrainer
    from verl.experimental.separation.utils import create_resource_pool_manager
    from verl.trainer.ppo.utils import Role

    place = "experimental/fully_async_policy/config/fully_async_ppo_trainer"
    asked = config(place, model, estimator, **SEPARATE)
    pools = create_resource_pool_manager(asked, [Role.Actor])
    trainer = FullyAsyncTrainer.__ray_metadata__.modified_class(asked, None, {}, pools)
    asyncio.run(trainer.init_workers())


ENTRIES = {
    main_ppo_v0: "RayPPOTrainer",
    one_step_off: "OneStepOffRayTrainer",
    fully_async: "FullyAsyncTrainer",
}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
@pytest.mark.parametrize("estimator", ["maxrl", "maxrl_gtpo_sepa_hicra", "credit"])
def test_ours_is_refused_by_the_name_of_the_trainer(entry, estimator, model) -> None:
    with pytest.raises(CreditConfigError) as refused:
        entry(model, estimator)
    assert str(refused.value) == (
        f"{ENTRIES[entry]} is one of verl's legacy trainers, which give an estimator rewards, mask "
        f"and groups alone, without signals, schedules, metrics and state, so {estimator} does not "
        "run there; start `python -m verl.trainer.main_ppo` with trainer.use_v1=True and a "
        "trainer.v1.trainer_mode (separate_async trains while it samples)."
    )


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
@pytest.mark.parametrize("estimator", ["grpo", "rloo", "reinforce_plus_plus"])
def test_verls_own_get_as_far_as_ray(entry, estimator, model) -> None:
    with pytest.raises(Exception, match=r"Ray has not been started yet"):
        entry(model, estimator)


def test_an_estimator_called_elsewhere_says_where_it_runs() -> None:
    from verl.trainer.ppo.core_algos import get_adv_estimator_fn

    with pytest.raises(MissingSignalError) as refused:
        get_adv_estimator_fn("maxrl")(None, None, index=None)
    for text in ("get_trainer_cls", "build_chain('maxrl')"):
        assert text in str(refused.value)
