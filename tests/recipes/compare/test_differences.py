"""Differences of two runs: by hand, paired or not and why, over the steps, and of old runs."""

from __future__ import annotations

import pytest
import yaml
from scipy import stats

from recipes.compare.comparison import compare
from recipes.compare.differences import Side, difference
from recipes.held_out.rates import held_out, weights
from recipes.held_out.validation import MEAN
from recipes.runs import load
from tests.recipes.compare.simulated import SOURCE, config, make_run, read_rows, write_rows

A = {0: [0, 0, 0, 0], 10: [0, 1, 2, 1], 30: [0, 1, 2, 1]}
B = {0: [0, 0, 0, 0], 10: [1, 2, 2, 0], 30: [1, 2, 2, 0]}


def by_hand(path, right, *, difficulties=("", "", "", ""), settings=None, tasks="v/0"):
    """A run with two samples a problem of which so many are right; a logged pass@k to match."""
    path.mkdir(parents=True)
    metrics, problems = [], []
    for step, counts in right.items():
        levels = zip(difficulties, counts, strict=True)
        rows = [[f"{tasks}/{i}", d, 2, c] for i, (d, c) in enumerate(levels)]
        problems.append({"step": step, "source": SOURCE, "problems": rows})
        logged = {"pass@1": sum(counts) / 8, "pass@2": sum(c > 0 for c in counts) / 4}
        data = {f"val-credit/{SOURCE}/mean/{name}": value for name, value in logged.items()}
        data[f"val-credit/{SOURCE}/mean/problems"] = 4.0
        metrics.append({"step": step, "data": data | {"critic/score/mean": 0.5}})
    for name, rows in (("metrics", metrics), ("held_out", problems)):
        write_rows(path / f"{name}.1.jsonl", rows)
    (path / "config.yaml").write_text(yaml.safe_dump(settings or config()))
    return path


def side(letter, path):
    run = load(path)
    return Side(letter, run, held_out(run)[SOURCE])


def between(tmp_path, a, b):
    return difference(side("B", b), side("A", a))


def test_a_paired_difference_by_hand(tmp_path):
    """Differences 1/2, 1/2, 0, -1/2: mean 1/8, deviation .478714, t(3) = 3.182446."""
    got = between(tmp_path, by_hand(tmp_path / "a", A), by_hand(tmp_path / "b", B))
    assert (got.paired, got.why_not, got.by_problem) == (True, "", True)
    one, two = got.at
    assert (one.k, one.steps, two.k) == (1, [0, 10, 30], 2)
    assert (one.last.value, one.last.low, one.last.high) == pytest.approx(
        (0.125, 0.125 - 0.761740, 0.125 + 0.761740), abs=1e-5
    )
    # pass@2 of two samples: whether any is right. 1, 0, 0, -1: deviation .816497.
    assert (two.last.value, two.last.low) == pytest.approx((0.0, -1.299229), abs=1e-5)


def test_an_unpaired_difference_by_hand(tmp_path):
    """Welch: means .625 and .5, variances .229167 and .166667 over four problems each."""
    other = config(data__env__seed=1)
    got = between(tmp_path, by_hand(tmp_path / "a", A), by_hand(tmp_path / "b", B, settings=other))
    assert not got.paired
    wanted = stats.ttest_ind([0.5, 1, 1, 0], [0, 0.5, 1, 0.5], equal_var=False)
    low, high = wanted.confidence_interval(0.95)
    assert (got.at[0].last.low, got.at[0].last.high) == pytest.approx((low, high))
    assert got.at[0].last.value == pytest.approx(0.125)


def test_the_mean_over_steps_is_a_trapezoid(tmp_path):
    """Weights 10, 30 and 20 of 60; each problem is averaged first, so it stays one cluster."""
    assert weights([0, 10, 30]) == pytest.approx([1 / 6, 1 / 2, 1 / 3])
    assert weights([7]) == pytest.approx([1.0])
    got = between(tmp_path, by_hand(tmp_path / "a", A), by_hand(tmp_path / "b", B)).at[0]
    scale = 5 / 6  # both are 0 at step 0, and at 10 and 30 as in the test by hand
    assert got.over_time.value == pytest.approx(0.125 * scale)
    assert got.over_time.high == pytest.approx((0.125 + 0.761740) * scale, abs=1e-5)
    assert got.mean == pytest.approx((0.625 * scale, 0.5 * scale))
    assert [i.value for i in got.curve] == pytest.approx([0.0, 0.125, 0.125])


def test_difficulties_count_alike(tmp_path):
    """Three problems of one level and one of the other: (1/3 + -1/2) / 2, not the mean of four."""
    levels = ("1", "1", "1", "2")
    a, b = (by_hand(tmp_path / n, r, difficulties=levels) for n, r in (("a", A), ("b", B)))
    assert between(tmp_path, a, b).at[0].last.value == pytest.approx((1 / 3 - 1 / 2) / 2)


def test_problems_give_what_was_logged(tmp_path):
    run = load(make_run(tmp_path / "a", problems=37))
    found = held_out(run)[SOURCE]
    for step in (0, 6, 12):
        for k in (1, 2, 4, 8):
            assert found.rate(step, k).value == pytest.approx(found.logged.at(step, MEAN, k))


def test_a_run_against_itself_differs_by_nothing_and_knows_no_interval(tmp_path):
    a, b = make_run(tmp_path / "a"), make_run(tmp_path / "b")
    at = between(tmp_path, a, b).at[0]
    assert at.last.value == at.over_time.value == 0
    assert not at.last.is_known


def test_pairing_narrows_the_interval_of_models_that_find_the_same_problems_hard(tmp_path):
    a, b = make_run(tmp_path / "a"), make_run(tmp_path / "b", seed=2, gain=0.2)
    c = make_run(tmp_path / "c", config(data__env__seed=1), seed=2, gain=0.2)
    paired, unpaired = between(tmp_path, a, b), between(tmp_path, a, c)
    assert (paired.paired, unpaired.paired) == (True, False)
    assert paired.at[0].last.value == pytest.approx(unpaired.at[0].last.value)
    width = {one.paired: one.at[0].last.high - one.at[0].last.low for one in (paired, unpaired)}
    assert width[True] < 0.7 * width[False]


VALIDATION = {SOURCE: {"id": "reasoning/AIME", "kwargs": {"file": "x"}}}


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        ({}, {"data__env__seed": 5}, "drawn with another seed (0 and 5)"),
        ({}, {"data__env__kwargs": {"digits": [3]}}, "another kwargs ({'digits': [1, 2]} and"),
        ({}, {"data__env__id": "reasoning/Other-v0"}, "another id (reasoning/Addition-v0 and"),
        ({}, {"data__env__validation": VALIDATION}, "another id (reasoning/Addition-v0 and"),
        ({"data__env": None}, {}, "the config.yaml of A names no environment"),
        ({}, {"data__env": None}, "the config.yaml of B names no environment"),
        ({}, {"data__env__mix": {"x": {"id": "y"}}}, "the config.yaml of B names no environment"),
        # What decides the training decides nothing about the problems.
        ({}, {"data__seed": 9, "data__env__train_size": 5, "data__env__curriculum": {}}, ""),
        ({}, {"data__env__validation": {SOURCE: {"id": SOURCE, "kwargs": {"digits": [1, 2]}}}}, ""),
        (
            {"data__env__validation": VALIDATION, "data__env__kwargs": {"digits": [1]}},
            {"data__env__validation": VALIDATION, "data__env__id": "reasoning/GSM8K-v0"},
            "",
        ),
    ],
)
def test_pairs_are_made_where_the_problems_are_the_same_and_only_there(tmp_path, a, b, why):
    runs = [
        make_run(tmp_path / n, config(**s), seed=i) for i, (n, s) in enumerate((("a", a), ("b", b)))
    ]
    got = between(tmp_path, *runs)
    assert got.paired == (why == "")
    assert why in got.why_not
    assert got.by_problem
    assert got.at[0].last.is_known


def test_other_tasks_under_the_same_settings_are_not_paired(tmp_path):
    a, b = by_hand(tmp_path / "a", A), by_hand(tmp_path / "b", B, tasks="v/1")
    assert between(tmp_path, a, b).why_not == "some held-out problems were seen in one run only"
    fewer = make_run(tmp_path / "few", problems=40), make_run(tmp_path / "more", problems=64)
    assert not between(tmp_path, *fewer).paired


def test_an_old_run_falls_back_on_logged_errors(tmp_path):
    new = make_run(tmp_path / "new")
    old = make_run(tmp_path / "old", seed=2, records=False)
    got = between(tmp_path, new, old)
    assert (got.paired, got.by_problem) == (False, False)
    assert got.why_not == "B has no outcomes of single problems (held_out.*.jsonl)"
    a, b = (held_out(load(path))[SOURCE].logged for path in (new, old))
    error = (a.error(12, MEAN, 1) ** 2 + b.error(12, MEAN, 1) ** 2) ** 0.5
    last = got.at[0].last
    assert last.value == pytest.approx(b.at(12, MEAN, 1) - a.at(12, MEAN, 1))
    assert last.high - last.value == pytest.approx(1.959964 * error)
    assert got.at[0].over_time.is_known


def test_records_that_miss_a_validation_are_not_used(tmp_path):
    path = make_run(tmp_path / "a")
    file = path / "held_out.1.jsonl"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    assert held_out(load(path))[SOURCE].problems == {}


def test_only_common_validations_and_a_common_k_are_compared(tmp_path):
    a = make_run(tmp_path / "a")
    b = make_run(tmp_path / "b", every=4, samples=4, seed=2)
    one, four = between(tmp_path, a, b).at
    assert one.steps == [0, 12]
    assert (one.k, four.k) == (1, 4)
    late = make_run(tmp_path / "c", every=5, steps=10)
    assert between(tmp_path, a, late).at[0].steps == [0]
    assert between(tmp_path, a, late).at[0].over_time is None


def test_a_problem_lost_in_one_validation_has_no_mean_over_steps(tmp_path):
    a, b = by_hand(tmp_path / "a", A), by_hand(tmp_path / "b", B)
    for path in (a, b):
        rows = read_rows(path / "held_out.1.jsonl")
        rows[0]["problems"].pop()
        write_rows(path / "held_out.1.jsonl", rows)
    got = between(tmp_path, a, b)
    assert got.paired
    assert got.at[0].last.value == pytest.approx(0.125)  # all four problems
    assert got.at[0].over_time.value == pytest.approx(5 / 6 / 3)  # 1/2, 1/2, 0


@pytest.mark.parametrize(("a_loses", "b_loses"), [([0], []), ([0], [2])])
def test_a_problem_that_one_run_alone_lost_leaves_them_unpaired(tmp_path, a_loses, b_loses):
    """At the last validation, and in the mean over all of them."""
    a, b = by_hand(tmp_path / "a", A), by_hand(tmp_path / "b", B)
    for path, steps in ((a, a_loses), (b, b_loses)):
        rows = read_rows(path / "held_out.1.jsonl")
        for step in steps:
            rows[step]["problems"].pop()
        write_rows(path / "held_out.1.jsonl", rows)
    assert between(tmp_path, a, b).why_not == "some held-out problems were seen in one run only"


def test_each_source_is_compared_by_itself(tmp_path):
    paths = []
    for name, seed in (("a", 1), ("b", 2)):
        path = make_run(tmp_path / name, seed=seed)
        rows = read_rows(path / "held_out.1.jsonl")
        write_rows(path / "held_out.1.jsonl", rows + [row | {"source": "hard"} for row in rows])
        rows = read_rows(path / "metrics.1.jsonl")
        for row in rows:
            found = {name: v for name, v in row["data"].items() if SOURCE in name}
            row["data"] |= {name.replace(SOURCE, "hard"): value for name, value in found.items()}
        write_rows(path / "metrics.1.jsonl", rows)
        paths.append(path)
    found = compare([*paths, make_run(tmp_path / "c", seed=3)])
    assert found.sources == ["hard", SOURCE]
    assert [[one.letter for one in found.of(source)] for source in found.sources] == [
        *(["B"], ["B", "C"])
    ]
    first, second = (found.of(source)[0].at for source in found.sources)
    assert first == second
