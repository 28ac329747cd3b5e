"""What a number is at each step, its gate, its memory, and a resume at any step."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins.schedules import SCHEDULES, Adaptive, Linear

RATE = "credit/correct_rate"
VARIANCE = "credit/entropy/exec_var"


def at(schedule, step):
    return schedule.value(schedule.init_state(), step)


def drive(schedule, rates, first=1, state=None):
    """The number at each step, passing the state through JSON between steps."""
    state, values = state or schedule.init_state(), []
    for step, rate in enumerate(rates, first):
        values.append(schedule.value(state, step))
        state = json.loads(json.dumps(schedule.observe(state, step, {RATE: rate})))
    return values, state


def observing(schedule, variances, rate=1.0):
    state = schedule.init_state()
    for step, variance in enumerate(variances, 1):
        state = schedule.observe(state, step, {RATE: rate, VARIANCE: variance})
    return state


def jump(end=1.0, **numbers):
    """The end at once: what a constant behind a gate is."""
    return Linear(end=end, steps=1, **numbers)


@pytest.mark.parametrize(
    ("steps", "delay", "step", "expected"),
    [
        (100, 10, 15, 0.05),
        (100, 10, 19, 0.09),
        (100, 5, 99, 0.94),
        (100, 10, 10, 0.0),
        (100, 10, 0, 0.0),
        (100, 10, 110, 1.0),
        (100, 10, 5000, 1.0),
        (500, 50, 300, 0.5),
        (1, 0, 1, 1.0),
    ],
)
def test_linear(steps, delay, step, expected):
    assert at(Linear(steps=steps, delay=delay), step) == pytest.approx(expected)


def test_linear_between_any_two_numbers():
    falling = Linear(start=0.8, end=0.2, steps=3)
    values = [at(falling, step) for step in range(5)]
    assert values == pytest.approx([0.8, 0.6, 0.4, 0.2, 0.2])


def test_the_gate_opens_for_the_step_after_and_the_clock_has_kept_running():
    gated = Linear(steps=100, delay=5, gate=0.1)
    rates = [0.0] * 39 + [0.5] + [0.0] * 3  # steps 1..43, good enough at step 40 only
    values, _ = drive(gated, rates)
    assert values[:40] == [0.0] * 40
    assert values[40:] == pytest.approx([0.36, 0.37, 0.38])


def test_a_closed_gate_holds_the_start():
    assert drive(Linear(start=0.3, end=0.9, steps=1, gate=0.5), [0.0, 0.5, 0.0])[0] == [
        0.3,
        0.3,
        pytest.approx(0.9),
    ]


def test_a_gate_of_zero_is_open_from_the_start():
    assert drive(jump(0.4), [0.0, math.nan, 0.0])[0] == [0.4] * 3


def test_the_threshold_itself_opens():
    assert drive(jump(gate=0.5), [0.5, 0.0])[0] == [0.0, 1.0]
    assert drive(jump(gate=0.5), [0.499, 0.0])[0] == [0.0, 0.0]


def test_a_clock_that_waits_starts_when_the_gate_opens():
    gated = Linear(steps=100, delay=1, gate=0.1, clock="waits")
    values, _ = drive(gated, [0.0] * 39 + [0.5] + [0.0] * 3)
    assert values[:40] == [0.0] * 40
    assert values[40:] == pytest.approx([0.0, 0.01, 0.02])


@pytest.mark.parametrize("clock", ["runs", "waits"])
def test_without_a_gate_both_clocks_are_the_step(clock):
    assert drive(Linear(clock=clock), [0.0] * 3)[0] == pytest.approx([0.01, 0.02, 0.03])


@pytest.mark.parametrize(("clock", "updates"), [("runs", 4), ("waits", 2)])
def test_what_is_seen_while_the_gate_is_closed(clock, updates):
    gated = Adaptive(warmup=1, gate=0.5, clock=clock)
    state = gated.init_state()
    for step, rate in enumerate([0.0, 0.9, 0.0, 0.0], 1):
        state = gated.observe(state, step, {RATE: rate, VARIANCE: 1.0})
    assert state["memory"]["updates"] == updates


def test_adaptive_is_never_below_its_linear_floor_once_warm():
    schedule = Adaptive(steps=10, warmup=3)
    state, values = schedule.init_state(), []
    for step in range(1, 7):
        values.append(schedule.value(state, step))
        state = schedule.observe(state, step, {VARIANCE: 1.0})
    assert values == pytest.approx([0.0, 0.0, 0.0, 0.4, 0.5, 0.6])


def test_adaptive_moves_between_its_two_numbers():
    schedule = Adaptive(start=0.1, end=0.5, warmup=1, ema_decay=0.0, var_threshold=1.0)
    assert schedule.value(observing(schedule, [1.0, 0.25]), 3) == pytest.approx(0.1 + 0.4 * 0.75)


def test_adaptive_ignores_a_batch_without_execution_tokens():
    schedule = Adaptive(warmup=1, ema_decay=0.5)
    state = observing(schedule, [2.0])
    after = schedule.observe(state, 2, {RATE: 1.0})
    assert after == {**state, "step": 2}


def test_observing_a_step_again_changes_nothing():
    schedule = Adaptive(warmup=1, ema_decay=0.0, var_threshold=1.0)
    state = observing(schedule, [1.0, 0.25])
    assert schedule.value(state, 3) == 0.75
    for step in (1, 2):
        assert schedule.observe(state, step, {RATE: 1.0, VARIANCE: 9.0}) == state


def test_adaptive_with_no_variance_to_start_from():
    schedule = Adaptive(warmup=1)
    state = observing(schedule, [0.0])
    assert state["memory"]["first"] == 1e-8
    assert schedule.value(state, 2) == 1.0


def test_an_undefined_rate_opens_nothing():
    assert drive(jump(gate=0.1), [math.nan, math.nan])[0] == [0.0, 0.0]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.01, 1))
def test_once_open_it_stays_open(rates, threshold):
    values, _ = drive(jump(gate=threshold), rates)
    assert values == sorted(values)
    good = [i for i, rate in enumerate(rates) if rate >= threshold]
    assert sum(values) == (len(rates) - good[0] - 1 if good else 0)


@settings(deadline=None)
@given(
    st.sampled_from(
        [Linear(steps=8, delay=2, gate=0.4), Adaptive(warmup=2, gate=0.4, clock="waits")]
    ),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 4)), min_size=2, max_size=20),
    st.data(),
)
def test_a_resumed_run_sees_the_same_numbers(schedule, seen, data):
    def follow(part, first, state):
        values = []
        for step, (rate, variance) in enumerate(part, first):
            values.append(schedule.value(state, step))
            state = schedule.observe(state, step, {RATE: rate, VARIANCE: variance})
        return values, json.loads(json.dumps(state))

    whole, _ = follow(seen, 1, schedule.init_state())
    cut = data.draw(st.integers(1, len(seen) - 1))
    first, state = follow(seen[:cut], 1, schedule.init_state())
    rest, _ = follow(seen[cut:], cut + 1, state)
    assert first + rest == whole


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_state_it_was_given_is_untouched(name):
    schedule = SCHEDULES[name](gate=0.5)
    state = schedule.init_state()
    schedule.value(state, 1)
    schedule.observe(state, 1, {RATE: 1.0, VARIANCE: 1.0})
    assert state == schedule.init_state()
