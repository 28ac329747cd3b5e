"""From tables to an answer, with an effect that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recipes.campaign.analysis import Analysis
from recipes.campaign.endpoint import Endpoint
from recipes.campaign.simulate import World
from recipes.campaign.words import noise_floor, p_value, pairing, points, verdict

from .toy import PLAN, plan_of, tables_of

LARGE = World(2.0, steps=(0, 2, 4), problems=60, samples=8)
NONE = World(0.0, steps=(0, 2, 4), problems=60, samples=8, seed_arm=0.0, problem_arm=0.0)
TEN = PLAN.replace("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]").replace(
    "budget_h: 2", "budget_h: 6"
)


@pytest.fixture
def ten(tmp_path):
    return plan_of(tmp_path, TEN)


def analysis(plan, world, failures=()) -> Analysis:
    return Analysis(plan, tables_of(plan, world), dict(failures))


def test_a_large_effect_is_found(ten):
    found = analysis(ten, LARGE)
    result = found.primary.result
    assert found.primary.complete
    assert result.p == pytest.approx(2 / 2**10)
    assert result.positive == 10
    assert result.low < LARGE.difference(Endpoint("integrated", 1)) < result.high
    assert verdict(found.primary).startswith(
        "sharp against plain, pass@1 during training: better (+"
    )
    assert "10 of 10 seeds above 0" in verdict(found.primary)


def test_no_effect_is_called_no_difference_within_the_margin(ten):
    said = verdict(analysis(ten, NONE).primary)
    assert "no difference larger than 3.00 points" in said


def test_a_noisy_campaign_is_undecided(ten):
    noisy = World(0.0, steps=(0, 2, 4), problems=4, samples=4, seed_arm=1.5)
    said = verdict(analysis(ten, noisy).primary)
    assert "undecided" in said
    assert "the 90% interval excludes one larger than" in said


def test_differences_are_of_the_runs_of_one_seed(ten):
    found = analysis(ten, LARGE)
    tables, endpoint = found.tables, ten.primary
    for seed, difference in zip(ten.seeds, found.primary.result.differences, strict=True):
        one, other = tables["sharp", seed], tables["plain", seed]
        assert difference == pytest.approx(
            one.values(endpoint).mean() - other.values(endpoint).mean()
        )


def test_the_order_of_tables_does_not_matter(ten):
    found = analysis(ten, LARGE)
    turned = Analysis(ten, dict(reversed(found.tables.items())), {})
    assert turned.primary.result.differences.tolist() == found.primary.result.differences.tolist()


def test_nothing_is_concluded_from_a_part(ten):
    tables = tables_of(ten, LARGE)
    del tables["sharp", 4]
    found = Analysis(ten, tables, {("sharp", 4): "the disk was full"})
    assert found.primary.missing == {4: "sharp has failed: the disk was full"}
    assert "no conclusion, 9 of 10 pairs are in (so far +" in verdict(found.primary)
    assert "sharp - plain, seed 4: sharp has failed: the disk was full." in pairing(found)
    assert "0 of 10 pairs" in verdict(Analysis(ten, {}, {}).primary)


def test_what_is_no_pair_is_not_compared(ten):
    tables = tables_of(ten, LARGE)
    wrong = tables["sharp", 2]
    tables["sharp", 2] = replace(wrong, proof=replace(wrong.proof, weights="other"))
    found = Analysis(ten, tables, {})
    assert found.primary.seeds == [1, *range(3, 11)]
    assert "no pair: they began with different weights" in found.primary.missing[2]
    assert "no conclusion" in verdict(found.primary)


def test_runs_of_another_contrast_that_are_no_pair_are_told_too(ten):
    tables = tables_of(ten, LARGE)
    wrong = tables["again", 2]
    tables["again", 2] = replace(wrong, proof=replace(wrong.proof, weights="other"))
    del tables["again", 3]
    said = "\n".join(pairing(Analysis(ten, tables, {})))
    assert "again - plain, seed 2: no pair: they began with different weights" in said
    assert "seed 3" not in said


def test_without_a_validation_before_training_there_is_no_pair(ten):
    tables = tables_of(ten, LARGE)
    for arm in ("sharp", "plain"):
        one = tables[arm, 1]
        tables[arm, 1] = replace(one, steps=one.steps[1:], right=one.right[1:])
    assert "no validation before training" in Analysis(ten, tables, {}).primary.missing[1]


def test_the_noise_floor_is_the_a_a_arm_against_its_twin(ten):
    found = analysis(ten, LARGE)
    assert found.noise.complete
    said = noise_floor(found)
    assert "again - plain: the same settings, other sampling seeds" in said
    assert abs(found.noise.result.mean) < abs(found.primary.result.mean) / 3


def test_secondary_arms_are_adjusted_and_the_a_a_arm_is_none_of_them(tmp_path):
    more = TEN.replace("  again:", "  third: [a=1]\n  fourth: [a=2]\n  again:")
    plan = plan_of(tmp_path, more.replace("budget_h: 6", "budget_h: 9"))
    tables = tables_of(plan, LARGE)
    for seed in plan.seeds:  # one arm as good as the primary one, the other as the control
        tables["third", seed] = replace(tables["sharp", seed], arm="third")
    (third, p_third), (fourth, p_fourth) = Analysis(plan, tables, {}).secondary
    assert (third.contrast.arm, fourth.contrast.arm) == ("third", "fourth")
    assert third.result.p == pytest.approx(2 / 2**10)
    assert p_third == pytest.approx(2 * third.result.p)
    assert p_fourth == fourth.result.p == 1


def test_groups_by_initial_difficulty_hold_all_problems(ten):
    found = analysis(ten, LARGE)
    groups = found.by_start()
    assert sum(count for _, count, _ in groups) == pytest.approx(60)
    weighted = sum(count * result.mean for _, count, result in groups) / 60
    assert weighted == pytest.approx(found.primary.result.mean, abs=0.01)


def test_the_sensitivity_to_single_seeds(ten):
    found = analysis(ten, LARGE)
    d = np.sort(found.primary.result.differences)
    assert found.extremes == pytest.approx((d[:-1].mean(), d[1:].mean()))


def test_how_numbers_are_said():
    assert (points(0.0123), points(-0.0004, signed=False)) == ("+1.23", "-0.04")
    assert (p_value(0.001953), p_value(0.0001)) == ("p = .002", "p < .001")
    assert p_value(1.0) == "p = 1.000"
