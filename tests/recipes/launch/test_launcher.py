"""`train` around a stand-in for verl's process: folders, resume, stop, failure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml

import recipes.warm_start
from credit_plugins.verl_adapter import releases
from recipes.errors import PreflightError
from recipes.launch import launcher
from recipes.runs.timeline import ENDED, read

from .toy import RECIPE, only_run, steps

pytestmark = pytest.mark.slow  # seconds each: a process, or verl's whole configuration


def test_a_run_from_start_to_report(toy):
    status, out = toy()
    run = only_run(toy)
    assert status == 0
    assert "warning: take care" in out
    assert (run / "done").exists()
    assert toy.reports == [run]
    assert steps(run / "metrics.1.jsonl") == [1, 2, 3]
    assert "step 3/3  reward 0.300" in out
    assert "TOY 5" in (run / "train.log").read_text()
    assert f"default_local_dir: {run}/checkpoints" in (run / "config.yaml").read_text()


def test_the_file_logger_is_always_on(toy):
    toy()
    assert "trainer.logger=[console,file]" in (only_run(toy) / "train.log").read_text()


def test_the_file_logger_stays_on_beside_loggers_that_the_user_names(toy):
    toy("trainer.logger=[console,tensorboard]")
    (folder,) = toy.outputs.iterdir()
    logger = yaml.safe_load((folder / "config.yaml").read_text())["trainer"]["logger"]
    assert logger == ["console", "tensorboard", "file"]


def test_a_finished_run_is_followed_by_a_new_one(toy):
    toy()
    toy()
    assert len(list(toy.outputs.iterdir())) == 2


def test_every_launch_writes_down_what_it_ran_in(toy):
    toy("trainer.logger=[console]")
    run = only_run(toy)
    (launch,) = json.loads((run / "run.json").read_text())["launches"]
    assert launch["command"] == "verl-credit train toy 'trainer.logger=[console]'"
    assert launch["versions"]["verl-credit"]
    assert launch["versions"]["verl"] == releases.installed()
    assert launch["cpus"] >= 1
    assert launch["processor"]
    assert launch["memory"] > 1e8
    (run / "done").unlink()
    toy("trainer.logger=[console]")
    assert len(json.loads((run / "run.json").read_text())["launches"]) == 2


def test_the_timeline_ends_with_the_attempt(toy):
    toy()
    (phases,) = read(only_run(toy) / "timeline.jsonl").values()
    assert list(phases)[-1] == ENDED
    assert 0 < phases[ENDED] < 60


def test_the_users_overrides_come_last(toy, tmp_path):
    toy(f"trainer.default_local_dir={tmp_path}/elsewhere")
    line = (only_run(toy) / "train.log").read_text().splitlines()[0]
    own, users = line.split("trainer.default_local_dir=")[1:]
    assert "checkpoints" in own
    assert users.startswith(f"{tmp_path}/elsewhere")


SAY = """
if step == 2:
    row = {"holds": True, "key": "dead_run", "since": 1, "step": 2, "title": "No [b]group[/b].",
           "seen": ["97% no_answer."], "change": ["Tell it."], "samples": []}
    with open(os.environ["VERL_CREDIT_NOTICES"], "a") as file:
        print(json.dumps(row), file=file)
if step == 3:
    time.sleep(1.5)
"""


def test_what_the_run_says_about_itself_is_shown_while_it_trains(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", SAY)
    _, out = toy()
    lines = out.splitlines()
    assert lines[lines.index("No [b]group[/b].") + 1] == "  Seen: 97% no_answer."
    assert "  Change: Tell it." in lines
    assert (only_run(toy) / "notices.1.jsonl").exists()


def test_failure_is_explained_and_the_same_command_resumes(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", "if step == 2: raise RuntimeError('the disk is full')")
    status, out = toy()
    assert status == 1
    assert "RuntimeError: the disk is full" in out
    assert "Traceback" not in out
    assert toy.reports == []
    monkeypatch.delenv("AT_STEP")
    status, out = toy()
    assert status == 0
    assert "Resuming" in out
    assert steps(only_run(toy) / "metrics.1.jsonl") == [1, 2]
    assert steps(only_run(toy) / "metrics.2.jsonl") == [3]


def test_killed_child_is_told_by_its_signal(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", "os.kill(os.getpid(), 9)")
    status, out = toy()
    assert status == 137
    assert "killed by SIGKILL" in out


def test_an_error_of_an_earlier_attempt_is_not_repeated(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", "raise RuntimeError('first')")
    toy()
    monkeypatch.setenv("AT_STEP", "sys.exit('second')")  # no line that looks like an error
    _, out = toy()
    assert "second" in out
    assert "first" not in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_in_order_and_the_same_command_resumes(toy, monkeypatch, number):
    stop = f"if step == 2: os.kill({os.getpid()}, {int(number)}); time.sleep(100)"
    monkeypatch.setenv("AT_STEP", stop)
    begin = time.monotonic()
    before = signal.getsignal(number)
    status, out = toy()
    assert status == 128 + number
    assert time.monotonic() - begin < 60
    assert "the same command resumes" in out
    assert signal.getsignal(number) is before
    monkeypatch.delenv("AT_STEP")
    assert toy()[0] == 0
    assert steps(only_run(toy) / "metrics.2.jsonl") == [3]


def test_leftovers_of_a_killed_attempt_are_ended_first(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", "raise RuntimeError('first')")
    toy()
    monkeypatch.delenv("AT_STEP")
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        env={**os.environ, "VERL_CREDIT_RUN": str(only_run(toy))},
    )
    try:
        assert "Ended 1 process" in toy()[1]
        assert left.wait(5) == -signal.SIGTERM
    finally:
        left.kill()
        left.wait()


def test_warm_start_gives_the_models_path(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(launcher, "warm_start", lambda config: tmp_path / "model")
    toy()
    assert f"path: {tmp_path / 'model'}\n" in (only_run(toy) / "config.yaml").read_text()


def test_a_model_of_the_users_needs_no_warm_start(toy, monkeypatch):
    made = []
    monkeypatch.setattr(recipes.warm_start, "ensure", lambda **settings: made.append(settings))
    recipe = toy.outputs.parents[1] / "recipes" / "toy.yaml"
    recipe.write_text(RECIPE.replace("warm_start: null", "warm_start: {env_id: x}"))
    assert toy("actor_rollout_ref.model.path=/mine")[0] == 0
    assert made == []
    with pytest.raises(AttributeError):  # without one it is made: the stand-in gives no folder
        toy()
    assert made == [{"env_id": "x"}]


def test_refused_configuration_leaves_no_folder(toy, monkeypatch):
    def refuse(config, root):
        raise PreflightError(["no", "never"])

    monkeypatch.setattr(launcher.preflight, "check", refuse)
    with pytest.raises(PreflightError, match="no\nnever"):
        toy()
    assert not toy.outputs.exists()


def test_the_run_and_the_recipe_give_their_names_unless_they_are_set(toy):
    toy("trainer.project_name=mine", name="first")
    config = yaml.safe_load((only_run(toy) / "config.yaml").read_text())["trainer"]
    assert (config["project_name"], config["experiment_name"]) == ("mine", "first")
    toy("trainer.experiment_name=arm_b", name="second")
    config = yaml.safe_load((toy.outputs / "second" / "config.yaml").read_text())["trainer"]
    assert (config["project_name"], config["experiment_name"]) == ("toy", "arm_b")


def test_long_prompts_leave_no_folder(toy, monkeypatch):
    def refuse(config, console):
        raise PreflightError(["too long"])

    monkeypatch.setattr(launcher.preflight, "check_prompts", refuse)
    with pytest.raises(PreflightError, match="too long"):
        toy()
    assert not toy.outputs.exists()


def test_command_is_stock_verl(tmp_path):
    from recipes.catalog import RECIPES_DIR
    from recipes.launch.attempt import command

    verl = (sys.executable, "-m", "verl.trainer.main_ppo")
    assert command(RECIPES_DIR / "cpu_addition.yaml", ["a=1", "++b=2"]) == [
        *verl,
        *("--config-dir", str(RECIPES_DIR), "--config-name", "cpu_addition"),
        *("a=1", "++b=2"),
    ]
    (tmp_path / "toy.yaml").write_text(RECIPE)
    assert command(tmp_path / "toy.yaml", ["a=1"]) == [
        *verl,
        *("--config-dir", str(tmp_path), "--config-name", "toy"),
        *("hydra.searchpath=['pkg://verl.trainer.config','pkg://recipes']", "a=1"),
    ]


FAIL_TWICE = """
saved.with_name("latest_checkpointed_iteration.txt").write_text(str(step))
count = len(list(pathlib.Path(os.environ["VERL_FILE_LOGGER_PATH"]).parent.glob("metrics.*")))
if count < 3:
    raise SystemExit("RuntimeError: lightning")
"""


def test_a_run_that_fails_goes_on_by_itself_as_often_as_asked(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", FAIL_TWICE)
    status, out = toy(retries=2)
    assert status == 0
    said = [line for line in out.splitlines() if line.startswith("Retry")]
    assert said == [
        "Retry 1 of 2: it goes on from global_step_1.",
        "Retry 2 of 2: it goes on from global_step_2.",
    ]
    assert [steps(only_run(toy) / f"metrics.{k}.jsonl") for k in (1, 2, 3)] == [[1], [2], [3]]
    assert out.count("RuntimeError: lightning") == 2
    assert toy.reports == [only_run(toy)]


def test_after_the_last_retry_the_failure_stands(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", FAIL_TWICE)
    status, out = toy(retries=1)
    assert status == 1
    assert "Retry 1 of 1" in out
    assert out.splitlines()[-1] == "The same command goes on from global_step_2."
    assert not (only_run(toy) / "done").exists()
    assert toy.reports == []


def test_a_stop_is_no_failure_to_be_retried(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", f"os.kill({os.getpid()}, 2); time.sleep(20)")
    status, out = toy(retries=3)
    assert status == 130
    assert "Retry" not in out


def test_a_run_whose_metrics_lie_elsewhere_says_so(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", "step == 3 and os.unlink(os.environ['VERL_FILE_LOGGER_PATH'])")
    status, out = toy()
    assert status == 0
    assert "left no metrics in" in out
    assert toy.reports == []
