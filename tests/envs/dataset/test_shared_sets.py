"""Public sets as they stand: every row is read, and few golds are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from envs.dataset.audit import audit
from recipes.data.build import source_of

DATA = Path(__file__).parents[4] / "shared" / "data"
SETS = {
    # name: (id, settings, rows, at most refused)
    "aime24": ("AIME2024", {"validation_split": "test"}, 30, 0),
    "asdiv": ("ASDiv", {}, 2215, 5),
    "mawps": ("MAWPS", {}, 2065, 2),
    "math500": (
        "MATH-500",
        {"question": "question", "solution": "answer", "difficulty": "", "id": ""},
        500,
        0,
    ),
    "minerva": ("Minerva", {"question": "problem", "answer": "solution"}, 272, 2),
    "olympiadbench": ("OlympiadBench", {}, 675, 2),
    "svamp": ("SVAMP", {}, 1000, 0),
}
VERL = {"gsm8k_test": (1319, 0), "math_train": (7500, 7), "deepscaler_uniform": (10000, 2408)}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data sets are not at {DATA}"),
]


@pytest.mark.parametrize("name", SETS)
def test_a_set_for_evaluation(name):
    env_id, settings, rows, refused = SETS[name]
    path = DATA / name / "test.jsonl"
    found = audit(source_of(f"reasoning/{env_id}-v0").but(path=path, **settings).rows())
    assert len(found.kept) + len(found.findings) == rows
    assert len(found.findings) <= refused, [(f.row.answer, f.why) for f in found.findings]


def test_gsm8k():
    found = audit(source_of("reasoning/GSM8K-v0").but(path=DATA / "gsm8k/{split}.jsonl").rows())
    assert (len(found.kept), found.findings) == (8792, [])
    assert sum(row.commas == "numbers" for row in found.kept) == 93


@pytest.mark.parametrize("name", VERL)
def test_rows_of_verl(name):
    rows, refused = VERL[name]
    path = DATA / "verl_parquet" / f"{name}.parquet"
    found = audit(source_of("reasoning/Rows-v0").but(path=path).rows())
    assert len(found.kept) + len(found.findings) == rows
    assert len(found.findings) <= refused
    assert all(finding.why for finding in found.findings)
