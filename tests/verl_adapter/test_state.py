"""Schedule state in the checkpoint folder: round trip, atomic, wrong estimator refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from credit_plugins.config import build_chain
from credit_plugins.errors import CreditError
from credit_plugins.verl_adapter import state
from credit_plugins.verl_adapter.state import CreditState

FULL = build_chain("maxrl_gtpo_sepa_hicra", {})


def test_round_trip(tmp_path: Path) -> None:
    before = CreditState(FULL.init_state(), origin=2)
    state.save(tmp_path / "global_step_3", FULL, before)
    assert state.load(tmp_path / "global_step_3", FULL, 3) == before
    assert [path.name for path in (tmp_path / "global_step_3").iterdir()] == ["credit.json"]


def test_a_crash_while_writing_keeps_the_old_file(tmp_path: Path) -> None:
    state.save(tmp_path, FULL, CreditState(FULL.init_state()))
    with pytest.raises(TypeError):
        state.save(tmp_path, FULL, CreditState({"step": object()}))
    assert state.load(tmp_path, FULL, 1).state == FULL.init_state()


def test_other_estimators_checkpoint_is_refused(tmp_path: Path) -> None:
    state.save(tmp_path, build_chain("maxrl", {}), CreditState({}))
    with pytest.raises(
        CreditError, match=r"written by estimator maxrl, this run uses maxrl_gtpo_sepa_hicra"
    ):
        state.load(tmp_path, FULL, 1)


@pytest.mark.parametrize(
    "saved", [{"step": 4, "opened_at": 2, "inner": {}}, {"gtpo.beta": FULL.init_state()}]
)
def test_the_state_of_other_schedules_is_refused(tmp_path: Path, saved: dict) -> None:
    """The first is that of version 0.3."""
    state.save(tmp_path, FULL, CreditState(saved))
    with pytest.raises(CreditError, match=r"other schedules than this run's sepa.lam \(linear\)"):
        state.load(tmp_path, FULL, 1)


def test_a_number_that_no_longer_moves_leaves_its_state_behind(tmp_path: Path) -> None:
    state.save(tmp_path, FULL, CreditState(FULL.init_state()))
    still = build_chain(FULL.name, {"sepa": {"lam": 0.5}})
    assert state.load(tmp_path, still, 1).state == {}


def test_the_state_of_notices_lies_beside_it(tmp_path: Path) -> None:
    kept = CreditState(FULL.init_state(), notices={"dead_run": {"since": 3}})
    state.save(tmp_path, FULL, kept)
    assert state.load(tmp_path, FULL, 1) == kept


def test_a_stock_checkpoint_starts_afresh_and_says_so_once(tmp_path: Path, capsys) -> None:
    assert state.load(tmp_path, FULL, 7) == CreditState(FULL.init_state(), origin=7)
    (line,) = capsys.readouterr().err.splitlines()
    assert "the schedules of maxrl_gtpo_sepa_hicra begin at step 7" in line


def test_a_checkpoint_of_an_older_version_counts_from_step_0(tmp_path: Path) -> None:
    saved = {"estimator": FULL.name, "state": FULL.init_state()}
    (tmp_path / "credit.json").write_text(json.dumps(saved))
    assert state.load(tmp_path, FULL, 7) == CreditState(FULL.init_state(), origin=0)


def test_a_checkpoint_of_a_later_version_is_refused(tmp_path: Path) -> None:
    state.save(tmp_path, FULL, CreditState(FULL.init_state(), run={"data.seed": 1}))
    saved = json.loads((tmp_path / "credit.json").read_text())
    assert state.load(tmp_path, FULL, 7).run == {"data.seed": 1}
    (tmp_path / "credit.json").write_text(json.dumps(saved | {"format": state.FORMAT + 1}))
    with pytest.raises(CreditError, match=r"has format 3, and this version .* reads up to 2"):
        state.load(tmp_path, FULL, 7)


def test_which_estimators_can_go_on(tmp_path: Path) -> None:
    assert not state.continues(tmp_path, FULL)
    state.save(tmp_path, FULL, CreditState(FULL.init_state()))
    assert state.continues(tmp_path, FULL)
    assert state.continues(
        tmp_path, build_chain(FULL.name, {"sepa": {"lam": {"schedule": "linear", "steps": 7}}})
    )
    assert not state.continues(
        tmp_path, build_chain(FULL.name, {"sepa": {"lam": {"schedule": "adaptive"}}})
    )
    assert not state.continues(tmp_path, build_chain("maxrl_gtpo_sepa"))
