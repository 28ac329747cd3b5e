"""The folder of what is made once per user."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipes.cache import cache_dir
from recipes.warm_start import cache, ensure


def test_the_variable_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VERL_CREDIT_CACHE", str(tmp_path / "mine"))
    assert cache_dir("warm_start") == tmp_path / "mine" / "warm_start"


def test_by_default_it_is_the_user_s_cache_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("VERL_CREDIT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir("warm_start") == tmp_path / "verl-credit" / "warm_start"


@pytest.fixture
def folders_asked_for(monkeypatch):
    """Where `ensure` would put a model, instead of minutes of training one."""
    asked: list[Path] = []
    monkeypatch.setattr(cache, "_make", lambda recipe, found, target, console: asked.append(target))
    return asked


def test_a_warm_start_is_found_from_any_working_directory(tmp_path, monkeypatch, folders_asked_for):
    monkeypatch.setenv("VERL_CREDIT_CACHE", str(tmp_path / "cache"))
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        ensure(steps=10)
    here, there = folders_asked_for
    assert here == there
    assert here.parent == tmp_path / "cache" / "warm_start"


def test_a_key_wins_over_the_variable(tmp_path, monkeypatch, folders_asked_for):
    monkeypatch.setenv("VERL_CREDIT_CACHE", str(tmp_path / "cache"))
    ensure(steps=10, cache_dir=tmp_path / "own")
    assert folders_asked_for[0].parent == tmp_path / "own"
