"""`verl-credit check-env` on environments that are broken in one way each, as an author sees it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from envs.check import examine
from envs.torch_dataset import EnvDataset
from recipes.cli import app

from .broken import BROKEN, HANGING, SAMPLE, check

ROOT = Path(__file__).parents[3]


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write a module with a class and go to its folder, where nothing but it is to be found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def written(name: str, body: str, head: str = "", tail: str | None = None) -> str:
        register = f'gymnasium.register("broken/{name}-v0", entry_point=E)\n'
        Path(f"{name}.py").write_text(
            f"{head}import gymnasium\nfrom envs.base import ReasoningEnv, Task\n\n\n"
            f"class E(ReasoningEnv):{body}\n\n{register if tail is None else tail}"
        )
        return f"{name}:broken/{name}-v0"

    return written


def told(*arguments: str, status: int) -> str:
    """What is printed, the logs of our packages included."""
    result = CliRunner().invoke(app, ["check-env", *arguments], env={"COLUMNS": "80"})
    assert result.exit_code == status, (result.output, result.exception)
    assert "Traceback" not in result.output
    return result.output


def matches(text: str, output: str) -> bool:
    return bool(re.search(re.escape(text).replace(r"\#", r"\d+"), output))


@pytest.mark.parametrize("name", BROKEN)
def test_the_first_cause_is_said_with_its_line_and_what_to_do(name, written, caplog):
    body, what, source, fix = BROKEN[name]
    output = told(written(name, body), status=1)
    assert output.count("\nx ") + output.startswith("x ") == 1
    said, shown, do = output[output.index("x ") :].split("\n  ", 2)
    assert matches(what, said)
    number = 1 + Path(f"{name}.py").read_text()[
        : Path(f"{name}.py").read_text().index(source)
    ].count("\n")
    assert f"{name}.py:{number}, in " in shown
    assert f"    {source}\n" in do
    assert fix in do
    assert caplog.text == ""  # nothing is said twice


@pytest.mark.slow
@pytest.mark.parametrize("name", HANGING)
def test_what_blocks_is_killed_and_its_line_shown(name, written, tmp_path):
    body, what = HANGING[name]
    command = [sys.executable, "-c", "from recipes.cli import app; app()", "check-env"]
    started = time.monotonic()
    done = subprocess.run(
        [*command, written(name, body)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert matches(what, done.stdout)
    assert re.search(
        rf"{name}\.py:\d+, in (check|sample_task)\n +(while|answer|self\.time|n )", done.stdout
    )
    # 5 to 6 s on a quiet machine; 10 are promised.
    assert time.monotonic() - started < 25


def test_what_is_looked_at_is_shown_while_it_takes_time(written, tmp_path):
    seen: list[str] = []
    examine(written("good", SAMPLE), {}, seen.append)
    assert seen[:3] == [
        "import: make the environment",
        "draws: Draw a task of every stream.",
        "checks: Ask an own check about a right answer, a wrong one and a text.",
    ]
    assert len(seen) == len(set(seen)) > 12


@pytest.mark.parametrize(
    ("head", "tail", "what", "line"),
    [
        ("import no_such_package\n", None, "needs the package 'no_such_package'", 1),
        ("def f(:\n", None, "cannot be imported: SyntaxError: invalid syntax", 1),
        ("x = 1 / 0\n", None, "cannot be imported: ZeroDivisionError: division by zero", 1),
    ],
    ids=["package", "syntax", "raises"],
)
def test_a_module_that_does_not_import(head, tail, what, line, written, request):
    name = f"not_imported_{request.node.callspec.id}"
    output = told(written(name, SAMPLE, head, tail), status=1)
    assert what in output
    assert f"\n  {name}.py:{line}" in output
    assert f"\n      {head}" in output


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("", "registers no environment; end it with gymnasium.register('broken/"),
        (
            'gymnasium.register("broken/Other-v0", entry_point=E)\n',
            "does not register 'broken/unregistered_other-v0'; it registers broken/Other-v0.",
        ),
    ],
    ids=["nothing", "other"],
)
def test_a_module_that_does_not_register_the_id(tail, said, written, request):
    name = f"unregistered_{request.node.callspec.id}"
    output = told(written(name, SAMPLE, tail=tail), status=2)
    assert said in output
    assert output.count("error") == 1


@pytest.mark.parametrize(
    ("module", "said"),
    [("no_such", "no module 'no_such'"), ("no_such.py", "A module is named without .py.")],
)
def test_a_module_that_is_not_there(module, said):
    assert said in told(f"{module}:demo/E-v0", status=2)


def test_a_sample_task_is_shown_in_any_case(written):
    for name, body, status in (("fine", SAMPLE, 0), ("leaky", BROKEN["long"][0], 1)):
        output = told(written(f"sample_{name}", body), status=status)
        assert matches("  question What is # squared?", output)
        assert matches("  answer   #\n", output)
        assert re.search(
            r"  prompt   [\d,]+ characters; --model FOLDER counts its tokens\n", output
        )


def test_with_a_model_its_tokens_are_counted_as_training_makes_them(written, tmp_path):
    from recipes.warm_start.tokenizer import build_tokenizer

    env_id = written("counted", SAMPLE)
    tokenizer = build_tokenizer(["What is 12 squared?\nPut the final answer in \\boxed{}."])
    tokenizer.save_pretrained(tmp_path / "model")
    output = told(env_id, "--model", "model", status=0)
    question = re.search(r"  question (.*)\n", output)[1]
    row = EnvDataset("train", None, {"env": {"id": env_id}})[0]
    (prompt,) = row["raw_prompt"]
    assert prompt["content"].startswith(f"{question}\n")
    count = len(tokenizer.apply_chat_template([prompt], add_generation_prompt=True)["input_ids"])
    assert f"  prompt   {count} tokens; the longest of the first 64 has " in output


def test_a_folder_without_a_tokenizer_is_refused(written, tmp_path):
    (tmp_path / "empty").mkdir()
    env_id = written("untold", SAMPLE)
    assert "empty has no tokenizer" in told(env_id, "--model", "empty", status=2)
    assert "does not exist" in told(env_id, "--model", "nowhere", status=2)


def test_few_tasks_pass_with_held_out_false_and_it_is_said_what_that_means(written):
    body = "\n    held_out = False\n" + BROKEN["three_tasks"][0]
    output = told(written("three_allowed", body), status=0)
    assert "note: held_out is False, so train and validation may ask the same" in output
    assert "held_out" not in told("reasoning/Addition-v0", status=0)


@pytest.mark.parametrize(
    "body",
    [
        BROKEN["prose"][0] + check("return answer == task.answer").removeprefix(SAMPLE),
        SAMPLE.replace("str(n * n)", r'r"\frac{1}{2} \text{ of a cake}"'),
        SAMPLE.replace("str(n * n)", "'yes'").replace("squared?", "a square, yes or no?"),
        SAMPLE.replace("squared?", "squared: {n * n} or {n}?").replace("n))", "n), choices=2)"),
    ],
    ids=["own check", "few words", "yes or no", "choices"],
)
def test_what_is_no_finding(body, written, request):
    name = "sound_" + request.node.callspec.id.replace(" ", "_")
    assert f"ok {name}:" in told(written(name, body), status=0)


def test_wrong_arguments_of_ours_are_named():
    output = told("reasoning/Addition-v0", "digit=[1]", status=2)
    assert "error AdditionEnv takes no argument 'digit'; nearest: digits." in output
