"""Shared by the tests of the launcher."""

from __future__ import annotations

import pytest

from .toy import make_toy


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A launcher with one recipe, whose command is the stand-in."""
    return make_toy(tmp_path, monkeypatch)
