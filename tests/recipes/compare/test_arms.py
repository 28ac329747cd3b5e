"""Seeds of one arm are taken together, paired where they are the same."""

from __future__ import annotations

import pytest
from scipy import stats

from recipes.compare import compare
from recipes.compare.arms import Arm, arms_of, compared
from recipes.compare.charts import charts
from recipes.compare.settings import flat
from recipes.compare.words import FEW_SEEDS, MANY, NO_SEEDS, ONE_SEED, caution, headline
from recipes.runs import load
from tests.recipes.compare.simulated import SOURCE, config, make_run, read_rows, write_rows
from tests.recipes.held_out.outcomes import held_out as by_hand

GRPO = {"algorithm__adv_estimator": "grpo"}


def arms(tmp_path, *settings):
    runs = [make_run(tmp_path / str(i), one, problems=4) for i, one in enumerate(settings)]
    return [arm.runs for arm in arms_of([flat(load(run)) for run in runs])]


def test_runs_that_differ_in_seeds_and_names_are_one_arm(tmp_path):
    other = config(data__seed=2, trainer__experiment_name="two", trainer__project_name="x")
    third = config(data__seed=3, launch__warm_start__seed=4, data__env__seed=5)
    third["actor_rollout_ref"]["model"]["path"] = "/else/warm_start/ffffffffffffffff"
    assert arms(tmp_path, config(), config(**GRPO), other, third) == [[0, 2, 3], [1]]


def test_another_number_or_model_is_another_arm(tmp_path):
    beta = config(algorithm__credit__gtpo__beta=0.3)
    model = config(launch__warm_start=None, actor_rollout_ref__model__path="/m/one")
    other = config(launch__warm_start=None, actor_rollout_ref__model__path="/m/two")
    assert arms(tmp_path, config(), beta, model, other) == [[0], [1], [2], [3]]


def test_runs_without_settings_are_not_one_arm():
    assert [arm.runs for arm in arms_of([{}, {}])] == [[0], [1]]


def seeded(tmp_path, *seeds, base=(1, 2, 3)):
    paths = [make_run(tmp_path / f"a{s}", config(data__seed=s), seed=s) for s in base]
    return [
        *paths,
        *(
            make_run(tmp_path / f"g{s}", config(data__seed=s, **GRPO), seed=10 + s, gain=0.1)
            for s in seeds
        ),
    ]


def rates(found, k):
    return [one.held_out[SOURCE].rate(12, k).value for one in found.runs]


@pytest.mark.parametrize("k", [1, 8])
def test_equal_seeds_are_paired(tmp_path, k):
    found = compare(seeded(tmp_path, 3, 1, 2))
    assert [found.arm_name(i) for i in (0, 1)] == ["ABC", "DEF"]
    first, second = (each for each in found.over_seeds if each.k == k)
    assert first.differences == []
    assert second.paired
    a, b, c, by_3, by_1, by_2 = rates(found, k)
    wanted = stats.ttest_rel([by_1, by_2, by_3], [a, b, c]).confidence_interval(0.95)
    got = second.differences[-1]
    assert (got.low, got.high) == pytest.approx((wanted.low, wanted.high))
    assert second.means[-1].value == pytest.approx((by_1 + by_2 + by_3) / 3)
    assert caution(found) == [FEW_SEEDS, MANY]


def test_other_seeds_are_compared_by_welch(tmp_path):
    found = compare(seeded(tmp_path, 4, 5))
    second = found.over_seeds[1]
    assert (second.arm, second.paired) == (1, False)
    *base, d, e = rates(found, 1)
    wanted = stats.ttest_ind([d, e], base, equal_var=False).confidence_interval(0.95)
    got = second.differences[-1]
    assert (got.low, got.high) == pytest.approx((wanted.low, wanted.high))


def test_an_arm_of_one_seed_is_said_to_be_no_evidence(tmp_path):
    found = compare(seeded(tmp_path, 1))
    assert not found.over_seeds[1].differences[-1].is_known
    assert "D has one seed, which is no evidence about the method." in caution(found)


def test_every_arm_of_one_seed_is_named(tmp_path):
    other = config(algorithm__credit__gtpo__beta=0.3)
    found = compare([*seeded(tmp_path, 1, base=(1, 2)), make_run(tmp_path / "b", other, seed=5)])
    assert "C and D have one seed each, which is no evidence about the method." in caution(found)


def test_the_headline_of_arms_is_one_sentence_about_the_end(tmp_path):
    found = compare(seeded(tmp_path, 1, 2, 3))
    less = found.over_seeds[1].differences[-1]
    (sentence,) = headline(found, SOURCE)
    assert sentence.startswith("DEF ")
    assert " ABC " in sentence
    assert "in held-out pass@1 at step 12 (" in sentence
    assert f"95% interval {100 * less.low:+.1f} to {100 * less.high:+.1f}" in sentence


def test_bands_over_seeds_are_drawn_from_three_of_both_arms_on(tmp_path):
    for seeds, known in (((1, 2), False), ((1, 2, 3), True)):
        found = compare(seeded(tmp_path / str(known), *seeds))
        less = charts(found, SOURCE)[1]
        assert less.columns == [found.arm_name(1)]
        assert ("unknown" not in less.rows[-1][1][0]) == known


def test_arms_are_averaged_where_all_runs_validated_and_within_0_and_1():
    arms = [Arm([0, 1], ["1", "2"]), Arm([2], ["1"])]
    runs = [by_hand({0: {"": {"a": right, "b": 0}}}) for right in (0, 1, 2)]
    first = compared(arms, runs)[0]
    assert (first.means[0].value, first.means[0].low) == (0.125, 0.0)
    elsewhere = by_hand({5: {"": {"a": 1, "b": 0}}})
    without_k = by_hand({0: {"": {"a": 1, "b": 0}}}, ks=())
    for other in (None, elsewhere, without_k):
        assert compared(arms, [*runs[:2], other]) == []


def test_one_seed_each_is_said_to_be_no_evidence(tmp_path):
    found = compare(seeded(tmp_path, 1, base=(1,)))
    assert (found.has_seeds, found.over_seeds) == (False, [])
    assert caution(found) == [ONE_SEED]


def test_steps_of_other_batches_are_said_to_be_other_training(tmp_path):
    small = config(data__train_batch_size=8, actor_rollout_ref__rollout__n=4)
    runs = make_run(tmp_path / "a"), make_run(tmp_path / "b", small, seed=2)
    assert caution(compare(runs)) == [
        ONE_SEED,
        "A step is 256 rollouts in A and 32 rollouts in B: equal steps are not equal training.",
    ]


def test_seeds_without_a_common_validation_are_said_not_to_be_taken_together(tmp_path):
    paths = seeded(tmp_path, 1, base=(1, 2))
    write_rows(paths[1] / "metrics.1.jsonl", read_rows(paths[1] / "metrics.1.jsonl")[1:7])
    write_rows(paths[2] / "metrics.1.jsonl", read_rows(paths[2] / "metrics.1.jsonl")[7:])
    found = compare(paths)
    assert (found.has_seeds, found.over_seeds) == (True, [])
    alone = "C has one seed, which is no evidence about the method."
    assert caution(found) == [NO_SEEDS, alone, MANY]


def test_a_repeated_seed_is_not_paired(tmp_path):
    """Two runs with all seeds alike are no pairs of anything."""
    paths = seeded(tmp_path, 1, 2, base=(1, 2))
    twins = [
        make_run(tmp_path / "a", config(data__seed=2), seed=31),
        make_run(tmp_path / "g", config(data__seed=2, **GRPO), seed=33),
    ]
    found = compare([*paths, *twins])
    assert [found.arm_name(i) for i in (0, 1)] == ["ABE", "CDF"]
    assert not found.over_seeds[1].paired
