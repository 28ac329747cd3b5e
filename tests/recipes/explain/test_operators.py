"""Operators by name or by list, at numbers that stand still."""

from __future__ import annotations

import pytest

from credit_plugins.presets import PRESETS
from credit_plugins.token.gtpo import gtpo
from recipes.errors import PreflightError, RecipeError
from recipes.explain.operators import chain_of

LAM = {"schedule": "linear", "start": 0.2, "end": 0.8, "steps": 100, "delay": 10, "gate": 0.5}


def names(chosen):
    return [step.operator.name for step in chosen.chain.steps]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_its_list(name):
    assert names(chain_of(name)) == list(PRESETS[name])


@pytest.mark.parametrize(
    "operators", ["maxrl,sepa,gtpo", " maxrl, sepa ,gtpo,", ["maxrl", "sepa", gtpo]]
)
def test_a_list_runs_in_its_order(operators):
    chosen = chain_of(operators)
    assert names(chosen) == ["maxrl", "sepa", "gtpo"]
    assert chosen.chain.name == "maxrl_gtpo_sepa"


@pytest.mark.parametrize(
    ("step", "lam"), [(None, 0.8), (0, 0.2), (10, 0.2), (60, 0.5), (110, 0.8), (10**6, 0.8)]
)
def test_a_scheduled_number_stands_at_its_end_or_at_a_step(step, lam):
    chosen = chain_of("maxrl_gtpo_sepa", {"sepa": {"lam": LAM}}, step)
    assert chosen.chain.schedules == {}
    assert chosen.chain.steps[1].all_numbers["lam"] == pytest.approx(lam)
    said = "the end of its schedule" if step is None else f"step {step} of its schedule"
    assert said in chosen.scheduled["sepa.lam"]


def test_what_depends_on_a_run_has_an_end_and_no_step():
    adaptive = {"sepa": {"lam": {"schedule": "adaptive", "end": 0.7}}}
    assert chain_of("maxrl_gtpo_sepa", adaptive).chain.steps[1].all_numbers["lam"] == 0.7
    with pytest.raises(RecipeError, match=r"sepa\.lam follows a schedule that watches"):
        chain_of("maxrl_gtpo_sepa", adaptive, 50)


WRONG = {
    ("maxrl_gtp", None): "did you mean 'maxrl_gtpo'",
    ("maxrl,gtp", None): "unknown operator 'gtp'; did you mean 'gtpo'",
    ("gtpo", None): "needs exactly one episode operator",
    ("gtpo,maxrl", None): "gtpo runs before maxrl",
    ("", None): "must be a non-empty list of operators",
    ("maxrl,nowhere:x", None): "no module named 'nowhere'",
    ("maxrl_gtpo", ("gtpo", "beta", 2)): "algorithm.credit.gtpo.beta is 2, must be a number from 0",
    ("maxrl_gtpo", ("gtpo", "bet", 1)): "algorithm.credit.gtpo.bet: unknown key",
    ("maxrl_gtpo", ("gtp", "beta", 1)): "algorithm.credit.gtp: unknown section",
}


@pytest.mark.parametrize(("operators", "given"), WRONG)
def test_what_is_wrong_is_said_as_for_a_run(operators, given):
    credit = {given[0]: {given[1]: given[2]}} if given else None
    with pytest.raises(PreflightError) as caught:
        chain_of(operators, credit)
    assert WRONG[operators, given] in str(caught.value)


def test_two_lists_are_refused():
    with pytest.raises(RecipeError, match=r"named twice, also in algorithm\.credit\.operators"):
        chain_of("maxrl,gtpo", {"operators": ["maxrl"]})


def test_what_is_probably_not_meant_is_told_and_warns_nobody(recwarn):
    (said,) = chain_of("maxrl,gtpo,sepa").cautions
    assert "gtpo runs before sepa" in said
    assert not recwarn.list
