"""From verl's configuration to what can be found, and from a finding to log, file and error."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from credit_plugins.config import build_chain
from credit_plugins.errors import DeadRunError
from credit_plugins.notices import FILE_VARIABLE, Facts, Sample
from credit_plugins.verl_adapter import notices
from credit_plugins.verl_adapter.estimators import is_ours
from credit_plugins.verl_adapter.notices import Notices, facts_of, problems
from credit_plugins.verl_adapter.outcomes import Outcomes
from credit_plugins.verl_adapter.samples import choose

FULL = "maxrl_gtpo_sepa_hicra"
LAM = {"schedule": "linear", "delay": 10, "gate": 0.1}
DEAD = {"credit/group/mixed": 0.0, "env/verdict/no_answer": 4.0}


def config(notices=None, name="grpo", credit=None):
    return OmegaConf.create(
        {
            "algorithm": {"adv_estimator": name, "credit": credit},
            "trainer": {} if notices is None else {"notices": notices},
            "data": {"max_response_length": 128},
        }
    )


@pytest.mark.parametrize(
    ("name", "credit", "facts"),
    [
        ("grpo", {}, Facts()),
        ("gae", {}, Facts()),
        ("maxrl", {}, Facts()),
        ("maxrl_gtpo", {"gtpo": {"beta": 0.3}}, Facts(beta=0.3)),
        ("maxrl_gtpo", {"gtpo": {"negative": "off"}}, Facts()),
        (FULL, {}, Facts(beta=0.1, planners=("sepa", "hicra"), gate=0.1, delay=10)),
        (
            FULL,
            {"sepa": {"lam": {**LAM, "clock": "waits"}}, "hicra": {"alpha": 0}},
            Facts(0.1, ("sepa",), 0.1, 0),
        ),
        (FULL, {"sepa": {"lam": 0.0}}, Facts(beta=0.1, planners=("hicra",))),
        (FULL, {"gtpo": {"beta": 0}, "sepa": {"lam": 0}, "hicra": {"alpha": 0}}, Facts()),
        ("credit", {"operators": ["maxrl", "boost", "gtpo"]}, Facts(0.1, ("boost",))),
    ],
)
def test_the_numbers_of_a_chain(name: str, credit: dict, facts: Facts) -> None:
    chain = build_chain(name, credit) if is_ours(name) else None
    assert facts_of(chain) == facts


def test_settings_are_checked_key_by_key() -> None:
    assert problems(config()) == []
    assert problems(config({"after": 3, "stop_dead_run": True})) == []
    found = problems(config({"after": 0, "stop_dead_run": "yes", "stop": 1}))
    assert [text.split()[0] for text in found] == [
        "trainer.notices.stop:",
        "trainer.notices.after",
        "trainer.notices.stop_dead_run",
    ]
    assert problems(config(5)) == ["trainer.notices is 5, must be a mapping of options"]


def test_groups_with_contrast_are_counted_for_any_reward() -> None:
    groups = list("aabbcc")
    assert Outcomes([], [0, 0, 1, 1, 0, 1], groups).mixed == {"credit/group/mixed": 1 / 3}
    assert Outcomes([], [0.2, 0.3, -1, -1, 5, 5], groups).mixed == {"credit/group/mixed": 1 / 3}
    assert Outcomes([], [0, 0, 1, 1, 0, 0], groups).mixed == {"credit/group/mixed": 0.0}
    assert Outcomes([], [], []).mixed == {}


@pytest.mark.parametrize(
    ("verdicts", "chosen"),
    [
        (["wrong", "no_answer", "no_answer", "no_answer"], [1, 0]),
        (["no_answer"] * 8, [0, 7]),
        (["", ""], [0, 1]),
        (["wrong"], [0]),
    ],
)
def test_samples_are_of_the_commonest_verdicts_or_of_two_groups(verdicts, chosen) -> None:
    assert choose(verdicts) == chosen


class Trainer(SimpleNamespace):
    """What `Notices.observe` looks at."""

    total_training_steps = 5
    tokenizer = None
    train_dataset = SimpleNamespace(answer_mark=r"\boxed{...}")


@pytest.fixture
def file(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "notices.1.jsonl"))
    shown = (Sample("What is 1+1?", "Hm", "no_answer"),)
    monkeypatch.setattr(notices, "fetch_samples", lambda *_: (shown, 0.25))
    return tmp_path / "notices.1.jsonl"


def observe(watching: Notices, step: int, metrics: dict) -> dict:
    logged = dict(metrics)
    watching.observe(Trainer(global_steps=step), None, [], logged)
    return logged


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_dead_run_is_told_in_log_file_and_metrics(file: Path, capsys) -> None:
    watching = Notices(config({"after": 2}), None)
    assert observe(watching, 1, DEAD)["credit/notice/dead_run"] == 0.0
    assert not file.exists()
    assert observe(watching, 2, DEAD)["credit/notice/dead_run"] == 1.0
    log = capsys.readouterr().err
    for text in ("100% no_answer", "25% of the responses", r"\boxed{...}", "| What is 1+1?"):
        assert text in log
    (row,) = rows(file)
    assert (row["holds"], row["key"], row["since"], row["step"]) == (True, "dead_run", 1, 2)
    assert observe(watching, 3, {"credit/group/mixed": 0.5})["credit/notice/dead_run"] == 0.0
    assert rows(file)[1:] == [{"holds": False, "key": "dead_run", "step": 3}]


def test_without_a_file_there_is_the_log(file: Path, monkeypatch, capsys) -> None:
    monkeypatch.delenv(FILE_VARIABLE)
    observe(Notices(config({"after": 1}), None), 1, DEAD)
    assert "No group had both" in capsys.readouterr().err
    assert not file.exists()


def test_a_dead_run_ends_where_the_user_asks_for_it(file: Path) -> None:
    watching = Notices(config({"after": 2, "stop_dead_run": True}), None)
    observe(watching, 1, DEAD)
    with pytest.raises(DeadRunError, match=r"stop_dead_run=True ended the run at step 2"):
        observe(watching, 2, DEAD)
    assert rows(file)[0]["change"]


def test_a_resumed_dead_run_ends_at_its_first_step(file: Path) -> None:
    before = Notices(config({"after": 2}), None)
    observe(before, 1, DEAD)
    observe(before, 2, DEAD)
    after = Notices(config({"after": 2, "stop_dead_run": True}), None)
    after.watch.restore(before.watch.state())
    with pytest.raises(DeadRunError, match="at step 3"):
        observe(after, 3, DEAD)


def test_no_name_makes_verl_add_values_up() -> None:
    """verl reduces a metric by words in its name."""
    watching = Notices(config(name=FULL), build_chain(FULL))
    assert len(watching.watch.metrics()) == 4
    for name in ("credit/group/mixed", *watching.watch.metrics()):
        assert not [word for word in ("max", "min", "sum", "total") if word in name]
