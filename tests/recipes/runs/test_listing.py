"""What `verl-credit runs` shows of the runs in a folder."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from filelock import FileLock
from typer.testing import CliRunner

from recipes.cli import app
from recipes.errors import RunError
from recipes.runs import Run, open_run
from recipes.runs.listing import listed, state_of

HOLD = """
import sys
from filelock import FileLock
lock = FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""
PASS = "val-credit/{}/mean/pass@1"


def make(
    path, *, created="2026-01-01T00:00:00", done=False, rows=((0, 0.25), (5, None), (10, 0.5))
):
    path.mkdir(parents=True)
    record = {"recipe": path.parent.name, "created": created, "fingerprint": "x"}
    (path / "run.json").write_text(json.dumps(record))
    settings = {
        "algorithm": {"adv_estimator": "maxrl_gtpo_sepa_hicra"},
        "data": {"seed": 3},
        "trainer": {"total_training_steps": 20},
    }
    (path / "config.yaml").write_text(yaml.safe_dump(settings))
    with (path / "metrics.1.jsonl").open("w") as file:
        for step, rate in rows:
            data = {"critic/score/mean": 0.5}
            if rate is not None:
                data |= {PASS.format("easy"): rate, PASS.format("hard"): rate / 2}
            file.write(json.dumps({"step": step, "data": data}) + "\n")
    if done:
        (path / "done").touch()
    return path


def shown(*arguments, width=80):
    return CliRunner().invoke(app, ["runs", *arguments], env={"COLUMNS": str(width)})


def test_a_row_holds_what_is_known_of_a_run(tmp_path):
    path = make(tmp_path / "outputs" / "toy" / "one", done=True)
    rows, problems = listed(tmp_path / "outputs")
    assert problems == []
    assert rows[0].as_json() == {
        "path": str(path),
        "state": "finished",
        "created": "2026-01-01T00:00:00",
        "recipe": "toy",
        "name": "one",
        "estimator": "maxrl_gtpo_sepa_hicra",
        "seed": 3,
        "step": 10,
        "planned": 20,
        "first": 0.1875,  # mean over the two sources
        "last": 0.375,
    }


def test_a_run_is_found_from_each_folder_above_it(tmp_path):
    path = make(tmp_path / "outputs" / "toy" / "one")
    for folder in (path, path.parent, path.parent.parent):
        assert [row.path for row in listed(folder)[0]] == [path]


def test_newest_first(tmp_path):
    for day in (2, 3, 1):
        make(tmp_path / "toy" / f"day{day}", created=f"2026-01-0{day}T00:00:00")
    assert [row.name for row in listed(tmp_path)[0]] == ["day3", "day2", "day1"]


def test_a_run_is_running_while_another_process_holds_it(tmp_path):
    run = Run(make(tmp_path / "toy" / "one"))
    assert state_of(run) == "stopped"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(run.path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        assert state_of(run) == "running"
        assert state_of(run) == "running"
        holder.communicate("")
    assert state_of(run) == "stopped"


def test_looking_writes_nothing_and_keeps_nobody_out(tmp_path):
    path = make(tmp_path / "toy" / "one")
    before = sorted(path.iterdir())
    listed(tmp_path)
    assert sorted(path.iterdir()) == before
    with open_run("toy", [], "a: 1\n", root=tmp_path, name="two") as run:
        assert state_of(run) == "running"
    assert state_of(run) == "stopped"
    lock = FileLock(run.path / "lock", timeout=0)
    state_of(run)
    lock.acquire()  # raises if the look had kept the lock
    lock.release()


def test_a_run_that_has_logged_nothing_is_listed(tmp_path):
    make(tmp_path / "toy" / "one", rows=())
    assert (row := listed(tmp_path)[0][0]).step == 0
    assert (row.first, row.last) == (None, None)


def test_a_run_without_a_record_has_the_name_of_its_folder(tmp_path):
    path = make(tmp_path / "toy" / "one")
    (path / "run.json").unlink()
    row = listed(tmp_path)[0][0]
    assert (row.recipe, row.created) == ("toy", "")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("run.json", '{"recipe": "to', "run.json is no JSON object"),
        ("run.json", "[1]", "run.json is no JSON object"),
        ("config.yaml", "a: [1", "config.yaml is no YAML mapping"),
        ("config.yaml", "- 1", "config.yaml is no YAML mapping"),
        ("config.yaml", "a: \x80", "config.yaml is no YAML mapping"),
    ],
)
def test_a_half_written_run_is_one_sentence_and_hides_no_other(tmp_path, file, text, said):
    make(tmp_path / "toy" / "good")
    (make(tmp_path / "toy" / "bad") / file).write_text(text, encoding="latin-1")
    rows, problems = listed(tmp_path)
    assert [row.name for row in rows] == ["good"]
    assert len(problems) == 1
    assert said in problems[0]
    result = shown(str(tmp_path))
    assert (result.exit_code, "Traceback" in result.output) == (0, False)
    assert said in " ".join(result.stderr.split())


def test_a_foreign_folder_is_one_sentence(tmp_path):
    (tmp_path / "2026-01-01" / "12-00-00" / ".hydra").mkdir(parents=True)
    (tmp_path / "notes.txt").touch()
    rows, problems = listed(tmp_path)
    assert rows == []
    assert problems == [
        f"{tmp_path}/2026-01-01/12-00-00 is no run: it holds none of run.json, config.yaml, "
        "metrics.1.jsonl."
    ]


def test_a_torn_line_of_metrics_is_no_problem(tmp_path):
    path = make(tmp_path / "toy" / "one")
    with (path / "metrics.1.jsonl").open("a") as file:
        file.write('{"step": 11, "data": {"cri')
    rows, problems = listed(tmp_path)
    assert (rows[0].step, problems) == (10, [])


def test_no_folder_is_refused_and_no_run_is_a_sentence(tmp_path):
    with pytest.raises(RunError, match="There is no folder"):
        listed(tmp_path / "nowhere")
    assert shown(str(tmp_path)).output == (
        f"There is no run in {tmp_path}; verl-credit train begins one.\n"
    )


def test_before_the_first_run_there_is_no_folder_and_that_is_no_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = shown()
    assert result.exit_code == 0
    assert result.output == "There is no run in outputs; verl-credit train begins one.\n"
    assert json.loads(shown("--json").stdout) == []


def test_80_columns_hold_the_table_and_a_wide_terminal_shows_more(tmp_path):
    for name in ("20260101-000000", "a-name-that-somebody-typed-and-likes"):
        make(tmp_path / "a_recipe_of_quite_some_length_24gb" / name)
    narrow, wide = (shown(str(tmp_path), width=width).stdout for width in (80, 160))
    assert max(map(len, narrow.splitlines())) <= 80
    for text in ("stopped", "10/20", "19% → 38%", " 3 "):
        assert narrow.count(text) == 2
    assert "begun" not in narrow
    assert "2026-01-01 00:00" in wide
    assert "a-name-that-somebody-typed-and-likes" in wide


def test_json_is_the_rows(tmp_path):
    make(tmp_path / "toy" / "one")
    (tmp_path / "foreign" / "x").mkdir(parents=True)
    assert json.loads(shown(str(tmp_path), "--json").stdout)[0]["name"] == "one"
