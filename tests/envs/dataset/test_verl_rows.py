"""Rows in verl's own format: read as they are, with their system prompt."""

from __future__ import annotations

import json

import pytest

from envs.dataset import Source, prepared
from envs.dataset.audit import audit
from envs.torch_dataset import EnvDataset

from .small_sets import save

SYSTEM = {"role": "system", "content": "You are terse."}
USER = {"role": "user", "content": "What is 1+1?"}


def verl(gold, *messages):
    return {
        "data_source": "mine",
        "prompt": list(messages or (SYSTEM, USER)),
        "reward_model": {"style": "rule", "ground_truth": gold},
        "extra_info": {"index": 7, "difficulty": 3},
    }


def read(path, rows, **settings):
    save(path, rows)
    return list(Source(path=str(path), **settings).rows())


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_no_setting_is_needed(tmp_path, ending):
    (row,) = read(tmp_path / f"a.{ending}", [verl("2")])
    assert (row.question, row.answer, row.system) == ("What is 1+1?", "2", "You are terse.")
    (row,) = read(tmp_path / f"b.{ending}", [verl(["2", "3"], USER)])
    assert (row.answer, row.system) == ("2, 3", "")


def test_settings_still_name_other_columns(tmp_path):
    rows = [{**verl("2"), "gold": "3", "question": "Three?"}]
    (row,) = read(tmp_path / "a.jsonl", rows, answer="gold", difficulty="extra_info.difficulty")
    assert (row.question, row.answer, row.difficulty) == ("Three?", "3", 3.0)


@pytest.mark.parametrize(
    ("given", "kept"), [(None, "You are terse."), ("Be kind.", "Be kind."), ("", "")]
)
def test_the_system_prompt_is_kept_replaced_or_left_out(tmp_path, given, kept):
    rows = [verl("2")] + [verl(str(i), SYSTEM, {**USER, "content": f"Q{i}"}) for i in range(20)]
    found = audit(read(tmp_path / "a.jsonl", rows, system=given))
    prepared.write(tmp_path / "a.parquet", found.kept, {})
    assert {row.system for row in prepared.open_prepared(tmp_path / "a.parquet").rows()} == {kept}
    env = {
        "id": "reasoning/Rows-v0",
        "kwargs": {"file": str(tmp_path / "a.parquet")},
        "instruction": "",
    }
    asked = EnvDataset("train", None, {"env": env})[0]["raw_prompt"]
    assert asked[:-1] == ([{"role": "system", "content": kept}] if kept else [])
    assert asked[-1]["role"] == "user"
    assert json.dumps(asked)


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([USER, {"role": "assistant", "content": "2"}, USER], "user, assistant, user"),
        ([SYSTEM], "the messages system"),
        ([{"role": "user", "content": [{"type": "image"}]}], "parts of type image"),
    ],
)
def test_other_prompts_are_refused_alone(tmp_path, messages, why):
    found = audit(read(tmp_path / "a.jsonl", [verl("2"), verl("2", *messages), {"prompt": None}]))
    assert len(found.kept) == 1
    assert why in found.findings[0].why
    assert [finding.kind for finding in found.findings] == ["unreadable"] * 2


def test_a_content_in_parts(tmp_path):
    parts = [{"type": "text", "text": "What is "}, {"type": "text", "text": "1+1?"}]
    (row,) = read(tmp_path / "a.jsonl", [verl("2", {"role": "user", "content": parts})])
    assert row.question == "What is 1+1?"
