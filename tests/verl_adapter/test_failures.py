"""Sessions that failed are counted by cause and node, said, and end a run that has too many."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from credit_plugins.errors import EnvFailuresError
from credit_plugins.notices import FILE_VARIABLE
from credit_plugins.verl_adapter.dropped import Reported
from credit_plugins.verl_adapter.failures import MOST_NEWS, Failures, problems
from credit_plugins.verl_adapter.outcomes import Outcomes

N, GROUPS = 4, 4
GOOD = {"env_error": 0.0, "env_cause": "", "node": "a (10.0.0.1)", "source": "my_env:demo/X-v0"}
BAD = GOOD | {
    "env_error": 1.0,
    "env_cause": "raised FileNotFoundError",
    "env_detail": "No such file: '/data/x' (my_env.py:12, in sample_task)",
    "node": "b (10.0.0.2)",
}


def config(limits=None, env=None):
    return OmegaConf.create(
        {
            "actor_rollout_ref": {"rollout": {"n": N}},
            "data": {"train_batch_size": GROUPS, "env": env or {"id": "my_env:demo/X-v0"}},
            "trainer": {} if limits is None else {"env_failures": limits},
        }
    )


def failures(limits=None, env=None, reported=()) -> Failures:
    return Failures(config(limits, env), Reported(lambda: {"worker": list(reported)}))


def came(bad: int = 0, lost: int = 0, info: dict = BAD) -> Outcomes:
    """A step of 16 sessions, of which the first fail and the last never come back."""
    groups = [f"g{i // N}" for i in range(N * GROUPS - lost)]
    infos = [info] * bad + [GOOD] * (len(groups) - bad)
    return Outcomes(infos, [0.0] * len(groups), groups)


def observe(watching: Failures, step: int, outcomes: Outcomes, **given) -> dict[str, float]:
    return watching.observe(step, outcomes, groups=GROUPS, **given)


@pytest.fixture
def file(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "notices.1.jsonl"))
    return tmp_path / "notices.1.jsonl"


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize(
    ("bad", "lost", "metrics"),
    [
        (0, 0, (0, 0, 0)),
        (2, 0, (0, 2 / 16, 0)),
        (2, 1, (1, 3 / 16, 1)),
        (0, 5, (5, 5 / 16, 2)),  # a group that never came back, and one that lost a session
    ],
)
def test_what_failed_and_what_was_dropped_is_counted(bad, lost, metrics) -> None:
    found = observe(failures(), 1, came(bad, lost))
    assert tuple(found) == ("env/dropped", "env/failed_share", "env/short_groups")
    assert tuple(found.values()) == metrics


def test_no_name_makes_verl_add_values_up() -> None:
    """verl reduces a metric by words in its name."""
    names = {*observe(failures(), 1, came()), *failures().validated(1, [GOOD], [1])}
    for name in names:
        assert not [word for word in ("max", "min", "sum", "total") if word in name]


def test_a_reward_that_is_no_number_is_a_failure(capsys) -> None:
    outcomes = came()
    outcomes.rewards[3] = math.nan
    assert observe(failures(), 1, outcomes)["env/failed_share"] == 1 / 16
    log = capsys.readouterr().err
    assert "1x reward nan on a (10.0.0.1)." in log
    assert "Look at the reward function." in log


def test_a_loop_of_ones_own_that_says_nothing_is_counted_by_what_came_back() -> None:
    outcomes = Outcomes([{}] * 6, [0.0] * 6, list("aaaabb"))
    found = failures().observe(1, outcomes, groups=0)
    assert found == {"env/dropped": 2.0, "env/failed_share": 2 / 8, "env/short_groups": 1.0}


def test_rows_may_ask_for_another_number_of_sessions() -> None:
    watching = failures()
    watching.submitted({"uid": ["g0", "g1", "g2", "g3"], "__rollout_n__": [2, 4, 4, 8]})
    groups = ["g0"] * 2 + ["g1"] * 4 + ["g2"] * 3 + ["g3"] * 6
    found = observe(watching, 1, Outcomes([GOOD] * 15, [0.0] * 15, groups))
    assert found == {"env/dropped": 3.0, "env/failed_share": 3 / 18, "env/short_groups": 2.0}


def test_a_failure_is_said_with_cause_node_and_advice(file: Path, capsys) -> None:
    watching = failures(reported=[("raised ValueError", "c (10.0.0.3)", "no such tool", 1)])
    observe(watching, 4, came(bad=2, lost=1))
    log = capsys.readouterr().err
    for text in (
        "3 of 16 sessions of step 4 failed or were dropped (19%).",
        "2x raised FileNotFoundError on b (10.0.0.2); 1x dropped, raised ValueError on c (10.0.",
        "raised FileNotFoundError: No such file: '/data/x' (my_env.py:12, in sample_task).",
        "dropped, raised ValueError: no such tool.",
        "1 of 4 groups lost sessions.",
        "Run `verl-credit check-env my_env:demo/X-v0` on that node.",
        "Error in _run_prompt",
        "the run ends at 20% for 3 steps in a row",
    ):
        assert text in log
    (row,) = rows(file)
    assert (row["holds"], row["key"], row["since"], row["step"]) == (True, "env_failures", 4, 4)


def test_it_is_said_again_when_cause_or_node_is_new_and_at_the_end(file: Path) -> None:
    watching = failures({"share": 1.0})
    for step, info in enumerate([GOOD, BAD, BAD, BAD | {"node": "c"}, GOOD, BAD], 1):
        observe(watching, step, came(bad=1, info=info), last=step == 6)
    said = [(row["since"], row["step"]) for row in rows(file)]
    assert said == [(2, 2), (4, 4), (2, 6)]
    assert rows(file)[-1]["title"].startswith("4 of 80 sessions of steps 2 to 6 failed")


def test_causes_without_end_are_not_said_without_end(file: Path, capsys) -> None:
    watching = failures({"share": 1.0})
    for step in range(1, 400):
        observe(watching, step, came(bad=1, info=BAD | {"env_cause": f"reward {step / 1000}"}))
    assert len(rows(file)) == MOST_NEWS
    observe(watching, 400, came(bad=1), last=True)
    assert len(rows(file)[-1]["seen"][0]) < 400
    # Two hundred are kept apart; the rest are one.
    assert "200x other causes on b (10.0.0.2)" in rows(file)[-1]["seen"][0]
    assert "196x for 196 other reasons" in rows(file)[-1]["seen"][0]


@pytest.mark.parametrize("foreign", [{"env_error": "yes"}, {"env_error": None}, {"node": 5}, {}])
def test_foreign_values_are_no_failure(foreign) -> None:
    assert observe(failures(), 1, came(bad=1, info=foreign))["env/failed_share"] == 0


@pytest.mark.parametrize("cause", [None, 7, "x" * 10**7, "a\ud800b", "two\nlines"])
def test_a_foreign_cause_is_said_in_short_and_can_be_printed(cause, capsys) -> None:
    observe(failures(), 1, came(bad=1, info=BAD | {"env_cause": cause, "env_detail": cause}))
    assert 0 < len(capsys.readouterr().err.encode()) < 1500


# ---- the end of a run --------------------------------------------------------------------------


def test_too_many_for_three_steps_end_the_run(capsys) -> None:
    watching = failures()
    for step in (7, 8):
        observe(watching, step, came(bad=3, lost=1))  # 25%
    with pytest.raises(EnvFailuresError) as caught:
        observe(watching, 9, came(bad=4))
    said = str(caught.value)
    for text in (
        "25% of the 48 sessions of steps 7 to 9 failed",
        "trainer.env_failures.share=0.2",
        "trainer.env_failures.steps=3",
        "10x raised FileNotFoundError on b (10.0.0.2); 2x dropped, no cause given.",
        "No such file: '/data/x'",
        "`verl-credit check-env my_env:demo/X-v0`",
    ):
        assert text in said
    assert "\n" not in said


def test_a_better_step_between_lets_the_run_go_on() -> None:
    watching = failures()
    for step in range(1, 20):
        observe(watching, step, came(bad=3 if step % 3 == 0 else 4))


def test_a_share_just_below_is_none_too_many() -> None:
    watching = failures({"share": 0.26})
    for step in range(1, 9):
        observe(watching, step, came(bad=4))


def test_the_limits_are_settings() -> None:
    with pytest.raises(EnvFailuresError, match=r"at least trainer\.env_failures\.share=0\.05 of"):
        observe(failures({"share": 0.05, "steps": 1}), 1, came(bad=1))


@pytest.mark.parametrize(("bad", "lost"), [(16, 0), (12, 4), (0, 16)])
def test_nothing_but_failures_end_the_run_at_once(bad, lost) -> None:
    with pytest.raises(EnvFailuresError, match="All 16 sessions of step 1 failed: "):
        observe(failures({"share": 1.0, "steps": 9}), 1, came(bad, lost))


def test_batches_of_one_step_count_as_one() -> None:
    watching = failures()
    for step in (1, 1, 1, 2, 2, 2):
        observe(watching, step, came(bad=4))
    with pytest.raises(EnvFailuresError, match="of the 112 sessions of steps 1 to 3"):
        observe(watching, 3, came(bad=4))


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"mix": {"words": {"id": "w:demo/W-v0"}}}, "w:demo/W-v0"),
        ({"validation": {"words": {"id": "v:demo/V-v0"}}}, "v:demo/V-v0"),
        ({"id": "words"}, "words"),
    ],
)
def test_the_advice_names_the_id_behind_an_entry(env, named, capsys) -> None:
    observe(failures(env=env), 1, came(bad=1, info=BAD | {"source": "words"}))
    assert f"`verl-credit check-env {named}`" in capsys.readouterr().err


def test_settings_are_checked_key_by_key() -> None:
    assert problems(config()) == problems(config({"share": 1, "steps": 1})) == []
    found = problems(config({"share": 0, "steps": 0, "stepz": 1}))
    assert [text.split()[0] for text in found] == [
        "trainer.env_failures.stepz:",
        "trainer.env_failures.share",
        "trainer.env_failures.steps",
    ]
    for share in (1.1, -0.2, True, "much", None):
        assert problems(config({"share": share}))[0].endswith("a number above 0 and at most 1")
    assert problems(config(0.2)) == ["trainer.env_failures is 0.2, must be a mapping of options"]


# ---- validation, and verl's own errors ---------------------------------------------------------


def test_failures_of_a_validation_are_counted_and_said(file: Path, capsys) -> None:
    watching = failures()
    found = watching.validated(5, [GOOD] * 6 + [BAD], expected=[4, 4])
    assert found == {"val-env/dropped": 1.0, "val-env/failed_share": 2 / 8}
    log = capsys.readouterr().err
    assert "2 of 8 sessions of the validation at step 5 failed or were dropped (25%)." in log
    assert rows(file)[0]["key"] == "env_failures_in_validation"
    watching.validated(6, [BAD] * 8, expected=[4, 4])  # ends no run, and is no news
    assert len(rows(file)) == 1
    assert watching.validated(7, [GOOD], expected=[]) == {
        "val-env/dropped": 0.0,
        "val-env/failed_share": 0.0,
    }


def test_a_step_without_rows_names_the_cause_and_not_only_verls_sentence() -> None:
    watching = failures(reported=[("raised KeyError", "c", "'tool'", 16)])
    sentence = "Sync replay buffer selected terminal groups with no materializable trajectories."
    with (
        pytest.raises(EnvFailuresError, match=r"All 16 sessions of step 3 .*16x dropped, raised K"),
        watching.explained(SimpleNamespace(global_steps=3)),
    ):
        raise RuntimeError(sentence)


@pytest.mark.parametrize("error", [RuntimeError("CUDA"), KeyError("x"), KeyboardInterrupt()])
def test_other_errors_pass_as_they_are(error) -> None:
    with (
        pytest.raises(type(error)) as caught,
        failures().explained(SimpleNamespace(global_steps=3)),
    ):
        raise error
    assert caught.value is error


def test_a_validation_without_rows_names_the_cause() -> None:
    error, at = ValueError("keys or partition were not found!"), SimpleNamespace(global_steps=0)
    with pytest.raises(ValueError, match="not found"), failures().validating(at):
        raise error
    watching = failures(reported=[("raised KeyError", "c", "'tool'", 8)])
    with (
        pytest.raises(EnvFailuresError, match=r"0 ended with .*not found!.*8x dropped, .*The log"),
        watching.validating(at),
    ):
        raise error
