"""Which entry a row belongs to: exact shares, every task in its order, and a resume by number."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.curriculum import Curriculum
from envs.mixture import Adaptive, InOrder, Interleaved, Place


def entries_and_tasks(order):
    places = [order(row) for row in range(6)]
    return [(place.entry, place.index) for place in places]


weights = st.lists(
    st.one_of(st.integers(1, 9), st.floats(0.01, 100, allow_nan=False)), min_size=1, max_size=6
)


def test_a_mixture_by_hand():
    """Shares 2/3 and 1/3: tasks belong at .75, 2.25, 3.75, ... and 1.5, 4.5, ..."""
    order = Interleaved([2, 1])
    assert entries_and_tasks(order) == [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (0, 3)]


def test_one_entry_has_the_rows_of_a_single_environment():
    order = Interleaved([0.3])
    assert [order(row) for row in (*range(50), 10**9)] == [
        Place(0, row) for row in (*range(50), 10**9)
    ]


@settings(deadline=None)
@given(weights=weights, start=st.integers(0, 10**7), length=st.integers(1, 200))
def test_any_stretch_has_the_shares_and_skips_no_task(weights, start, length):
    order = Interleaved(weights)
    places = [order(row) for row in range(start, start + length)]
    shares = [Fraction(str(weight)) for weight in weights]
    shares = [share / sum(shares) for share in shares]
    for entry, share in enumerate(shares):
        tasks = [place.index for place in places if place.entry == entry]
        assert abs(len(tasks) - length * share) <= 1 + len(shares) * share
        assert all(b == a + 1 for a, b in pairwise(tasks))


@settings(deadline=None)
@given(weights=st.lists(st.integers(1, 9), min_size=1, max_size=5), start=st.integers(0, 10**6))
def test_a_whole_period_has_exactly_the_weights(weights, start):
    order = Interleaved(weights)
    entries = [order(row).entry for row in range(start, start + sum(weights))]
    assert [entries.count(i) for i in range(len(weights))] == weights


@settings(deadline=None)
@given(weights=weights)
def test_the_first_rows_are_the_first_tasks(weights):
    order = Interleaved(weights)
    places = [order(row) for row in range(100)]
    for entry in range(len(weights)):
        tasks = [place.index for place in places if place.entry == entry]
        assert tasks == list(range(len(tasks)))


@settings(deadline=None)
@given(weights=st.lists(st.integers(1, 9), min_size=1, max_size=4), data=st.data())
def test_the_size_is_what_it_takes_to_ask_every_task_once(weights, data):
    sets = st.lists(st.integers(1, 30), min_size=len(weights), max_size=len(weights))
    tasks, order = data.draw(sets), Interleaved(weights)

    def asked_all(rows: int) -> bool:
        entries = [order(row).entry for row in range(rows)]
        return all(entries.count(i) >= n for i, n in enumerate(tasks))

    size = order.rows_for(tasks)
    assert asked_all(size)
    # Tasks that belong at the same time are asked together.
    assert not asked_all(size - len(weights))


def test_rows_in_order():
    order = InOrder([2, 1, 3])
    assert entries_and_tasks(order) == [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2)]


ENTRIES = [("easy", (1, 2)), ("rows", ()), ("hard", ("a", "b", "c"))]
WEIGHTS = [4.0, 1.0, 3.0]


def adaptive(**given) -> Adaptive:
    return Adaptive(ENTRIES, WEIGHTS, {"memory": 0.0, "width": 0.1, **given}, seed=0)


def info(source, difficulty, acc):
    return {"source": source, "difficulty": difficulty, "acc": acc, "env_error": 0.0}


def test_a_curriculum_begins_with_the_weights_of_the_mixture():
    order = adaptive()
    places = [order(row) for row in range(3000)]
    for number, share in enumerate((4 / 8, 1 / 8, 3 / 8)):
        asked = [place.level for place in places if place.entry == number]
        assert len(asked) / 3000 == pytest.approx(share, abs=0.03)
        levels = ENTRIES[number][1] or (None,)
        for level in levels:
            assert asked.count(level) / len(asked) == pytest.approx(1 / len(levels), abs=0.05)


def test_a_curriculum_over_entries_and_levels_by_hand():
    """p = b (nf + (1 - nf) w / sum(b w)), n = 6; an entry's weight is shared by its levels."""
    order = adaptive(floor=0.05)
    metrics = order.observe(
        1, [info("easy", 1.0, 1.0), info("easy", 2.0, 0.6), info("rows", 0.0, 0.5)]
    )
    share = {"easy/1.0": 2 / 8, "easy/2.0": 2 / 8, "rows": 1 / 8}
    share |= {f"hard/{level}": 1 / 8 for level in "abc"}
    near = dict.fromkeys(share, 1.0) | {"easy/1.0": math.exp(-12.5), "easy/2.0": math.exp(-0.5)}
    total = sum(share[unit] * near[unit] for unit in share)
    for unit in share:
        expected = share[unit] * (0.3 + 0.7 * near[unit] / total)
        assert metrics[f"curriculum/probability/{unit}"] == pytest.approx(expected)
    assert {k: v for k, v in metrics.items() if "accuracy" in k} == {
        "curriculum/accuracy/easy/1.0": 1.0,
        "curriculum/accuracy/easy/2.0": 0.6,
        "curriculum/accuracy/rows": 0.5,
    }


@settings(deadline=None)
@given(data=st.data(), floor=st.floats(0, 1 / 4))
def test_shares_are_kept_by_the_floor_and_reached_in_the_limit(data, floor):
    shares = tuple(data.draw(st.lists(st.floats(0.1, 9), min_size=4, max_size=4)))
    given_accuracies = data.draw(st.dictionaries(st.integers(1, 4), st.floats(0, 1)))
    for width, exact in ((0.1, False), (1e6, True)):
        curriculum = Curriculum((1, 2, 3, 4), width=width, floor=floor, shares=shares)
        state = curriculum.update(curriculum.init_state(), given_accuracies, 0)
        weights = list(curriculum.weights(state).values())
        assert sum(weights) == pytest.approx(1)
        for weight, share in zip(weights, shares, strict=True):
            assert weight >= 4 * floor * share / sum(shares) - 1e-12
            if exact:
                assert weight == pytest.approx(share / sum(shares))


def test_equal_shares_change_no_bit():
    plain, shared = Curriculum((1, 2, 3)), Curriculum((1, 2, 3), shares=(1 / 3, 1 / 3, 1 / 3))
    state = plain.update(plain.init_state(), {1: 0.9, 2: 0.4, 3: 0.1}, 0)
    assert plain.weights(state) == shared.weights(state)
    # Written out as before there were shares.
    raw = [math.exp((0.01 - (a - 0.5) ** 2) / (2 * 0.15**2)) for a in (0.9, 0.4, 0.1)]
    assert list(plain.weights(state).values()) == pytest.approx(
        [plain.least + (1 - 3 * plain.least) * w / sum(raw) for w in raw], rel=1e-12
    )
