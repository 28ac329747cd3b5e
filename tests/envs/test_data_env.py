"""The section `data.env`: what it may hold, and one sentence for everything else."""

from __future__ import annotations

import pytest
from omegaconf import OmegaConf

from envs.data_env import read
from envs.errors import EnvConfigError

ADD = {"id": "reasoning/Addition-v0", "kwargs": {"digits": [1]}}
OPEN = {"kwargs": {"file": "???"}}


def of(**env):
    return read({"env": env})


def mixed(**entry):
    return of(mix={"add": {**ADD, **entry}})


def validated(**entry):
    return of(**ADD, validation={"add": {**ADD, **entry}})


def test_one_environment_is_an_entry_named_by_its_id():
    section = of(**ADD, validation_size=7, instruction="Box it.")
    (entry,) = section.train
    assert section.validation == section.train
    assert not section.is_mixture
    assert (entry.name, entry.id, entry.kwargs) == (ADD["id"], ADD["id"], ADD["kwargs"])
    assert (entry.size, entry.instruction, entry.samples, entry.sampling) == (
        7,
        "Box it.",
        None,
        {},
    )


def test_entries_have_the_defaults_of_the_section():
    section = of(
        mix={"a": ADD, "b": {**ADD, "weight": 2.5, "instruction": ""}},
        validation={"c": {**ADD, "size": 3, "top_k": 5, "temperature": 0.5}, "d": ADD},
        validation_size=9,
        instruction="Box it.",
    )
    assert [(e.name, e.weight, e.instruction) for e in section.train] == [
        ("a", 1.0, "Box it."),
        ("b", 2.5, ""),
    ]
    c, d = section.validation
    assert (c.size, c.sampling, c.samples) == (3, {"temperature": 0.5, "top_k": 5}, None)
    assert (d.size, d.sampling, d.instruction) == (9, {}, "Box it.")


def test_a_mixture_validates_on_its_own_entries_by_default():
    section = of(mix={"a": ADD, "b": ADD}, validation_size=5)
    assert section.validation == section.train
    assert [(e.name, e.size) for e in section.validation] == [("a", 5), ("b", 5)]


def config(**validation):
    """A whole configuration, as verl hands over its section `data`."""
    rollout = {"rollout": {"val_kwargs": {"n": 8}}}
    env = {"id": "???", "mix": {"a": ADD}, "validation": validation}
    return OmegaConf.create({"actor_rollout_ref": rollout, "data": {"env": env}}).data


def test_samples_are_given_to_all_or_to_none():
    def samples(**validation):
        return [entry.samples for entry in read(config(**validation)).validation]

    assert samples(a=ADD, b=ADD) == [None, None]
    assert samples(a={**ADD, "samples": 2}, b=ADD) == [2, 8]
    assert samples(a={**ADD, "temperature": 0}, b={**ADD, "samples": 4}, c=ADD) == [1, 4, 8]


def test_interpolations_and_names_that_yaml_reads_as_numbers():
    section = config(**{"1": {"id": "${data.env.mix.a.id}", "kwargs": "${data.env.mix.a.kwargs}"}})
    (entry,) = read(section).validation
    assert (entry.name, entry.id, entry.kwargs) == ("1", ADD["id"], ADD["kwargs"])
    assert [e.name for e in of(mix={500: ADD}).train] == ["500"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (lambda: of(), "data.env.id is missing; .* data.env.mix"),
        (lambda: of(id="???"), "data.env.id is missing"),
        (lambda: of(**ADD, mix={"a": ADD}), r"id=reasoning/Addition-v0 .* set data.env.id=null"),
        (lambda: of(kwargs={"a": 1}, mix={"a": ADD}), r"kwargs=\{'a': 1\} belongs to data.env.id"),
        (lambda: of(**ADD, mixture={}), r"data.env has unknown keys \['mixture'\]; it takes"),
        (lambda: of(mix=[ADD]), "data.env.mix must be a map"),
        (lambda: of(mix={"a": "reasoning/Addition-v0"}), "data.env.mix.a must be a map"),
        (lambda: of(**{**ADD, "kwargs": [1]}), "data.env.kwargs must be a map"),
        (lambda: mixed(kwargs=3), "data.env.mix.add.kwargs must be a map of keys .*; got 3"),
        (lambda: of(mix={"a/b": ADD}), "data.env.mix has an entry named 'a/b'; a name"),
        (lambda: of(mix={"a=b": ADD}), "'a=b'; a name"),
        (lambda: of(**ADD, validation={"": ADD}), "data.env.validation has an entry named ''"),
        (lambda: mixed(id=None), "data.env.mix.add.id is missing"),
        (lambda: mixed(wieght=1), r"data.env.mix.add has unknown keys \['wieght'\]; it takes"),
        (lambda: mixed(samples=1), r"data.env.mix.add has unknown keys \['samples'\]"),
        (lambda: validated(weight=1), r"data.env.validation.add has unknown keys \['weight'\]"),
        (lambda: mixed(weight=0), "data.env.mix.add.weight=0 must be a number above 0"),
        (lambda: mixed(weight=float("nan")), "weight=nan must be a number above 0"),
        (lambda: mixed(weight="much"), "weight='much' must be a number above 0"),
        (lambda: mixed(instruction=4), "add.instruction=4 must be a text, or null"),
        (lambda: of(**ADD, instruction=4), "data.env.instruction=4 must be a text"),
        (lambda: of(**ADD, seed="a"), "data.env.seed='a' must be a whole number, at least 0"),
        (lambda: of(**ADD, curriculum=0.5), "data.env.curriculum must be a map .*; got 0.5"),
        (lambda: of(**ADD, train_size=0), "data.env.train_size=0 must be at least 1"),
        (lambda: of(**ADD, validation_size=2.5), "data.env.validation_size=2.5 must be at least 1"),
        (lambda: validated(size=0), "data.env.validation.add.size=0 must be at least 1"),
        (lambda: validated(samples=True), "add.samples=True must be at least 1, a whole number"),
        (lambda: validated(temperature=-1), "add.temperature=-1 must be a number, at least 0"),
        (lambda: validated(top_p=0), "add.top_p=0 must be a number above 0 and at most 1"),
        (lambda: validated(top_k=0), "add.top_k=0 must be -1 for all tokens, or a whole number"),
        (lambda: validated(samples=4, temperature=0), "would draw the same answer 4 times"),
        (
            lambda: of(id="reasoning/GSM8K-v0", kwargs={"file": "???"}),
            "data.env.kwargs.file is missing; give it the file that `verl-credit build "
            "reasoning/GSM8K-v0 -o FILE.parquet` makes",
        ),
        (
            lambda: of(**{**ADD, "kwargs": {"file": "???"}}, validation={"a": {**ADD, **OPEN}}),
            "data.env.kwargs.file, data.env.validation.a.kwargs.file are missing; give each the "
            "file that `verl-credit build ENV_ID -o",
        ),
        (lambda: mixed(kwargs={"digits": "???"}), "add.kwargs.digits is missing; give it a value"),
        (
            lambda: of(**ADD, validation={"a": {**ADD, "samples": 2}, "b": ADD}),
            "data.env.validation.b.samples is missing: .*val_kwargs.n",
        ),
    ],
)
def test_what_is_refused(given, sentence):
    with pytest.raises(EnvConfigError, match=sentence) as refused:
        given()
    assert ". " not in str(refused.value)  # one sentence
