"""The curriculum: near the target, starving nobody, the same after a resume."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.curriculum import Curriculum, accuracies
from envs.errors import EnvConfigError

THREE = Curriculum(levels=(1, 2, 3))
shares = st.floats(0, 1)
curricula = st.builds(
    Curriculum,
    levels=st.integers(1, 8).map(lambda n: tuple(range(1, n + 1))),
    target=shares,
    width=st.floats(0.01, 10),
    floor=st.one_of(st.none(), st.floats(0, 1 / 8)),
    memory=st.floats(0, 0.99),
)
histories = st.lists(st.dictionaries(st.integers(0, 9), shares), max_size=6)


def play(curriculum, history):
    state = curriculum.init_state()
    for step, seen in enumerate(history):
        state = curriculum.update(state, seen, step)
    return state


def test_weights_by_hand():
    """Levels at 1.0, .5 and .3 with target .5, width .2, floor 0: exp(-25/8), 1, exp(-1/2)."""
    curriculum = Curriculum(levels=(1, 2, 3), width=0.2, floor=0.0)
    weights = curriculum.weights(play(curriculum, [{1: 1.0, 2: 0.5, 3: 0.3}]))
    raw = [math.exp(-3.125), 1.0, math.exp(-0.5)]
    assert list(weights.values()) == pytest.approx([w / sum(raw) for w in raw])


def test_the_average_by_hand():
    state = play(Curriculum(levels=(1,), memory=0.75), [{1: 0.0}, {1: 1.0}, {}, {1: 1.0}])
    assert state == {"step": 3, "accuracy": {"1.0": 0.4375}}


def test_what_it_reduces_to():
    history = [{1: 1.0, 2: 0.5, 3: 0.0}]
    even = pytest.approx([1 / 3] * 3)
    assert list(THREE.weights(THREE.init_state()).values()) == even
    for flat in (Curriculum((1, 2, 3), width=1e6), Curriculum((1, 2, 3), floor=1 / 3)):
        assert list(flat.weights(play(flat, history)).values()) == even


def test_an_unseen_level_counts_as_at_the_target():
    weights = THREE.weights(play(THREE, [{1: 1.0, 2: 0.5}]))
    assert weights[3] == weights[2] > weights[1]


@settings(deadline=None)
@given(curriculum=curricula, history=histories)
def test_weights_are_a_distribution_above_the_floor(curriculum, history):
    weights = curriculum.weights(play(curriculum, history)).values()
    assert sum(weights) == pytest.approx(1)
    assert min(weights) >= curriculum.least - 1e-12
    assert all(map(math.isfinite, weights))


@settings(deadline=None)
@given(curriculum=curricula, history=histories)
def test_the_state_is_json_and_comes_back_equal(curriculum, history):
    state = play(curriculum, history)
    again = json.loads(json.dumps(state))
    assert again == state
    assert curriculum.weights(again) == curriculum.weights(state)
    levels = [curriculum.level_for(state, 0, i) for i in range(20)]
    assert levels == [curriculum.level_for(again, 0, i) for i in range(20)]


@settings(deadline=None)
@given(curriculum=curricula, history=histories, seen=st.dictionaries(st.integers(0, 9), shares))
def test_a_step_counts_once_and_inputs_stay(curriculum, history, seen):
    before = play(curriculum, history)
    copy = json.dumps(before)
    after = curriculum.update(before, seen, step=len(history))
    assert json.dumps(before) == copy
    assert curriculum.update(after, {1: 0.123}, step=len(history)) == after
    assert curriculum.update(after, {1: 0.123}, step=0) == after


def test_numbers_name_a_level_however_they_are_written():
    assert play(THREE, [{1.0: 0.2}]) == play(THREE, [{1: 0.2}])
    assert play(Curriculum(("easy", "hard")), [{"easy": 1.0}])["accuracy"] == {"easy": 1.0}


def test_strangers_are_ignored():
    assert play(THREE, [{7: 0.2}])["accuracy"] == {}


def test_levels_are_drawn_as_weighted_and_independently_of_the_order():
    state = play(THREE, [{1: 1.0, 2: 0.5, 3: 0.3}])
    drawn = [THREE.level_for(state, 0, index) for index in range(4000)]
    for level, weight in THREE.weights(state).items():
        assert drawn.count(level) / len(drawn) == pytest.approx(weight, abs=0.03)
    assert [THREE.level_for(state, 0, index) for index in (7, 3)] == [drawn[7], drawn[3]]
    assert drawn != [THREE.level_for(state, 1, index) for index in range(4000)]


def test_a_small_change_of_state_changes_few_levels():
    """One draw per index, inverted: no reshuffling between steps."""
    one = play(THREE, [{1: 1.0, 2: 0.50, 3: 0.3}])
    two = play(THREE, [{1: 1.0, 2: 0.52, 3: 0.3}])
    changed = sum(THREE.level_for(one, 0, i) != THREE.level_for(two, 0, i) for i in range(1000))
    assert changed < 30


def learn(choose, steps=120, size=64):
    """A learner who solves level n with 1/(1+e^(2(n-skill))), and learns from what is at the edge.

    Returns the levels asked, and per step how far their accuracy was from 1/2 on average.
    """
    skill, asked, distances = 1.0, [], []
    for step in range(steps):
        accuracy = {n: 1 / (1 + math.exp(2 * (n - skill))) for n in range(1, 9)}
        levels = choose(step, accuracy, range(size * step, size * (step + 1)))
        skill += 0.04 * sum(4 * accuracy[n] * (1 - accuracy[n]) for n in levels) / size
        asked += levels
        distances.append(sum(abs(accuracy[n] - 0.5) for n in levels) / size)
    return asked, distances, skill


def test_a_learner_is_followed_to_the_edge_of_its_ability():
    curriculum = Curriculum(levels=tuple(range(1, 9)))
    state = curriculum.init_state()

    def followed(step, accuracy, indices):
        nonlocal state
        levels = [curriculum.level_for(state, 0, i) for i in indices]
        state = curriculum.update(state, {n: accuracy[n] for n in set(levels)}, step)
        return levels

    asked, distances, skill = learn(followed)
    _, even_distances, even_skill = learn(
        lambda step, accuracy, indices: [i % 8 + 1 for i in indices]
    )
    assert sum(distances[20:]) < 0.7 * sum(even_distances[20:])
    assert skill - 1 > 1.5 * (even_skill - 1)
    for quarter in range(4):
        part = asked[quarter * len(asked) // 4 : (quarter + 1) * len(asked) // 4]
        for level in curriculum.levels:
            assert part.count(level) > 0.5 * curriculum.least * len(part), "a level was starved"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"levels": ()}, "levels must be different"),
        ({"levels": (1, 1.0)}, "levels must be different"),
        ({"target": 1.5}, "target must be from 0 to 1; got 1.5"),
        ({"width": 0}, "width must be above 0"),
        ({"floor": 0.4}, "floor must be from 0 to 1/3"),
        ({"memory": 1.0}, "memory must be from 0 to below 1"),
        ({"target": -1, "width": -1}, "target.*width"),
    ],
)
def test_bad_values_are_named_all_at_once(change, message):
    with pytest.raises(EnvConfigError, match=message):
        Curriculum(**{"levels": (1, 2, 3), **change})


def test_accuracies_of_a_batch():
    assert accuracies([1.0, 2.0, 1.0], [1.0, 0.0, 0.0]) == {1.0: 0.5, 2.0: 0.0}
