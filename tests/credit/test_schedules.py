from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins.schedules import StickyGate, constant, linear
from credit_plugins.signals.sepa import SepaConfig
from credit_plugins.types import Observation


def at(schedule, step):
    return schedule.resolve(schedule.init_state(), Observation(step, correct_rate=1.0))[0]


def drive(schedule, rates, first=1):
    """The number at each step, passing the state through JSON between steps."""
    state, values = schedule.init_state(), []
    for step, rate in enumerate(rates, first):
        value, state = schedule.resolve(state, Observation(step, rate))
        state = json.loads(json.dumps(state))
        values.append(value)
    return values, state


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
        (0, 0, 50, 0.0),
        (500, 50, 300, 0.5),
    ],
)
def test_linear(steps, delay, step, expected):
    assert at(linear(steps=steps, delay=delay), step) == pytest.approx(expected)


def test_constant():
    assert at(constant(value=0.3), 0) == at(constant(value=0.3), 10**6) == 0.3


def test_the_gate_opens_for_the_step_after_and_the_clock_has_kept_running():
    gated = StickyGate(linear(steps=100, delay=5), threshold=0.1)
    rates = [0.0] * 39 + [0.5] + [0.0] * 3  # steps 1..43, good enough at step 40 only
    values, _ = drive(gated, rates)
    assert values[:40] == [0.0] * 40
    assert values[40:] == pytest.approx([0.36, 0.37, 0.38])


def test_a_gate_of_zero_is_open_from_the_start():
    values, _ = drive(StickyGate(constant(value=0.4), threshold=0.0), [0.0, math.nan, 0.0])
    assert values == [0.4] * 3


def test_the_threshold_itself_opens():
    assert drive(StickyGate(constant(value=1.0), 0.5), [0.5, 0.0])[0] == [0.0, 1.0]
    assert drive(StickyGate(constant(value=1.0), 0.5), [0.499, 0.0])[0] == [0.0, 0.0]


def test_an_undefined_rate_opens_nothing():
    assert drive(StickyGate(constant(value=1.0), 0.1), [math.nan, math.nan])[0] == [0.0, 0.0]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.01, 1))
def test_once_open_it_stays_open(rates, threshold):
    values, _ = drive(StickyGate(constant(value=1.0), threshold), rates)
    assert values == sorted(values)
    good = [i for i, rate in enumerate(rates) if rate >= threshold]
    assert sum(values) == (len(rates) - good[0] - 1 if good else 0)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=10), st.floats(0, 1))
def test_a_second_call_at_a_step_advances_nothing(rates, late):
    gated = StickyGate(linear(steps=10), threshold=0.5)
    state = gated.init_state()
    for step, rate in enumerate(rates, 1):
        value, after = gated.resolve(state, Observation(step, rate))
        assert gated.resolve(after, Observation(step, late)) == (value, after)
        state = after


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=20), st.data())
def test_a_resumed_run_sees_the_same_numbers(rates, data):
    gated = SepaConfig(steps=8, delay=2, gate=0.4).annealing()
    whole, _ = drive(gated, rates)
    cut = data.draw(st.integers(1, len(rates) - 1))
    first, state = drive(gated, rates[:cut])
    rest = []
    for step, rate in enumerate(rates[cut:], cut + 1):
        value, state = gated.resolve(state, Observation(step, rate))
        rest.append(value)
    assert first + rest == whole


def test_resolving_leaves_the_state_it_was_given():
    gated = StickyGate(constant(value=1.0), 0.5)
    state = gated.init_state()
    gated.resolve(state, Observation(1, 1.0))
    assert state == gated.init_state()
