"""Each operator is replaced by broken twins; the named law must turn red."""

from __future__ import annotations

from pickle import PicklingError

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from credit_plugins.config import build_estimator

from . import laws, twins
from .batches import batches
from .subjects import ACTIVE_CREDIT, NEUTRAL_CREDIT, Subject


def goes_red(law, subject):
    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(batches())
    def check(batch):
        law(subject, batch)

    try:
        check()
    except (AssertionError, PicklingError):
        return True
    return False


@pytest.mark.parametrize(
    ("kind", "name", "twin", "law"),
    [pytest.param(*row, id=f"{row[2].__name__}-{row[3].__name__}") for row in twins.TWINS],
)
def test_twin_turns_its_law_red(kind, name, twin, law):
    subject = Subject(name, kind, twin, neutral=twin)
    assert law in laws.laws_of(subject)
    assert goes_red(law, subject)


@pytest.mark.parametrize("kind_name", [("signal", "sepa"), ("token", "gtpo"), ("token", "hicra")])
def test_an_operator_that_acts_at_its_neutral_number_turns_red(kind_name):
    kind, name = kind_name
    twin = {
        "sepa": twins.sepa_on_planning,
        "gtpo": twins.gtpo_inverted,
        "hicra": twins.hicra_everywhere,
    }[name]
    assert goes_red(laws.neutral_is_identity, Subject(name, kind, twin, neutral=twin))


@pytest.mark.parametrize(("twin", "law"), twins.ESTIMATOR_TWINS)
def test_estimator_twin_turns_its_law_red(twin, law):
    name = "maxrl_gtpo_sepa_hicra"
    broken, neutral = (
        twin(**vars(build_estimator(name, credit))) for credit in (ACTIVE_CREDIT, NEUTRAL_CREDIT)
    )
    assert goes_red(law, Subject(name, "estimator", broken, neutral))


def test_the_right_operators_stay_green():
    """The harness itself: red must mean broken."""
    subject = Subject("maxrl", "estimator", build_estimator("maxrl"), build_estimator("maxrl"))
    assert not goes_red(laws.answer_is_finite, subject)
