"""What the runs of a plan are started with, and what is refused before the first."""

from __future__ import annotations

import pytest

from recipes.campaign.configurations import Configurations
from recipes.errors import PreflightError, RecipeError

from .toy import PLAN, plan_of

pytestmark = pytest.mark.slow  # verl's whole configuration, several times


def test_the_seed_goes_everywhere(plan):
    config = Configurations(plan).composed("sharp", 3)
    assert config.data.seed == config.data.env.seed == config.launch.warm_start.seed == 3
    assert config.data.env.seeded_sampling is True
    assert config.data.env.sampling_seed is None
    assert config.trainer.total_training_steps == 4
    assert config.trainer.test_freq == 2
    assert config.data.env.validation_size == 12
    assert config.actor_rollout_ref.rollout.val_kwargs.n == 4
    assert config.algorithm.credit.dump.every == 1


def test_one_arm_validates_before_training(plan):
    found = Configurations(plan)
    assert found.started("plain", 1)[-1] == "trainer.val_before_train=true"
    assert found.started("sharp", 1)[-1] == "trainer.val_before_train=false"


def test_hashes_tell_runs_apart_and_not_who_validates_first(tmp_path, plan):
    found = Configurations(plan)
    hashes = [found.hash(*key) for key in (("plain", 1), ("sharp", 1), ("again", 1), ("plain", 2))]
    assert len(set(hashes)) == 4
    turned = PLAN.replace("{arm: sharp, against: plain}", "{arm: plain, against: sharp}")
    other = Configurations(plan_of(tmp_path, turned, "turned"))
    assert other.hash("plain", 1) == hashes[0]


def test_a_sound_plan_is_not_refused(plan):
    Configurations(plan).check()


def test_an_a_a_arm_that_differs_in_nothing_is_refused_beside_any_arm(tmp_path):
    text = PLAN.replace(
        "again: [algorithm.adv_estimator=maxrl, data.env.sampling_seed=1000]",
        "again: [algorithm.adv_estimator=maxrl_gtpo, algorithm.credit.gtpo.beta=1.0]",
    ).replace("{arm: again, against: plain}", "{arm: again, against: sharp}")
    with pytest.raises(PreflightError, match="again differs from sharp in nothing"):
        Configurations(plan_of(tmp_path, text)).check()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "gtpo.beta=1.0]",
            "gtpo.beta=1.0, data.train_batch_size=16]",
            "The arms plain and sharp differ in data.train_batch_size, which a pair has in common",
        ),
        (
            "sharp: [algorithm.adv_estimator=maxrl_gtpo, algorithm.credit.gtpo.beta=1.0]",
            "sharp: [algorithm.adv_estimator=grpo]",
            "The arm sharp uses verl's own grpo, whose rollouts leave no proof of pairing",
        ),
        (
            "sharp: [algorithm.adv_estimator=maxrl_gtpo, algorithm.credit.gtpo.beta=1.0]",
            "sharp: [algorithm.adv_estimator=maxrl]",
            "The arms plain and sharp are the same",
        ),
        (
            "maxrl, data.env.sampling_seed=1000]",
            "maxrl, actor_rollout_ref.actor.optim.lr=0.5]",
            "The A/A arm again differs from plain in actor_rollout_ref.actor.optim.lr",
        ),
        (
            "maxrl, data.env.sampling_seed=1000]",
            "maxrl]",
            "again differs from plain in nothing, must differ in data.env.sampling_seed alone.",
        ),
        ("gtpo.beta=1.0]", "gtpo.beta=7]", "sharp: "),
        (
            "sharp: [algorithm.adv_estimator=maxrl_gtpo, algorithm.credit.gtpo.beta=1.0]",
            "sharp: [algorithm.adv_estimator=gae]",
            "whose rollouts leave no proof of pairing; take one of `verl-credit list`.",
        ),
        (
            "gtpo.beta=1.0]",
            "gtpo.beta=1.0, data.seed=7]",
            "data.seed=7 in the arm sharp: the plan sets data.seed in every run",
        ),
        (
            "gtpo.beta=1.0]",
            "gtpo.beta=1.0, trainer.val_before_train=true]",
            "the plan sets trainer.val_before_train in every run",
        ),
        (
            "gtpo.beta=1.0]",
            "gtpo.beta=1.0, actor_rollout_ref.rollout.temperature=0.7]",
            "sharp differ in actor_rollout_ref.rollout.temperature, which a pair has in",
        ),
        (
            "gtpo.beta=1.0]",
            "gtpo.beta=1.0, data.env.sampling_seed=7]",
            "The arm sharp changes data.env.sampling_seed, which makes it an A/A arm",
        ),
        ("recipe: cpu_addition", "recipe: cpu_adition", "Nearest: cpu_addition"),
        ("gtpo.beta=1.0]", "gtpo.beta=1.0, trainer.tset_freq=5]", "no key 'trainer.tset_freq'"),
    ],
)
def test_what_cannot_be_a_pair_is_refused(tmp_path, old, new, said):
    assert old in PLAN
    with pytest.raises(RecipeError) as refused:
        Configurations(plan_of(tmp_path, PLAN.replace(old, new))).check()
    assert said in str(refused.value)
