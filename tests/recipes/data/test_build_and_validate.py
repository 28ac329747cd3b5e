"""`verl-credit build` and `validate` as a user types them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

import envs
from envs.check import check_env
from envs.dataset.prepared import open_prepared
from recipes.cli import app
from recipes.data import build

EXAMPLES = Path(__file__).parents[2] / "envs"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def invoke(*arguments: str):
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def save(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def good(count: int) -> list[dict]:
    return [{"question": f"What is {i}+1?", "answer": i + 1} for i in range(count)]


BAD = [
    {"question": "What is 3+1?", "answer": "4"},
    {"question": "What is 4+1?", "answer": "6"},
    {"question": "Which?", "answer": None},
    {"question": "Prove it.", "answer": "\\frac{1}{"},
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_build_then_validate(tmp_path):
    save(tmp_path / "mine.jsonl", good(40))
    built = invoke("build", "reasoning/Rows-v0", "-o", "out/mine.parquet", "path=mine.jsonl")
    assert built.exit_code == 0, built.output
    assert "40 of 40 rows are good" in built.output
    about = open_prepared(tmp_path / "out/mine.parquet").about
    assert about["source"] == "mine.jsonl"
    assert about["env_id"] == "reasoning/Rows-v0"
    assert sum(about["rows"].values()) == 40
    again = invoke("validate", "reasoning/Rows-v0", "file=out/mine.parquet")
    assert again.exit_code == 0, again.output
    both = invoke("validate", "reasoning/Rows-v0", "file=out/mine.parquet", "answer=gold")
    assert both.exit_code == 2
    assert "answer cannot change it" in both.output


def test_bad_rows_are_told_left_out_and_fail_validation(tmp_path):
    save(tmp_path / "mine.jsonl", [{**row, "answer": str(row["answer"])} for row in good(10)] + BAD)
    built = invoke("build", "reasoning/Rows-v0", "-o", "mine.parquet", "path=mine.jsonl")
    assert built.exit_code == 0, built.output
    for text in (
        "9 of 14 rows are good",
        "1 duplicate",
        "2 conflict",
        "1 unreadable",
        "1 unverifiable",
        r"train/13: gold '\\frac{1}{'",
    ):
        assert text in built.output, built.output
    found = invoke("validate", "reasoning/Rows-v0", "path=mine.jsonl", "--json")
    assert found.exit_code == 1
    data = json.loads(found.stdout)
    assert not data["ok"]
    assert {kind: problem["count"] for kind, problem in data["problems"].items()} == {
        "unreadable": 1,
        "conflict": 2,
        "duplicate": 1,
        "unverifiable": 1,
    }
    assert data["problems"]["unreadable"]["examples"][0]["id"] == "train/12"
    clean = invoke("validate", "reasoning/Rows-v0", "file=mine.parquet", "--json")
    assert clean.exit_code == 0
    assert json.loads(clean.stdout)["rows"] == 9


def refused(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_refused_row_goes_to_a_file(tmp_path):
    rows = [
        {"question": "Which?", "answer": "①③④"},
        {"question": "Prove it.", "answer": "see text above"},
        {"question": "What is it?", "answer": "70,110"},
        {"question": "Find all solutions.", "answer": "70,120"},
        {"question": "How many?", "answer": "70,130"},
        {"question": "Which two?", "answer": ["x", {"a": 1}]},
    ]
    save(tmp_path / "mine.jsonl", rows)
    built = invoke("build", "reasoning/Rows-v0", "-o", "mine.parquet", "path=mine.jsonl")
    assert built.exit_code == 0, built.output
    assert "wrote mine.refused.jsonl" in built.output
    assert "1 golds such as 70,110 were decided to be lists" in built.output
    assert "1 golds such as 70,110 were decided to be numbers" in built.output
    told = refused(tmp_path / "mine.refused.jsonl")
    assert {row["row"]: row["gold"] for row in told} == {
        0: "①③④", 1: "see text above", 2: "70,110", 5: "['x', {'a': 1}]",
    }  # fmt: skip
    assert all(row["question"] and row["reason"] for row in told)
    reasons = {row["row"]: row["reason"] for row in told}
    assert "prose" in reasons[1]
    assert "may be the number 70110 or the list 70, 110" in reasons[2]
    clean = invoke("validate", "reasoning/Rows-v0", "file=mine.parquet")
    assert clean.exit_code == 0, clean.output

    save(tmp_path / "mine.jsonl", good(10))
    built = invoke("build", "reasoning/Rows-v0", "-o", "mine.parquet", "path=mine.jsonl")
    assert "refused" not in built.output
    assert not (tmp_path / "mine.refused.jsonl").exists()


def test_an_instruction_in_every_question_is_told(tmp_path):
    rows = [{**row, "question": f"{row['question']} Put it in a box, please."} for row in good(30)]
    save(tmp_path / "mine.jsonl", rows)
    built = invoke("build", "reasoning/Rows-v0", "-o", "mine.parquet", "path=mine.jsonl")
    assert "every question ends in: Put it in a box, please." in built.output


def test_nothing_left_writes_only_the_reasons(tmp_path):
    save(tmp_path / "mine.jsonl", BAD[3:])
    built = invoke("build", "reasoning/Rows-v0", "-o", "out/mine.parquet", "path=mine.jsonl")
    assert built.exit_code == 2
    assert "nothing was written but the reasons, to out/mine.refused.jsonl" in built.output
    assert not (tmp_path / "out/mine.parquet").exists()
    assert refused(tmp_path / "out/mine.refused.jsonl")[0]["gold"] == "\\frac{1}{"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["reasoning/GSM9K-v0", "-o", "x.parquet"], "reasoning/GSM8K-v0"),
        (["nomodule:demo/X-v0", "-o", "x.parquet"], "there is no module 'nomodule'"),
        (["reasoning/Addition-v0", "-o", "x.parquet"], "draws its tasks from a seed"),
        (["reasoning/Rows-v0", "-o", "x.json", "path=a.jsonl"], "must end in .parquet"),
        (["reasoning/Rows-v0", "-o", "x.parquet", "path=a.jsonl"], "There is no file /"),
        (["reasoning/Rows-v0", "-o", "x.parquet", "path"], "write key=value"),
        (["reasoning/Minerva-v0", "-o", "x.parquet"], "needs a revision"),
    ],
)
def test_build_refuses(arguments, sentence):
    result = invoke("build", *arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_branch_is_recorded_with_its_commit(tmp_path, monkeypatch):
    import datasets
    import huggingface_hub

    class Hub:
        def dataset_info(self, name, revision):
            assert (name, revision) == ("math-ai/minervamath", "main")
            return type("Info", (), {"sha": COMMIT})

    rows = datasets.Dataset.from_list([{"question": "What is 2+2?", "answer": "4"}])
    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    monkeypatch.setattr(datasets, "load_dataset", lambda *args, **kwargs: rows)
    built = invoke("build", "reasoning/Minerva-v0", "-o", "m.parquet", "revision=main")
    assert built.exit_code == 0, built.output
    assert "revision=main may give other rows tomorrow" in built.output
    about = open_prepared(tmp_path / "m.parquet").about
    assert (about["revision"], about["commit"]) == ("main", COMMIT)


def test_the_commit_of_a_pinned_set_needs_no_hub(monkeypatch):
    source = build.source_of("reasoning/GSM8K-v0")
    assert build.commit_of(source) == source.revision


def test_validate_draws_from_a_generator():
    result = invoke("validate", "reasoning/Addition-v0", "digits=[6]", "--tasks", "20", "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert (data["rows"], data["streams"]) == (40, {"train": 20, "validation": 20})


BROKEN = """
import gymnasium
from envs.base import ReasoningEnv, Task

class Broken(ReasoningEnv):
    def sample_task(self, rng):
        n = int(rng.integers(40))
        return Task(f"What is {n}+1?", "\\\\frac{" if n % 2 else str(n + 1))

gymnasium.register("demo/Broken-v0", entry_point=Broken)
"""


def test_validate_finds_a_generator_whose_golds_do_not_pay(tmp_path, monkeypatch):
    (tmp_path / "broken_generator.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    result = invoke("validate", "broken_generator:demo/Broken-v0", "--tasks", "30")
    assert result.exit_code == 1
    assert "unverifiable: the gold cannot be verified" in result.output


ONE_QUESTION = """
import gymnasium
from envs.base import ReasoningEnv, Task

class One(ReasoningEnv):
    def sample_task(self, rng):
        return Task("What is 1+1?", "2")

gymnasium.register("demo/One-v0", entry_point=One)
"""


def test_validate_finds_streams_that_share_a_question(tmp_path, monkeypatch):
    (tmp_path / "one_question.py").write_text(ONE_QUESTION)
    monkeypatch.syspath_prepend(tmp_path)
    result = invoke("validate", "one_question:demo/One-v0", "--tasks", "3", "--json")
    assert result.exit_code == 1
    assert list(json.loads(result.stdout)["problems"]) == ["overlap"]


def test_the_snippet_of_own_rows(tmp_path, monkeypatch):
    assert len((EXAMPLES / "user_rows_example.py").read_text().splitlines()) < 15
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setenv("PYTHONPATH", f"{EXAMPLES}{os.pathsep}{EXAMPLES.parents[1]}")
    riddles = [
        {"riddle": f"I am {i} more than 100. Who am I?", "solution": str(100 + i), "level": i % 3}
        for i in range(60)
    ]
    save(tmp_path / "riddles.jsonl", riddles)
    env_id = "user_rows_example:demo/Riddles-v0"
    built = invoke("build", env_id, "-o", "riddles.parquet")
    assert built.exit_code == 0, built.output
    file = str(tmp_path / "riddles.parquet")
    assert check_env(env_id, file=file) == []
    env = envs.make(env_id, file=file)
    assert env.levels == (0.0, 1.0, 2.0)
    env.reset(options={"index": 0})
    assert env.step(rf"\boxed{{{env.task.answer}}}")[1] == 1.0
