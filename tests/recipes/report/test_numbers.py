"""Shares, changes and times as people read them: the examples of the module, and the edges."""

from __future__ import annotations

import doctest
from math import nan

from recipes.held_out import Interval
from recipes.report import numbers


def test_the_examples_are_right():
    ran = doctest.testmod(numbers)
    assert ran.attempted >= 6
    assert ran.failed == 0


def test_a_change_that_rounds_to_0_has_no_sign():
    assert numbers.change_cell(Interval(-0.0001, -0.004, 0.004)) == ("0.0", "0 to 0")


def test_what_is_not_known_is_not_made_up():
    assert numbers.percent(nan) == "n/a"
    assert numbers.cell(Interval(0.5)) == ("50.0", "")
