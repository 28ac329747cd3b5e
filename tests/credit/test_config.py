from __future__ import annotations

import pickle

import pytest

from credit_plugins import errors
from credit_plugins.config import build_chain, problems
from credit_plugins.errors import CreditConfigError
from credit_plugins.planning.detectors.phrases import SEED_PHRASES
from credit_plugins.presets import estimator_names
from credit_plugins.registry import own
from credit_plugins.schedules import Adaptive, Linear

FULL = {
    "maxrl": {"order": "n-1", "eps": 1e-6},
    "grpo": {"std": True},
    "dr_grpo": {},
    "rloo": {},
    "opo": {},
    "reinforce_pp_baseline": {},
    "gtpo": {"beta": 0.1, "signal": "entropy", "negative": "same"},
    "gtpo_paper": {"a1": 0.9, "a2": 0.1},
    "grpo_s": {"b1": 0.9, "b2": 0.1},
    "sepa": {
        "mode": "pool",
        "scope": "completion",
        "lam": {
            "schedule": "linear",
            "start": 0.0,
            "end": 1.0,
            "steps": 100,
            "delay": 10,
            "gate": 0.1,
            "clock": "runs",
        },
    },
    "hicra": {"alpha": 0.2},
    "planning": {"phrases": None},
}


def test_the_names():
    names = estimator_names()
    assert len(names) == len(set(names)) == 6 * len(own("episode")) + 3
    for name in ("maxrl", "maxrl_gtpo", "maxrl_gtpo_sepa", "maxrl_gtpo_hicra", "grpo_gtpo_sepa"):
        assert name in names
    assert "maxrl_gtpo_sepa_hicra" in names
    assert {"reinforce_pp_baseline_gtpo_sepa", "dr_grpo_hicra", "gtpo_paper", "credit"} <= {*names}
    assert "maxrl_sepa" not in names  # SEPA edits what only GTPO reads


@pytest.mark.parametrize("name", estimator_names())
@pytest.mark.parametrize("credit", [None, {}, FULL, {"gtpo": None}])
def test_every_name_builds_and_the_defaults_are_the_documented_ones(name, credit):
    chain = build_chain(name, credit)
    assert problems(name, credit) == []
    if name == "credit":
        name = "maxrl_gtpo_sepa_hicra"
    assert chain.name == name
    assert chain.needs_binary_reward == chain.episode.operator.binary
    planning = "sepa" in name or "hicra" in name
    assert ("planning_BT" in chain.reads) == planning == (chain.planning is not None)
    assert ("entropy_BT" in chain.reads) == ("gtpo" in name or name == "grpo_s")
    if planning:
        assert chain.planning.find.keywords["phrases"] == SEED_PHRASES


def test_numbers_reach_their_operators():
    credit = {
        "maxrl": {"eps": 0.01},
        "gtpo": {"beta": 0.7, "signal": "surprisal"},
        "hicra": {"alpha": 0.9},
        "sepa": {"lam": {"schedule": "linear", "steps": 7, "delay": 3, "gate": 0.6}},
        "planning": {"phrases": ["hold on"]},
    }
    chain = build_chain("maxrl_gtpo_sepa_hicra", credit)
    steps = {step.operator.name: step for step in chain.steps}
    assert list(steps) == ["maxrl", "sepa", "gtpo", "hicra"]
    assert steps["maxrl"].numbers == {"order": "n-1", "eps": 0.01}
    assert steps["gtpo"].numbers == {"beta": 0.7, "signal": "surprisal", "negative": "same"}
    assert steps["hicra"].numbers == {"alpha": 0.9, "centered": False}
    assert steps["sepa"].schedules == {"lam": Linear(steps=7, delay=3, gate=0.6)}
    assert chain.reads == {"surprisal_BT", "planning_BT"}
    assert chain.planning.numbers == {"phrases": ["hold on"]}


def test_any_real_number_may_follow_a_schedule():
    moving = {"schedule": "linear", "end": 0.3}
    chain = build_chain("maxrl_gtpo_hicra", {"gtpo": {"beta": moving}, "hicra": {"alpha": moving}})
    assert chain.schedules == {"gtpo.beta": Linear(end=0.3), "hicra.alpha": Linear(end=0.3)}
    assert {*chain.init_state()} == {"gtpo.beta", "hicra.alpha"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"end": 1}, "gtpo.beta.schedule is None, must be one of linear, adaptive"),
        ({"schedule": "linar"}, "gtpo.beta.schedule is linar, must be one of linear, adaptive"),
        ({"schedule": "linear", "end": 3}, "gtpo.beta.end is 3, must be a number from 0 to 1"),
        ({"schedule": "linear", "steps": 0}, "gtpo.beta.steps is 0, must be an integer of at"),
        ({"schedule": "linear", "gate": 2}, "gtpo.beta.gate is 2, must be a number from 0 to 1"),
        ({"schedule": "linear", "value": 2}, "gtpo.beta.value: unknown key"),
        ({"schedule": "adaptive"}, "the adaptive schedule, which watches the variance that sepa"),
    ],
)
def test_schedules_that_are_none(given, sentence):
    (problem,) = problems("maxrl_gtpo", {"gtpo": {"beta": given}})
    assert sentence in problem


def test_what_is_no_real_number_follows_no_schedule():
    (problem,) = problems("maxrl_gtpo", {"gtpo": {"signal": {"schedule": "linear"}}})
    assert problem.endswith("must be one of entropy, surprisal; it cannot follow a schedule")


@pytest.mark.parametrize(
    ("credit", "new"),
    [
        ({"compose": ["hicra", "gtpo", "maxrl", "sepa"]}, "operators=[maxrl,sepa,gtpo,hicra]"),
        (
            {"sepa": {"schedule": "linear", "steps": 30, "delay": 5, "gate": 0.1}},
            "sepa.lam={schedule: linear, steps: 30, delay: 5, gate: 0.1}",
        ),
        ({"sepa": {"schedule": "constant", "value": 0.5, "gate": 0}}, "sepa.lam=0.5"),
        (
            {"sepa": {"schedule": "constant", "value": 0.5}},
            "sepa.lam={schedule: linear, end: 0.5, steps: 1, gate: 0.1}",
        ),
        ({"sepa": {"steps": 0}}, "sepa.lam=0.0"),
        (
            {"sepa": {"schedule": "adaptive", "warmup": 5, "gate": 0.0, "clock": "waits"}},
            "sepa.lam={schedule: adaptive, warmup: 5, clock: waits}",
        ),
    ],
)
def test_the_form_of_version_0_3_is_refused_with_the_new_one(credit, new):
    (problem,) = problems("credit", credit)
    assert problem.endswith(f"algorithm.credit.{new}")


def test_the_new_form_builds():
    """What the sentences above say can be typed."""
    yaml = pytest.importorskip("yaml")
    credit = yaml.safe_load("sepa: {lam: {schedule: adaptive, warmup: 5, clock: waits}}")
    assert build_chain("maxrl_gtpo_sepa", credit).schedules == {
        "sepa.lam": Adaptive(warmup=5, clock="waits")
    }


def test_all_problems_come_in_one_message():
    credit = {
        "gtpo": {"bta": 1, "beta": 3},
        "hirca": {},
        "sepa": {"lam": {"gate": 1.5, "steps": -1, "delay": 2.5, "schedule": "linear"}},
        "hicra": {"alpha": "0.2"},
        "maxrl": {"eps": 1e-6, "beta": 0},
        "planning": {"phrases": []},
        "rloo": 3,
        "grpo": {"std": 1},
    }
    with pytest.raises(CreditConfigError) as caught:
        build_chain("maxrl_gtpo_spea", credit)
    message = str(caught.value)
    for sentence in [
        "12 problems in the credit configuration:",
        "algorithm.adv_estimator is 'maxrl_gtpo_spea', which is unknown; did you mean "
        "'maxrl_gtpo_sepa'",
        "algorithm.credit.gtpo.bta: unknown key; did you mean 'beta'?",
        "algorithm.credit.gtpo.beta is 3, must be a number from 0 to 1",
        "algorithm.credit.hirca: unknown section; did you mean 'hicra'?",
        "algorithm.credit.sepa.lam.gate is 1.5, must be a number from 0 to 1",
        "algorithm.credit.sepa.lam.steps is -1, must be an integer of at least 1",
        "algorithm.credit.sepa.lam.delay is 2.5, must be an integer of at least 0",
        "algorithm.credit.hicra.alpha is '0.2', must be a number from 0 to 1",
        "algorithm.credit.maxrl.beta: unknown key; known: eps, order",
        "algorithm.credit.planning.phrases is [], must be null or a non-empty list",
        "algorithm.credit.rloo is 3, must be a mapping of options",
        "algorithm.credit.grpo.std is 1, must be true or false",
    ]:
        assert sentence in message
    assert message.count("\n- ") == 12


@pytest.mark.parametrize(
    "bad",
    [
        {"beta": float("nan")},
        {"beta": float("inf")},
        {"beta": True},
        {"beta": None},
        {"beta": -0.001},
        {"beta": 1.001},
        {"signal": "logits"},
    ],
)
def test_out_of_range(bad):
    assert len(problems("maxrl", {"gtpo": bad})) == 1  # checked although the name has no gtpo


@pytest.mark.parametrize("edge", [{"beta": 0}, {"beta": 1}, {"beta": 0.0}])
def test_the_ends_of_a_range_are_in_it(edge):
    assert problems("maxrl", {"gtpo": edge}) == []


@pytest.mark.parametrize("phrases", ["let me", [""], ["  "], ["?"], [3], {"a": 1}, 5])
def test_bad_phrases(phrases):
    assert len(problems("maxrl", {"planning": {"phrases": phrases}})) == 1


@pytest.mark.parametrize("credit", [[1], "gtpo", 3])
def test_credit_must_be_a_mapping(credit):
    with pytest.raises(CreditConfigError, match="must be a mapping of sections"):
        build_chain("maxrl", credit)


def test_a_distant_name_lists_all():
    (problem,) = problems("xyzzy")
    assert all(name in problem for name in estimator_names())


def test_the_callers_mapping_is_untouched():
    credit = {"gtpo": {"beta": 0.3}, "planning": {"phrases": ["hold on"]}}
    build_chain("maxrl_gtpo_hicra", credit)
    assert credit == {"gtpo": {"beta": 0.3}, "planning": {"phrases": ["hold on"]}}


def test_yaml_numbers():
    yaml = pytest.importorskip("yaml")
    credit = yaml.safe_load("{gtpo: {beta: 1}, hicra: {alpha: 0}, planning: {phrases: null}}")
    chain = build_chain("grpo_gtpo_hicra", credit)
    assert chain.steps[1].numbers["beta"] == 1


@pytest.mark.parametrize(
    "kind",
    [
        errors.CreditError,
        errors.CreditConfigError,
        errors.RewardContractError,
        errors.MissingSignalError,
    ],
)
def test_errors_survive_pickle_and_show_their_sentence(kind):
    copy = pickle.loads(pickle.dumps(kind("a 'quoted' sentence")))
    assert type(copy) is kind
    assert str(copy) == "a 'quoted' sentence"
    assert isinstance(copy, errors.CreditError)


def test_errors_are_also_what_they_refine():
    assert issubclass(errors.CreditConfigError, ValueError)
    assert issubclass(errors.RewardContractError, ValueError)
    assert issubclass(errors.MissingSignalError, KeyError)
