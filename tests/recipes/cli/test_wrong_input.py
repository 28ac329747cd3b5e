"""Whatever a user types wrong gets one sentence and exit status 2, never a traceback."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recipes.cli import COMMANDS, app

from ..campaign.toy import PLAN

ENV = """
import gymnasium
from envs.base import ReasoningEnv, Task


class E(ReasoningEnv):
    def sample_task(self, rng):
        n = int(rng.integers(10, 10_000))
        TASK


gymnasium.register("wrong/NAME-v0", entry_point=E)
"""
TASKS = {
    "int_answer": 'return Task("?", n)',
    "empty_answer": 'return Task("?", "")',
    "raising": "return {}[n]",
}
ROWS = {
    "good.jsonl": '{"question": "1+1?", "answer": "2"}',
    "columns.jsonl": '{"q": "1+1?"}',
    "bad.jsonl": "not json",
    "empty.jsonl": "",
    "bad.parquet": "PAR1 and no more",
    "nothing.jsonl": '{"output": "wait", "score": 0}',
    "no_score.jsonl": '{"a": 1}',
    "a_file": "",
}
METRICS = json.dumps({"step": 1, "data": {"critic/score/mean": 0.5}}) + "\n"
RUNS = {"toy/20260101-000000": None, "toy/broken": "a: [1", "toy/list": "- 1"}

# What is typed, and what is said.
WRONG = {
    "report outputs/toy": "outputs/toy is no run, but holds runs; give one of them: outputs/toy/",
    "report outputs": "outputs is no run, but holds runs; give one of them: outputs/toy/",
    "report folder": "folder holds no metrics.<attempt>.jsonl; give the folder of a run",
    "report a_file": "give the folder of a run",
    "report nowhere": "'nowhere' does not exist",
    "report outputs/toy/broken": "config.yaml is no YAML mapping",
    "report outputs/toy/list": "config.yaml is no YAML mapping",
    "report": "Missing argument",
    "inspect nowhere": "There is no nowhere; give a run's folder, outputs/RECIPE/NAME, or a dump.",
    "inspect folder": "folder holds no metrics.<attempt>.jsonl; give the folder of a run",
    "inspect": "Missing argument",
    "runs nowhere": "There is no folder nowhere; give the one that holds the runs",
    "runs a_file": "There is no folder a_file",
    "compare": "Missing argument",
    "compare outputs/toy/20260101-000000": "A comparison needs two runs or more; got 1.",
    "compare outputs/toy/broken outputs/toy/../toy/broken": "is given twice; give each run once.",
    "compare outputs/toy outputs/toy/broken": "outputs/toy is no run, but holds runs; give one of",
    "compare nowhere outputs/toy/broken": "There is no folder nowhere",
    "compare outputs/toy/broken outputs/toy/list": "broken has logged no held-out pass@k",
    "validate reasoning/Adition-v0": "Nearest: reasoning/Addition-v0",
    "validate reasoning/Addition-v0 digit=[1]": "takes no argument 'digit'; nearest: digits.",
    "validate reasoning/Addition-v0 digits": "'digits' is no keyword argument; write key=value.",
    "validate reasoning/Addition-v0 =3": "'=3' is no keyword argument; write key=value.",
    "validate reasoning/Addition-v0 digits=[1": "'digits=[1': the value is no YAML",
    "validate reasoning/Addition-v0 'digits=a: b: c'": "'digits=a: b: c': the value is no YAML",
    "validate reasoning/Addition-v0 digits=x": "digits must hold whole numbers from 1",
    "validate reasoning/Addition-v0 --tasks 0": "Invalid value for '--tasks'",
    "validate reasoning/Addition-v0 --task 1": "No such option: --task",
    "validate reasoning/GSM8K-v0 fil=x": "'fil' is no setting of a data set. Nearest: file.",
    "validate reasoning/GSM8K-v0 file=": "file must be the path of a prepared file; got None.",
    "validate reasoning/GSM8K-v0 file=[1]": "file must be the path of a prepared file; got [1].",
    "validate reasoning/GSM8K-v0 file=nowhere.parquet": "There is no file",
    "validate reasoning/GSM8K-v0 file=bad.parquet": "was not made by `verl-credit build`",
    "validate reasoning/GSM8K-v0 file=folder": "file=folder is a folder",
    "validate reasoning/Rows-v0": "The rows need a path=FILE",
    "validate reasoning/Rows-v0 path=bad.jsonl": "bad.jsonl cannot be read as json",
    "validate reasoning/Rows-v0 path=empty.jsonl": "empty.jsonl is empty.",
    "validate wrong_int_answer:wrong/int_answer-v0": "Task.answer is int",
    "validate wrong_empty_answer:wrong/empty_answer-v0": "The correct answer must not be empty",
    "validate wrong_raising:wrong/raising-v0": "sample_task raises KeyError:",
    "build reasoning/Rows-v0 -o x.parquet path=nowhere.jsonl": "There is no file",
    "build reasoning/Rows-v0 -o x.parquet path=folder": "folder is a folder",
    "build reasoning/Rows-v0 -o x.parquet path=bad.parquet": "cannot be read as parquet",
    "build reasoning/Rows-v0 -o x.parquet path=columns.jsonl": "has no column 'question'",
    "build reasoning/Rows-v0 -o x.parquet pth=good.jsonl": "nearest: path",
    "build reasoning/Rows-v0 -o x.parquet path": "'path' is no keyword argument",
    "build reasoning/Rows-v0 -o x.csv path=good.jsonl": "x.csv must end in .parquet",
    "build reasoning/Rows-v0 -o a_file/x.parquet path=good.jsonl": "x.parquet cannot be written",
    "build reasoning/Rws-v0 -o x.parquet": "Nearest: reasoning/Rows-v0",
    "build nowhere:demo/X-v0 -o x.parquet": "there is no module 'nowhere'",
    "build reasoning/Addition-v0 -o x.parquet": "only a data set is built",
    "build reasoning/Rows-v0 path=good.jsonl": "Missing option",
    "verify '' x": "must not be empty",
    r"verify '\frac{}{x}' '\boxed{2}'": "cannot be verified: the verifier cannot read it",
    r"verify '}{' '\boxed{2}'": "cannot be verified: its braces do not match",
    r"verify 42 '\boxed{42}' --format box": "known are boxed, answer_tag, hash",
    r"verify 42 '\boxed{42}' --timeout nan": "--timeout must be more than 0 seconds, and end",
    r"verify 42 '\boxed{42}' --timeout inf": "--timeout must be more than 0 seconds, and end",
    r"verify 42 '\boxed{42}' --timeout x": "Invalid value for '--timeout'",
    "verify 42": "Missing argument",
    "mine-grams nowhere -o g.json": "'nowhere' does not exist.",
    "mine-grams folder -o g.json": "folder holds no .jsonl files",
    "mine-grams bad.jsonl -o g.json": "bad.jsonl, line 1: not JSON",
    "mine-grams no_score.jsonl -o g.json": "this line lacks one",
    "mine-grams nothing.jsonl -o g.json": "0 of 1 rollouts have a score of at least 0.5",
    "mine-grams nothing.jsonl -o folder": "must be a file in a folder that exists",
    "mine-grams nothing.jsonl -o nowhere/g.json": "must be a file in a folder that exists",
    "mine-grams nothing.jsonl -o g.json --min-df 7": "min_df is 7.0, must be a number from 0 to 1",
    "mine-grams nothing.jsonl -o g.json --clusters x": "Invalid value for '--clusters'",
    "mine-grams nothing.jsonl -o g.json --encoder folder": "folder holds no sentence encoder",
    "explain": "Missing argument",
    "explain maxrl_gtp": "unknown; did you mean 'maxrl_gtpo'",
    "explain maxrl,gtp": "unknown operator 'gtp'; did you mean 'gtpo'",
    "explain gtpo": "needs exactly one episode operator",
    "explain maxrl_gtpo gtpo.beta": "'gtpo.beta' is no override; write key=value.",
    "explain maxrl_gtpo gtpo.beta=1,2": "gives several values",
    "explain maxrl_gtpo ~gtpo.beta": "'~gtpo.beta' deletes a key; write key=value.",
    "explain maxrl_gtpo gtpo.beta=2": "gtpo.beta is 2, must be a number from 0 to 1",
    "explain maxrl_gtpo gtpo=2": "algorithm.credit.gtpo is 2, must be a mapping of options",
    "explain maxrl_gtpo gtpo=2 gtpo.beta=1": "'gtpo.beta=1': gtpo already has a value.",
    "explain maxrl_gtpo --step x": "Invalid value for '--step'",
    "explain maxrl --group nowhere.jsonl": "nowhere.jsonl does not exist.",
    "explain maxrl --group folder": "folder is a folder; give a file.",
    "explain maxrl --group bad.jsonl": "bad.jsonl, line 1: not JSON",
    "explain maxrl --group good.jsonl": "good.jsonl, line 1: reward is None, must be a number.",
    "explain maxrl --group empty.jsonl": "empty.jsonl: no rollouts",
    "explain maxrl --group bad.parquet": "bad.parquet is no dump of verl-credit",
    "explain maxrl --model folder": "'folder' is no model",
    "explain grpo,gigpo": "gigpo needs what the environment said before each turn",
    "dose": "Missing argument",
    "dose nowhere.parquet folder": "nowhere.parquet is no file",
    "dose bad.parquet folder": "bad.parquet is no dump of verl-credit",
    "check-operator": "Missing argument",
    "check-operator gtop": "unknown operator 'gtop'; did you mean 'gtpo'",
    "check-operator nowhere.ops:mine": "no module named 'nowhere'",
    "check-operator json:loads": "must be a function under episode_operator",
    "check-env": "Missing argument",
    "check-env a:b:c": "Unknown environment 'a:b:c'",
    "check-env ''": "Unknown environment ''",
    "check-env reasoning/GSM8K-v0": "needs file=FILE.parquet",
    "check-env reasoning/Addition-v0 max_turns=x": "max_turns must be a whole number from 1",
    "check-env reasoning/Addition-v0 digits={": "'digits={': the value is no YAML",
    "list more": "Got unexpected extra argument",
    "list --al": "No such option: --al",
    "train": "Missing argument",
    "train cpu_adition": "Nearest: cpu_addition",
    "train cpu_addition data.env.idd=x": "Nearest: data.env.id",
    "train cpu_addition data.env.id=reasoning/Adition-v0": "Nearest: reasoning/Addition-v0",
    "train cpu_addition data.env.id=nowhere:demo/X-v0": "there is no module 'nowhere'",
    "train cpu_addition data.env.id=wrong_raising:wrong/raising-v0": "sample_task raises KeyError:",
    "train cpu_addition data.env.id=wrong_int_answer:wrong/int_answer-v0": "Task.answer is int",
    "train cpu_addition data.env.kwargs.digit=[1]": "takes no argument 'digit'; nearest: digits.",
    "train cpu_addition data.env.kwargs.digits=x": "digits must hold whole numbers from 1",
    "train cpu_addition data.env.train_size=0": "data.env.train_size=0 must be at least 1,",
    "warm-start cpu_adition": "Nearest: cpu_addition",
    "warm-start cpu_addition launch.warm_start.steps=x": "steps must be at least 1; got 'x'.",
    "warm-start cpu_addition data.env.id=reasoning/Adition-v0": "Nearest: reasoning/Addition-v0",
    "train cpu_addition --from nowhere": "There is no folder nowhere",
    "train cpu_addition --from outputs/toy/20260101-000000@3": "outputs/toy/20260101-000000",
    "train cpu_addition --dry-run --name a/b": "--name 'a/b' must be the name of a folder",
    "train ./nowhere.yaml": "There is no recipe nowhere.yaml: no such file.",
    "train cpu_addition data.seed": "'data.seed' is no override; write key=value.",
    "train cpu_addition --retries -1": "Invalid value for '--retries'",
    "doctor cpu_adition": "Nearest: cpu_addition",
    "doctor cpu_addition data.seed": "'data.seed' is no override; write key=value.",
    "eval nowhere": "nowhere is no folder of a run (outputs/RECIPE/NAME) or of a model.",
    "eval outputs/toy": "outputs/toy is no run, but holds runs",
    "eval outputs/toy/20260101-000000@x": "outputs/toy/20260101-000000",
    "eval folder digits=[1]": "are arguments of no environment; name it: --env.",
    "eval folder --samples 0": "Invalid value for '--samples'",
    "export nowhere": "There is no folder nowhere",
    "export outputs/toy": "outputs/toy is no run, but holds runs",
    "export outputs/toy/20260101-000000 --step 3": "outputs/toy/20260101-000000",
    "campaign plan nowhere.yaml": "file 'nowhere.yaml' does not exist.",
    "campaign status no_plan.yaml": "no_plan.yaml is no plan: a mapping with the keys question,",
    "campaign run dear.yaml": "18 runs of 0.1 h are 1.8 h, more than budget_h=1;",
    "campaign power sound.yaml --rates 1 1": "two different rates between 0 and 1",
    "nothing": "No such command 'nothing'",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "folder").mkdir()
    plans = {"no_plan": "- a", "dear": PLAN.replace("h: 2", "h: 1"), "sound": PLAN}
    for name, text in plans.items():
        (folder / f"{name}.yaml").write_text(text)
    for name, text in ROWS.items():
        (folder / name).write_text(text)
    for name, text in TASKS.items():
        (folder / f"wrong_{name}.py").write_text(ENV.replace("TASK", text).replace("NAME", name))
    for name, config in RUNS.items():
        (folder / "outputs" / name).mkdir(parents=True)
        (folder / "outputs" / name / "metrics.1.jsonl").write_text(METRICS)
        if config:
            (folder / "outputs" / name / "config.yaml").write_text(config)
    return folder


@pytest.fixture(autouse=True)
def there(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)


@pytest.mark.parametrize("typed", WRONG)
def test_one_sentence_and_exit_status_2(typed):
    result = CliRunner().invoke(app, shlex.split(typed), env={"COLUMNS": "200"})
    assert result.exit_code == 2, (result.output, result.exception)
    said = [line for line in result.stderr.splitlines() if line.startswith("error ")]
    boxed = result.stderr.count("─ Error ─")  # what typer says itself
    assert len(said) + boxed == 1, result.stderr
    assert WRONG[typed] in " ".join(result.stderr.replace("│", " ").split())


def test_every_command_is_among_them():
    tried = {typed.split()[0] for typed in WRONG}
    assert tried >= {name.replace("_", "-") for name in COMMANDS}


def test_a_wrong_gold_that_is_paid_all_the_same_is_no_error():
    gold = "the sum of 3 and 4 is 7"
    assert CliRunner().invoke(app, ["verify", gold, gold, "--bare"]).exit_code == 0


def test_a_row_with_a_bad_gold_is_a_finding_and_no_error(folder):
    (folder / "gold.jsonl").write_text('{"question": "1+1?", "answer": "}{"}')
    result = CliRunner().invoke(app, ["validate", "reasoning/Rows-v0", "path=gold.jsonl"])
    assert result.exit_code == 1, result.output
    assert "1 unverifiable" in result.stderr
