"""Operators by name: ours, those that an installed package offers, and any by its address."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from credit_plugins import registry
from credit_plugins.config import build_chain, problems
from credit_plugins.errors import CreditConfigError

from . import user_operator_example


@pytest.fixture
def installed(tmp_path: Path, monkeypatch):
    """A package ``offered_ops`` on the path, with metadata that offers ``calm`` and ``gtpo``."""
    shutil.copy(user_operator_example.__file__, tmp_path / "offered_ops.py")
    info = tmp_path / "offered_ops-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: offered_ops\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{registry.GROUP}]\ncalm = offered_ops:calm\ngtpo = offered_ops:calm\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    registry.offered.cache_clear()
    yield
    registry.offered.cache_clear()


def test_an_entry_point_is_a_short_name(installed):
    credit = {"operators": ["maxrl", "calm"], "calm": {"strength": 0.5}}
    chain = build_chain("credit", credit)
    assert chain.name == "credit:maxrl+calm"
    assert chain.steps[1].numbers == {"strength": 0.5}
    assert "calm" in registry.known_names()


def test_a_name_of_ours_stays_ours(installed):
    assert registry.find("gtpo").module == "credit_plugins.token.gtpo"


def test_an_address_needs_no_registration(installed):
    chain = build_chain("credit", {"operators": ["maxrl", "offered_ops:calm"]})
    assert chain.name == "credit:maxrl+offered_ops:calm"
    (problem,) = problems(
        "credit", {"operators": ["maxrl", "offered_ops:calm"], "calm": {"strength": 2}}
    )
    assert problem == "algorithm.credit.calm.strength is 2, must be a number from 0 to 1"


def test_without_it_the_name_is_unknown():
    said = r"unknown operator 'calm'; .* \(MODULE:NAME for your own\)"
    with pytest.raises(CreditConfigError, match=said):
        registry.find("calm")


@pytest.mark.parametrize("kind", ["episode", "signal", "token"])
def test_an_operator_is_found_because_its_file_is_there(kind):
    folder = Path(registry.__file__).parent / kind
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "sides"}
    assert set(registry.own(kind)) == files
