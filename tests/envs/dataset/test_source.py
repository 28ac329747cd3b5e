"""From files in each set's real schema to rows, through `datasets`, and what is refused."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from envs.dataset import Source, golds
from envs.dataset.audit import audit
from envs.dataset.source import is_pinned
from envs.errors import EnvConfigError
from recipes.data.build import source_of

from .small_sets import MADE, ROWS, save, source_files

HALF = r"\boxed{\frac{1}{2}}"
EXPECTED = {
    # id: (stream, question, gold, level, solution) of source row 3
    "reasoning/AIME2024-v0": (
        *("validation", "Find the number of things of kind 3.", "003", 0.0),
        r"There are $\boxed{003}$ of them.",
    ),
    "reasoning/AIME2025-v0": ("validation", "Find the sum of kind 3.", "21", 0.0, ""),
    "reasoning/ASDiv-v0": (
        *("validation", "Here are 3 red apples and 500 green ones. How many?", "503", 0.0, ""),
    ),
    "reasoning/BeyondAIME-v0": ("validation", "Find the number of 3-things.", "108", 0.0, ""),
    "reasoning/DeepScaleR-v0": (
        *("train", r"Compute $1 + 2 + \cdots + 3$.", "6", 0.0, r"The sum is $\boxed{6}$."),
    ),
    "reasoning/GSM8K-v0": (
        *("train", "Natalia sold 3 thousand clips in April and 7 in May. How many in train?"),
        *("3007", 0.0),
        "3*1000 = 3000.\n3000+7 = 3007 clips.\nSo the answer is \\boxed{3,007}.",
    ),
    "reasoning/MAWPS-v0": ("validation", "What is a third of 3 apples?", "1", 0.0, ""),
    "reasoning/MATH-500-v0": (
        *("validation", "Problem 3: convert the point to polar coordinates.", "x^2 - 4", 4.0),
        r"We have $r = 3$, so the answer is $\boxed{x^2 - 4}.$",
    ),
    "reasoning/MATH-v0": (
        *("train", "If $5x = 10$, what is $x$? (train)", r"\frac{10}{5}", 4.0),
        r"Dividing by 5, $x = \boxed{\frac{10}{5}}.$",
    ),
    "reasoning/Minerva-v0": ("validation", "What is quantity 3?", r"5 \exp(-x)", 0.0, ""),
    "reasoning/OlympiadBench-v0": (
        *("validation", "Find both $n$ with $n^2 = 9$.", "3,-3", 0.0),
        "They are opposite.\nSo the answer is \\boxed{3,-3}.",
    ),
    "reasoning/POLARIS-53K-v0": ("train", "Find value 3.", r"\frac{7}{4}", "3/8", ""),
    "reasoning/Rows-v0": ("train", "What is 3 times 6?", "18", 0.0, ""),
    "reasoning/SVAMP-v0": ("validation", "There are 3 bananas. How many in 2 rooms?", "6", 0.0, ""),
}


@pytest.mark.parametrize("env_id", MADE)
def test_every_set_is_read_as_its_docstring_says(env_id, tmp_path):
    source = source_of(env_id).but(path=source_files(env_id, tmp_path))
    found = audit(source.rows())
    assert found.findings == []
    assert len(found.kept) == ROWS * len(MADE[env_id][2])
    row = found.kept[3]
    stream, *rest = EXPECTED[env_id]
    assert [row.question, row.answer, row.difficulty, row.solution] == rest
    if not source.split or source.validation_split:
        assert row.stream == stream


def test_the_hub_names_and_commits():
    for env_id in MADE:
        source = source_of(env_id)
        known = env_id not in ("reasoning/Minerva-v0", "reasoning/BeyondAIME-v0", *LOCAL)
        assert is_pinned(source.revision) == known
        assert bool(source.hub) == (env_id not in LOCAL)


LOCAL = {
    f"reasoning/{name}-v0" for name in ("ASDiv", "MAWPS", "OlympiadBench", "Rows", "SVAMP")
}  # no commit of a hub set with these columns is known to us


def test_a_commit_is_what_the_hub_is_asked_for(monkeypatch):
    import datasets

    calls = []

    def load_dataset(*args, **kwargs):
        calls.append((args, kwargs))
        return datasets.Dataset.from_dict({"question": ["What is 1+1?"], "answer": ["#### 2"]})

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    rows = list(source_of("reasoning/GSM8K-v0").rows())
    assert calls == [
        (("openai/gsm8k", "main"), {"split": split, "revision": COMMIT})
        for split in ("train", "test")
    ]
    assert [(row.id, row.stream, row.answer) for row in rows] == [
        ("train/0", "train", "2"),
        ("test/0", "validation", "2"),
    ]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "path=FILE, or a hub=NAME"),
        ({"path": "here.jsonl", "question": "qestion"}, "'qestion' for the question; nearest: que"),
        ({"path": "here.jsonl", "answer": "a.b"}, "There is no 'b' in {'question': 'Q'"),
        ({"path": "here.jsonl", "difficulty": "xyz"}, "there are: question, answer, a."),
        ({"path": "here.jsonl", "colour": "x"}, "Unknown setting 'colour'"),
        ({"path": "here.jsonl", "splt": "x"}, "nearest: split"),
        ({"path": "here.jsonl", "split": None}, "Both split and validation_split are empty"),
        ({"path": "here.jsonl", "validation_split": "test"}, "must have {split} in it"),
        ({"path": "nowhere.jsonl"}, "There is no file /"),
        ({"path": "."}, "is a folder; give"),
        ({"path": "here.csv"}, "must end in one of .jsonl"),
        ({"path": "broken.jsonl"}, "broken.jsonl cannot be read as json"),
        ({"path": "broken.parquet"}, "broken.parquet cannot be read as parquet"),
        ({"path": "empty.jsonl"}, "empty.jsonl"),
        ({"hub": "some/set"}, "some/set needs a revision"),
    ],
)
def test_bad_settings_are_one_sentence(settings, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "here.jsonl", [{"question": "Q", "answer": "1", "a": {"c": "2"}}])
    (tmp_path / "empty.jsonl").touch()
    for name in ("broken.jsonl", "broken.parquet"):
        (tmp_path / name).write_text("{not json at all\n")
    with pytest.raises(EnvConfigError) as error:
        list(Source().but(**settings).rows())
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


@pytest.mark.parametrize("raised", [ConnectionError("no route"), ValueError("Unknown split")])
def test_a_hub_out_of_reach_says_what_to_do(raised, monkeypatch):
    import datasets

    def load_dataset(*args, **kwargs):
        raise raised

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(EnvConfigError, match=rf"{raised}\. Without the hub, .* path=FILE"):
        list(source_of("reasoning/GSM8K-v0").rows())


COMMIT = "740312add88f781978c0658806c59bc2815b9866"


def cached_by_datasets(cache, folder, commit):
    """Lay GSM8K into `cache` as `datasets` does after a download."""
    import datasets

    files = source_files("reasoning/GSM8K-v0", folder).replace("{split}", "{}")
    splits = {split: files.format(split) for split in ("train", "test")}
    datasets.load_dataset("parquet", data_files=splits, cache_dir=str(folder / "made"))
    made = next((folder / "made").glob("parquet/*/*/*/dataset_info.json")).parent
    home = cache / "openai___gsm8k" / "main" / "0.0.0" / commit
    home.mkdir(parents=True)
    for arrow in made.glob("*.arrow"):
        shutil.copy(arrow, home / arrow.name.replace("parquet-", "gsm8k-"))
    info = json.loads((made / "dataset_info.json").read_text())
    info |= {"dataset_name": "gsm8k", "config_name": "main"}
    (home / "dataset_info.json").write_text(json.dumps(info))


def read_offline(cache):
    program = """
from recipes.data.build import source_of
try:
    print(len(list(source_of("reasoning/GSM8K-v0").rows())))
except ValueError as error:
    print(error)
"""
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(cache)}
    there = {**os.environ, **offline, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=there
    )
    return done.stdout.strip() or done.stderr


@pytest.mark.slow
def test_offline_the_cache_serves_the_commit_that_is_pinned_and_no_other(tmp_path):
    for commit in (COMMIT, "0" * 40):
        cached_by_datasets(tmp_path / commit, tmp_path / f"files-{commit}", commit)
    assert read_offline(tmp_path / COMMIT) == str(2 * ROWS)
    told = read_offline(tmp_path / ("0" * 40))
    assert f"wanted at commit {COMMIT}" in told
    assert f"the cache of datasets has {'0' * 40};" in told
    assert "cannot be loaded" in read_offline(tmp_path / "empty")


def test_cells_that_are_no_text(monkeypatch):
    import datasets

    read = []
    for cell in ("1", 2, 0.5, 43.0, ["3"], ["3", "1,250"], None, True, {"a": "4"}, []):
        table = datasets.Dataset.from_dict({"question": ["Q"], "answer": [cell]})
        monkeypatch.setattr(Source, "_load", lambda self, split, table=table: table)
        read += [(row.answer, row.problem) for row in Source().rows()]
    assert [answer for answer, _ in read[:6]] == ["1", "2", "0.5", "43", "3", "3, 1250"]
    assert {problem for _, problem in read[:6]} == {""}
    assert [problem.partition(",")[0] for _, problem in read[6:]] == [
        "the answer is empty",
        "the answer is bool",
        "the answer is dict",
        "the answer is empty",
    ]


def test_nested_columns_of_verls_own_rows(tmp_path):
    row = {
        "data_source": "mine",
        "prompt": [{"role": "user", "content": "What is 1+1? Box it."}],
        "reward_model": {"style": "rule", "ground_truth": "2"},
        "extra_info": {"question": "What is 1+1?", "index": 7},
    }
    save(tmp_path / "verl.parquet", [row])
    source = Source(
        path=str(tmp_path / "verl.parquet"),
        question="extra_info.question",
        answer="reward_model.ground_truth",
        id="extra_info.index",
    )
    assert [(r.id, r.question, r.answer) for r in source.rows()] == [("7", "What is 1+1?", "2")]


def test_local_files_leave_nothing_in_the_users_cache(tmp_path, monkeypatch):
    import datasets

    cache = tmp_path / "cache"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", cache)
    save(tmp_path / "a.jsonl", [{"question": "Q", "answer": "1"}])
    assert len(list(Source(path=str(tmp_path / "a.jsonl")).rows())) == 1
    assert not cache.exists()


@pytest.mark.parametrize(
    ("read", "text", "gold"),
    [
        (golds.plain, " 42 ", "42"),
        (golds.after_hashes, "a #### 1\nb\n#### 1,000\n", "1,000"),
        (golds.last_boxed, rf"First {HALF}. Then \fbox{{7}}.", "7"),
        (golds.last_boxed, HALF, r"\frac{1}{2}"),
        (golds.last_boxed, r"So $x = \boxed 5$.", "5"),
        (golds.last_boxed, r"They are $7!\times 2!=\boxed{10,\!080}$.", r"10,\!080"),
        (golds.last_boxed, r"$\boxed{\text{(A)}}$", r"\text{(A)}"),
        (golds.last_boxed, r"$\boxed{0.5}$, or $\boxed{\frac{1}{2}}$.", r"\frac{1}{2}"),
        (golds.last_boxed, r"It is $\boxed{10}$, that is $\boxed{10.0}$.", "10.0"),
        (golds.last_boxed, r"either \boxed{1} or \boxed{2}", "1, 2"),
        (golds.last_boxed, r"$x=\boxed{2}$, $y = \boxed{-3}$, and $z=\boxed{x^2}.$", "2, -3, x^2"),
        (golds.last_boxed, r"They are $\boxed{1,250}$ and $\boxed{7}$.", "1250, 7"),
        (golds.last_boxed, r"$\boxed{1}\text{ or }\boxed{2}$", "1, 2"),
        (golds.last_boxed, r"The point is $(\boxed{3}, \boxed{4})$.", "(3, 4)"),
        (golds.plain, r"So $x = \boxed{5}$.The answer is: 5", "5"),
        (golds.plain, '["1", "2"]', "1, 2"),
        (golds.before_noun, "9 (red apples)", "9"),
        (golds.before_noun, "0.46 (dollars)", "0.46"),
        (golds.before_noun, "-(1/3)", "-(1/3)"),
        (golds.unrounded, "0.6666666667", "2/3"),
        (golds.unrounded, "-0.1666666667", "-1/6"),
        (golds.unrounded, "3.14159", "3.14159"),
        (golds.unrounded, "0.0625", "0.0625"),
        (golds.unrounded, "158.35", "158.35"),
    ],
)
def test_readers(read, text, gold):
    assert read(text) == gold


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (golds.plain, "  "),
        (golds.after_hashes, "no mark"),
        (golds.after_hashes, "#### "),
        (golds.last_boxed, "no box"),
        (golds.last_boxed, r"\boxed{5} metres, or \boxed{500} centimetres"),
        (golds.last_boxed, r"\boxed{1} of them, \boxed{2} and \boxed{3} are answers"),
        (golds.last_boxed, r"$\boxed{1,2}$ and $\boxed{3}$: the answer"),
        (golds.last_boxed, r"\boxed{"),
    ],
)
def test_readers_refuse(read, text):
    with pytest.raises(ValueError, match=r"answer"):
        read(text)
