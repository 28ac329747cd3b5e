"""A model as far as a preflight looks at it: a configuration, a tokenizer, a chat template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipes.warm_start.tokenizer import build_tokenizer

# Small enough for the weight bucket of the recipes without a GPU.
CONFIG = {"model_type": "qwen3", "dtype": "float32", "vocab_size": 512, "hidden_size": 64}


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One token per digit, letter and sign: nothing was seen when the vocabulary was made."""
    folder = tmp_path_factory.mktemp("model")
    build_tokenizer([]).save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As on a machine where no `ray start` has left an address; where one would lie."""
    folder = tmp_path_factory.mktemp("ray")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(folder))
    return folder
