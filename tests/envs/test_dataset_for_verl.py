"""Rows for verl: pure functions of the index, but for a curriculum, whose state is checkpointed."""

from __future__ import annotations

import json

import pytest
from torchdata.stateful_dataloader import StatefulDataLoader

import envs
from envs.dataset_for_verl import EnvDataset
from envs.errors import EnvConfigError
from envs.verify import ANSWER_FORMATS, verify

ARITHMETIC = {"id": "reasoning/Addition-v0", "kwargs": {"digits": [1, 2, 3]}, "train_size": 64}


def data_set(stream: str = "train", workers: int = 0, **env) -> EnvDataset:
    config = {"env": {**ARITHMETIC, **env}, "dataloader_num_workers": workers}
    return EnvDataset(stream, tokenizer=None, config=config)


def levels(rows) -> list[float]:
    return [json.loads(row["env"])["level"] for row in rows]


def infos(**accuracy_of_level) -> list[dict]:
    return [
        {"difficulty": float(level[1:]), "acc": acc, "env_error": 0.0}
        for level, acc in accuracy_of_level.items()
    ]


def test_rows_without_a_curriculum_do_not_change():
    rows = data_set()
    before = rows[3]
    assert rows.observe(1, infos(_1=1.0)) == {}
    assert rows[3]["env"] == before["env"]
    assert "level" not in json.loads(before["env"])


def test_a_curriculum_leaves_what_is_solved():
    rows = data_set(curriculum={"memory": 0.0, "width": 0.1})
    assert set(levels(rows[i] for i in range(64))) == {1, 2, 3}
    metrics = rows.observe(1, infos(_1=1.0, _2=0.5, _3=0.0))
    assert metrics["curriculum/accuracy/2.0"] == 0.5
    asked = levels(rows[i] for i in range(64))
    assert asked.count(2) > 48
    question = rows[0]["raw_prompt"][0]["content"]
    assert len(question.split("+")[0].split()[-1]) == asked[0]


@pytest.mark.parametrize("answer_format", ANSWER_FORMATS)
def test_who_obeys_the_instruction_is_paid(answer_format):
    rows = data_set(kwargs={"digits": [2], "answer_format": answer_format})
    question, instruction = rows[0]["raw_prompt"][0]["content"].split("\n")
    env = envs.make("reasoning/Addition-v0", digits=[2], answer_format=answer_format)
    asked, _ = env.reset(seed=0, options={"index": 0, "stream": "train"})
    assert asked == question
    marked = rows.answer_mark.replace("...", env.task.answer)
    assert verify(env.task.answer, marked, answer_format=answer_format).correct
    place = instruction.removeprefix("Put your final answer in ").removesuffix(".")
    obeyed = {
        r"\boxed{}": rf"\boxed{{{env.task.answer}}}",
        "<answer></answer>": f"<answer>{env.task.answer}</answer>",
        "a last line that begins with ####": f"So:\n#### {env.task.answer}",
    }
    assert env.step(obeyed[place])[1] == 1.0


def test_a_mixture_names_every_mark_that_its_entries_need():
    entries = {
        name: {"id": "reasoning/Addition-v0", "kwargs": {"answer_format": form}}
        for name, form in (("a", "boxed"), ("b", "hash"), ("c", "boxed"))
    }
    rows = EnvDataset("train", tokenizer=None, config={"env": {"mix": entries}})
    assert rows.answer_mark == r"\boxed{...} or #### ..."


def test_an_instruction_of_ones_own_wins():
    def content(**env):
        return data_set(**env)[0]["raw_prompt"][0]["content"]

    assert content(instruction="Box it.").endswith("?\nBox it.")
    assert content(instruction="").endswith("?")
    assert content().endswith("?\nPut your final answer in \\boxed{}.")


def test_validation_has_no_curriculum():
    rows = data_set("validation", curriculum={})
    assert "level" not in json.loads(rows[0]["env"])


def test_failed_episodes_teach_nothing():
    rows = data_set(curriculum={"memory": 0.0})
    failed = [{"difficulty": "unknown", "acc": 0.0, "env_error": 1.0}, {}]
    rows.observe(1, failed)
    assert rows.state_dict()["curriculum"]["accuracy"] == {}


def loader_of(rows: EnvDataset) -> StatefulDataLoader:
    return StatefulDataLoader(rows, batch_size=8, collate_fn=list, num_workers=0)


def test_verls_data_loader_checkpoints_the_curriculum():
    """The class verl saves into data.pt; a resumed run asks what an uninterrupted one would."""
    rows = data_set(curriculum={"memory": 0.0, "width": 0.1})
    loader = loader_of(rows)
    batches = iter(loader)
    next(batches)
    rows.observe(1, infos(_1=1.0, _2=0.5, _3=0.0))
    saved = loader.state_dict()
    went_on = levels(next(batches))

    resumed = loader_of(data_set(curriculum={"memory": 0.0, "width": 0.1}))
    resumed.load_state_dict(saved)
    assert levels(next(iter(resumed))) == went_on
    forgetful = loader_of(data_set(curriculum={"memory": 0.0, "width": 0.1}))
    next(fresh := iter(forgetful))
    assert levels(next(fresh)) != went_on


@pytest.mark.parametrize(
    ("kwargs", "sentence"),
    [
        ({"curriculum": {"aim": 1}}, r"unknown keys \['aim'\]; it takes"),
        ({"curriculum": {"target": 2}}, "target must be from 0 to 1; got 2"),
        ({"curriculum": {}, "workers": 2}, "dataloader_num_workers=0, got 2"),
        ({"curriculum": {}, "id": "reasoning/Plain-v0", "kwargs": {}}, "has none"),
    ],
)
def test_what_cannot_work_is_refused(kwargs, sentence, monkeypatch):
    import gymnasium

    from envs.base import ReasoningEnv, Task

    class Plain(ReasoningEnv):
        def sample_task(self, rng):
            return Task("What is 1+1?", "2")

    gymnasium.register("reasoning/Plain-v0", entry_point=Plain)
    try:
        with pytest.raises(EnvConfigError, match=sentence):
            data_set(**kwargs)
    finally:
        del gymnasium.registry["reasoning/Plain-v0"]


def test_validation_without_held_out_questions_is_said(monkeypatch):
    from envs.base import ReasoningEnv

    monkeypatch.setattr(ReasoningEnv, "held_out", False)
    data_set()
    with pytest.warns(UserWarning, match="validation measures what was trained on"):
        data_set(stream="validation")
