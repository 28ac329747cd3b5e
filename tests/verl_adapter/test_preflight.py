"""Every refusal in one message, each with the key to change; a good config passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from credit_plugins.errors import CreditConfigError
from credit_plugins.verl_adapter.preflight import check, problems

RECIPES = Path(__file__).parents[2] / "recipes"


def config(*overrides: str):
    with initialize_config_dir(config_dir=str(RECIPES), version_base=None):
        return compose(
            "cpu_addition", overrides=["actor_rollout_ref.model.path=unused", *overrides]
        )


def test_the_shipped_recipe_passes() -> None:
    assert problems(config()) == []


def test_fused_kernels_pass_whatever_the_precision_of_their_entropy() -> None:
    fused = "actor_rollout_ref.model.use_fused_kernels=True"
    assert problems(config(fused, "algorithm.adv_estimator=maxrl")) == []
    assert problems(config(fused, "algorithm.adv_estimator=maxrl_gtpo")) == []


@pytest.mark.parametrize("name", ["grpo", "gae", "maxrl", "grpo_gtpo_sepa"])
def test_verls_names_and_ours_pass(name: str) -> None:
    assert problems(config(f"algorithm.adv_estimator={name}")) == []


@pytest.mark.parametrize(
    ("override", "key"),
    [
        (
            "algorithm.rollout_correction.bypass_mode=True",
            "algorithm.rollout_correction.bypass_mode",
        ),
        ("algorithm.use_kl_in_reward=True", "algorithm.use_kl_in_reward"),
        ("actor_rollout_ref.rollout.n=1", "actor_rollout_ref.rollout.n"),
        ("reward.reward_manager.name=dapo", "algorithm.credit.reward=acc"),
        ("+reward.reward_kwargs.overlong_buffer_cfg.enable=True", "overlong_buffer_cfg.enable"),
        ("algorithm.credit.reward=accuracy", "algorithm.credit.reward is 'accuracy'"),
        ("actor_rollout_ref.actor.fsdp_config.mixed_precision.param_dtype=bf16", "mixed_precision"),
        ("algorithm.credit.gtpo.beta=-1", "beta"),
        ("+algorithm.credit.gtpo.betta=1", "beta"),
        ("trainer.notices.after=0", "trainer.notices.after"),
        ("+trainer.notices.afters=3", "trainer.notices.afters"),
        ("trainer.env_failures.share=20", "trainer.env_failures.share is 20"),
        ("trainer.env_failures.steps=0", "trainer.env_failures.steps"),
        ("trainer.env_failures=5", "trainer.env_failures is 5"),
        ("algorithm.adv_estimator=maxrl_gtpo_sepa_hicr", "maxrl_gtpo_sepa_hicra"),
    ],
)
def test_each_refusal_names_the_key(override: str, key: str) -> None:
    found = problems(config(override))
    assert len(found) == 1, found
    assert key in found[0]


def test_all_problems_in_one_error() -> None:
    bad = config(
        "actor_rollout_ref.rollout.n=1",
        "algorithm.credit.gtpo.beta=-1",
        "+algorithm.credit.sepa.foo=1",
    )
    with pytest.raises(CreditConfigError) as error:
        check(bad)
    for word in ("rollout.n=1", "beta", "foo"):
        assert word in str(error.value)


@pytest.mark.parametrize("name", ["maxrl", "maxrl_gtpo_sepa_hicra", "dr_grpo"])
def test_the_legacy_trainer_is_refused_whatever_the_estimator_reads(name: str) -> None:
    (found,) = problems(config("trainer.use_v1=False", f"algorithm.adv_estimator={name}"))
    assert found.startswith("trainer.use_v1=False chooses one of verl's legacy trainers, which")
    assert found.endswith(f"so {name} does not run there; set it to True.")


def test_the_legacy_trainer_is_fine_for_verls_own() -> None:
    assert problems(config("trainer.use_v1=False", "algorithm.adv_estimator=grpo")) == []


def test_shaped_rewards_are_fine_where_acc_is_read() -> None:
    assert problems(config("reward.reward_manager.name=dapo", "algorithm.credit.reward=acc")) == []


def test_bypass_mode_is_fine_without_token_operators() -> None:
    assert (
        problems(
            config("algorithm.adv_estimator=maxrl", "algorithm.rollout_correction.bypass_mode=True")
        )
        == []
    )


def test_other_aggregations_warn_and_say_what_they_do() -> None:
    with pytest.warns(UserWarning, match="divides each rollout by its own length"):
        problems(config("actor_rollout_ref.actor.loss_agg_mode=seq-mean-token-mean"))
