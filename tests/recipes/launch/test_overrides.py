"""What a user may write on the command line, and what it becomes."""

from __future__ import annotations

import pytest

from recipes.errors import RecipeError
from recipes.launch import overrides

OWN = {"id": "reasoning/Addition-v0", "kwargs": {"digits": [1]}, "mix": None}
MIX = {"id": None, "kwargs": {}, "mix": {"a": {"id": "reasoning/Addition-v0"}}}


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("data.seed", "'data.seed' is no override; write key=value"),
        ("data.env.kwargs", "'data.env.kwargs' is no override"),
        ("data.env.kwargs.digits=[1,2", "'data.env.kwargs.digits=[1,2' cannot be read"),
        ("data.seed=2 data.foo=3", "'data.seed=2 data.foo=3' cannot be read"),
        ("data.env.kwargs.file=/x,y.parquet", "gives several values"),
        ("algorithm.adv_estimator=grpo,rloo", "'algorithm.adv_estimator=grpo,rloo' gives several"),
    ],
)
def test_what_cannot_be_read_is_named(item, text):
    with pytest.raises(RecipeError, match=r"^'") as caught:
        overrides.check(["data.seed=1", item])
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("item", ["a=[1,2]", "~a.b", "+a=1", "a='x,y'", "a=", "a={b: 1}", "a=-1"])
def test_what_hydra_reads_is_left_to_it(item):
    overrides.check([item])


def test_a_mixture_takes_the_place_of_the_recipes_environment():
    mix = "data.env.mix.a.id=reasoning/Arithmetic-v0"
    assert overrides.for_hydra([mix], lambda: OWN) == [
        *("++data.env.id=null", "++data.env.kwargs=null"),
        f"++{mix}",
    ]
    assert overrides.for_hydra(["data.env.mix=null"], lambda: OWN) == ["++data.env.mix=null"]


def test_an_environment_takes_the_place_of_the_recipes_mixture():
    given = "data.env.id=reasoning/Arithmetic-v0"
    replaced = ["++data.env.kwargs=null", "++data.env.mix=null", given]
    assert overrides.for_hydra([given], lambda: MIX) == replaced


@pytest.mark.parametrize(
    "given",
    [
        "data.env.validation.math.id=reasoning/MATH-500-v0",
        "launch.warm_start.model=smollm2-135m-instruct",
    ],
)
def test_new_keys_of_open_sections_need_no_plus(given):
    assert overrides.for_hydra([given], lambda: OWN) == [f"++{given}"]


def test_overrides_without_a_configuration_are_nested_values():
    given = ["gtpo.beta=1e-1", "++algorithm.credit.sepa.lam={schedule:linear,steps:3}"]
    given += ["planning.phrases=[wait let me,'a, b']", "sepa.mode=pool", "gtpo.beta=0.2"]
    assert overrides.as_mapping(given, under="algorithm.credit.") == {
        "gtpo": {"beta": 0.2},
        "sepa": {"lam": {"schedule": "linear", "steps": 3}, "mode": "pool"},
        "planning": {"phrases": ["wait let me", "a, b"]},
    }
    for wrong, said in {"~a.b": "deletes a key", "a": "is no override"}.items():
        with pytest.raises(RecipeError, match=said):
            overrides.as_mapping([wrong])
    with pytest.raises(RecipeError, match=r"^'a\.b=1': a already has a value\.$"):
        overrides.as_mapping(["a=2", "a.b=1"])
