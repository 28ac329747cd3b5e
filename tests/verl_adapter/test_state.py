"""Schedule state in the checkpoint folder: round trip, atomic, wrong estimator refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from credit_plugins.config import build_estimator
from credit_plugins.errors import CreditError
from credit_plugins.verl_adapter import state

FULL = build_estimator("maxrl_gtpo_sepa_hicra", {})


def test_round_trip(tmp_path: Path) -> None:
    before = FULL.init_state()
    state.save(tmp_path / "global_step_3", FULL, before)
    assert state.load(tmp_path / "global_step_3", FULL) == before
    assert [path.name for path in (tmp_path / "global_step_3").iterdir()] == ["credit.json"]


def test_a_crash_while_writing_keeps_the_old_file(tmp_path: Path) -> None:
    state.save(tmp_path, FULL, {"step": 1})
    with pytest.raises(TypeError):
        state.save(tmp_path, FULL, {"step": object()})
    assert state.load(tmp_path, FULL) == {"step": 1}


def test_other_estimators_checkpoint_is_refused(tmp_path: Path) -> None:
    state.save(tmp_path, build_estimator("maxrl", {}), {})
    with pytest.raises(
        CreditError, match=r"written by estimator maxrl, this run uses maxrl_gtpo_sepa_hicra"
    ):
        state.load(tmp_path, FULL)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CreditError, match="resume_mode=disable"):
        state.load(tmp_path, FULL)


def test_the_state_of_notices_lies_beside_it(tmp_path: Path) -> None:
    state.save(tmp_path, FULL, {"step": 1}, {"dead_run": {"since": 3}})
    assert state.load(tmp_path, FULL) == {"step": 1}
    assert state.load_notices(tmp_path) == {"dead_run": {"since": 3}}
    (tmp_path / "credit.json").write_text('{"estimator": "maxrl", "state": {}}')  # version 0.2.0
    assert state.load_notices(tmp_path) == {}
