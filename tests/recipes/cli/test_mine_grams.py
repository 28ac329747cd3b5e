"""`verl-credit mine-grams` as a user types it, up to the file that a configuration reads."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from credit_plugins.config import build_chain
from credit_plugins.planning import mining
from recipes.cli import app

EYE = np.eye(9)


def mine(*arguments):
    return CliRunner().invoke(app, ["mine-grams", *map(str, arguments)], env={"COLUMNS": "200"})


@pytest.fixture
def dumps(tmp_path):
    """Two steps of verl's ``trainer.rollout_data_dir``; half of the rollouts succeed."""
    folder = tmp_path / "rollouts"
    folder.mkdir()
    for step in (1, 2):
        says = ("Wait, let me check the carry", "So what if we start over")
        rows = (
            {"input": "q", "output": f"{i}. {says[i // 2 % 2]}.", "gts": "", "score": i % 2 * 1.0}
            for i in range(20)
        )
        (folder / f"{step}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def one_cluster(monkeypatch):
    """Without scikit-learn, which is an extra."""
    monkeypatch.setattr(mining, "_tfidf", lambda grams: grams)
    monkeypatch.setattr(mining, "_cluster", lambda grams, config: np.zeros(len(grams), dtype=int))


def test_from_rollouts_to_an_estimator(dumps, tmp_path, one_cluster):
    out = tmp_path / "grams.json"
    result = mine(dumps, "-o", out)
    assert result.exit_code == 0, result.output
    assert "from 20 successes of 40 rollouts" in result.output
    estimator = build_chain("maxrl_hicra", {"planning": {"grams": str(out)}})
    assert "let me check" in estimator.planning.find.keywords["phrases"]
    assert "what if we" in estimator.planning.find.keywords["phrases"]


def test_numbers_reach_the_miner(dumps, tmp_path, one_cluster):
    result = mine(dumps, "-o", tmp_path / "grams.json", "--min-score", "0")
    assert "from 40 successes of 40 rollouts" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--min-df", "2"], "min_df is 2.0, must be a number from 0 to 1"),
        (["--clusters", "0"], "clusters is 0, must be an integer of at least 1"),
        (["--min-score", "2"], "0 of 40 rollouts have a score of at least 2"),
        (["-o", "no/such/folder/grams.json"], "must be a file in a folder that exists"),
    ],
)
def test_refusals_are_sentences(dumps, tmp_path, one_cluster, arguments, said):
    result = mine(dumps, "-o", tmp_path / "grams.json", *arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "grams.json").exists()


@pytest.mark.parametrize("module", ["feature_extraction.text", "cluster"])
def test_the_missing_extra_is_named(dumps, tmp_path, monkeypatch, module):
    monkeypatch.setitem(sys.modules, f"sklearn.{module}", None)
    monkeypatch.setattr(mining, "_tfidf", mining._tfidf if "text" in module else lambda grams: EYE)
    result = mine(dumps, "-o", tmp_path / "grams.json")
    assert result.exit_code == 2
    assert "mining needs scikit-learn, which is not installed: pip install" in result.output


def test_a_folder_without_an_encoder_is_refused(dumps, tmp_path):
    result = mine(dumps, "-o", tmp_path / "grams.json", "--encoder", dumps)
    assert result.exit_code == 2
    assert "holds no sentence encoder" in result.output
    assert "Traceback" not in result.output
