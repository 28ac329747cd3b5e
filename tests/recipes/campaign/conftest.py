"""Shared by the tests of campaigns."""

from __future__ import annotations

import pytest

from .toy import plan_of


@pytest.fixture
def plan(tmp_path):
    """The plan of the stand-in's campaign."""
    return plan_of(tmp_path)
