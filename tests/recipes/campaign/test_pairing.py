"""What makes a pair: each of it is missed when it is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from credit_plugins.dump import write
from recipes.campaign.pairing import problems, proof_of, shared, weights_hash
from recipes.campaign.simulate import World
from recipes.campaign.table import with_first_validation
from recipes.runs import Run

from ..compare.simulated import config
from .toy import tables_of

WORLD = World(steps=(0, 2, 4), problems=12, samples=4)


@pytest.fixture
def pair(plan):
    found = tables_of(plan, WORLD)
    return found["sharp", 1], found["plain", 1]


def test_a_pair_is_one(pair):
    assert list(problems(*pair)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": "other"}, "began with different weights, w1 and other"),
        ({"weights": ""}, "the initial weights of one are not known"),
        ({"prompts": {"1": "p1.1", "2": "x", "3": "p1.3", "4": "p1.4"}}, "at 1 steps, first 2"),
        ({"prompts": {"1": "p1.1"}}, "the prompts of 3 steps are not known, first 2"),
        ({"prompts": {}}, "the prompts of 4 steps are not known, first 1"),
        ({"first_step": [f"1.{n}" for n in range(59)] + ["x"] * 5}, "only 92% of their rollouts"),
        ({"first_step": []}, "the rollouts of the first step of one are not known"),
        ({"evaluation": "other"}, "evaluated under different settings"),
    ],
)
def test_what_is_not_in_common_is_said(pair, change, said):
    one, other = pair
    found = list(problems(one, replace(other, proof=replace(other.proof, **change))))
    assert len(found) == 1
    assert said in found[0]


def test_other_versions_of_the_engine_are_no_pair(pair):
    one, other = (
        replace(table, facts={"versions": {"verl": verl, "verl-credit": verl, "ray": verl}})
        for table, verl in zip(pair, ("0.9.0", "0.9.1"), strict=True)
    )
    assert list(problems(one, other)) == ["they were made with verl 0.9.0 and 0.9.1"]
    assert list(problems(one, replace(other, facts={}))) == []


@pytest.mark.parametrize(
    ("names", "said"),
    [(("EPYC", "Xeon"), " (made on EPYC and Xeon, which round differently)"), (("EPYC",) * 2, "")],
)
def test_other_weights_are_blamed_on_another_processor_only(pair, names, said):
    one, other = (
        replace(table, facts={"processor": name}) for table, name in zip(pair, names, strict=True)
    )
    other = replace(other, proof=replace(other.proof, weights="w2"))
    assert list(problems(one, other)) == [f"they began with different weights, w1 and w2{said}"]


def test_other_problems_steps_and_plans_are_no_pair(pair):
    one, other = pair
    fewer = {"samples": [3, *other.samples[1:]]}
    for change in ({"tasks": other.tasks[::-1]}, {"steps": [0, 2, 5]}, {"plan": "x"}, fewer):
        assert list(problems(one, replace(other, **change)))


def test_a_rounding_of_the_engine_does_not_break_a_pair(pair):
    one, other = pair
    nearly = replace(other.proof, first_step=[*other.proof.first_step[:-1], "x"])
    assert list(problems(one, replace(other, proof=nearly))) == []


def test_an_a_a_pair_must_not_have_the_same_answers(plan):
    found = tables_of(plan, WORLD)
    again, plain = found["again", 1], found["plain", 1]
    assert list(problems(again, plain, same_answers=False)) == []
    same = replace(again, proof=plain.proof)
    (said,) = problems(same, plain, same_answers=False)
    assert "the same sampling seeds" in said


def test_rollouts_count_as_often_as_they_occur():
    assert shared(["a", "a", "b", "c"], ["a", "b", "b", "c"]) == 0.75
    assert shared(["a"], ["a", "b"]) == shared(["a", "b"], ["a"]) == 0.5
    assert shared([], []) == 0


def test_weights_are_read_not_their_place(tmp_path):
    """To the last byte of every file."""
    begin = "0" * (1 << 20)
    for name, text in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model-1.safetensors").write_text("0")
        (tmp_path / name / "model-2.safetensors").write_text(begin + text)
    a, b, c = (weights_hash(str(tmp_path / name)) for name in "abc")
    assert a == b != c
    (tmp_path / "a" / "pytorch_model.bin").write_text("3")
    assert weights_hash(str(tmp_path / "a")) != a
    assert weights_hash(str(tmp_path)) == weights_hash(None) == ""


def test_a_validation_is_shared_only_with_what_it_belongs_to(pair):
    one, other = (replace(t, steps=t.steps, first_validation_of="") for t in pair)
    late = replace(one, steps=[2, 4], right=one.right[1:])
    shared_one, giver = with_first_validation([late, other])
    assert giver is other
    assert (shared_one.steps, shared_one.first_validation_of) == ([0, 2, 4], "plain")
    assert shared_one.right[0] == other.right[0]
    changed = [
        replace(late, proof=replace(late.proof, **{n: "x"})) for n in ("weights", "evaluation")
    ]
    changed += [replace(late, tasks=late.tasks[::-1]), replace(late, samples=[3] * len(late.tasks))]
    for foreign in changed:
        assert with_first_validation([foreign, other])[0] is foreign
    borrowed = replace(other, first_validation_of="plain")
    assert with_first_validation([late, borrowed])[0] is late


def proof(folder, *prompts, step=1, **changes):
    """What a run proves that has dumped groups of these prompts, two rollouts each."""
    run = Run(folder)
    folder.mkdir()
    run.config.write_text(yaml.safe_dump(config(data__train_batch_size=2, **changes)))
    facts = {"step": step, "reward": 1.0, "turns": [], "text": ["x"], "mask": [True]}
    rows = [
        {**facts, "group": f"g{place}", "rollout": n, "prompt_ids": [prompt], "id": [n]}
        for place, prompt in enumerate(prompts)
        for n in (0, 1)
    ]
    write(run.dumps, rows, "maxrl", [])
    return proof_of(run)


def test_whole_batches_prove_their_prompts_in_any_order(tmp_path):
    one = proof(tmp_path / "one", 1, 2)
    assert proof(tmp_path / "turned", 2, 1) == one
    other = proof(tmp_path / "other", 1, 3)
    assert other.prompts != one.prompts
    assert shared(other.first_step, one.first_step) == 0.5  # the same answer to another prompt
    part = proof(tmp_path / "part", 1)
    assert (part.prompts, part.first_step) == ({"1": None}, [])
    late = proof(tmp_path / "late", 1, 2, step=2)
    assert (late.prompts, late.first_step) == ({"2": one.prompts["1"]}, [])


def test_what_decides_the_evaluation_is_proved(tmp_path):
    changes = [
        {},
        {"data__env__seed": 1},
        {"data__env__seeded_sampling": True},
        {"data__env__validation": {"x": {"id": "y"}}},
        {"data__env__validation_size": 8},
        {"data__max_response_length": 9},
        {"actor_rollout_ref__rollout__val_kwargs": {"n": 2}},
    ]
    found = [proof(tmp_path / str(n), 1, **change) for n, change in enumerate(changes)]
    assert len({one.evaluation for one in found}) == len(changes)
    training = {"data__seed": 9, "algorithm__adv_estimator": "grpo"}
    assert proof(tmp_path / "same", 1, **training).evaluation == found[0].evaluation
