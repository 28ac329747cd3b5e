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

ROOT = Path(__file__).parents[3]
SAMPLE = """
    def sample_task(self, rng):
        n = int(rng.integers(10, 10_000))
        return Task(f"What is {n} squared?", str(n * n))
"""


def check(text: str) -> str:
    return f"{SAMPLE}\n    def check(self, task, answer):\n        {text}\n"


def init(text: str) -> str:
    return f"\n    def __init__(self, **kwargs):\n        {text}\n{SAMPLE}"


# What the class holds, what is said (# is a number), which line is shown, and what to do.
BROKEN = {
    "int_answer": (
        SAMPLE.replace("str(n * n)", "n * n"),
        "draws: Task.answer is int #, must be text: use str().",
        'return Task(f"What is {n} squared?", n * n)',
        "str(n) for a number n",
    ),
    "none_answer": (
        SAMPLE.replace("str(n * n)", "None"),
        "draws: Task.answer is None, must be text.",
        'return Task(f"What is {n} squared?", None)',
        "return Task(question=..., answer=...)",
    ),
    "no_task": (
        SAMPLE.replace("return ", ""),
        "draws: sample_task must return a Task; got None.",
        "def sample_task(self, rng):",
        "return Task(question=..., answer=...)",
    ),
    "raising_sample": (
        SAMPLE.replace("return", "n = {}[n]\n        return"),
        "draws: sample_task raises KeyError: #.",
        "n = {}[n]",
        "let it return a task for every rng",
    ),
    "empty_answer": (
        SAMPLE.replace("str(n * n)", "''"),
        "draws: Task.answer is empty.",
        "def sample_task(self, rng):",
        "give the correct answer",
    ),
    "raising_check": (
        check("return int(answer) / 0 == 1"),
        "checks: check raises ZeroDivisionError: division by zero on the answer '#'.",
        "return int(answer) / 0 == 1",
        "let it return for every text",
    ),
    "check_raising_on_text": (
        check("return int(answer) == int(task.answer)"),
        "checks: check raises ValueError: invalid literal for int()",
        "return int(answer) == int(task.answer)",
        "let it return for every text",
    ),
    "check_returning_a_number": (
        check("return answer.count(task.answer)"),
        "checks: E.check must return True or False; got 1.",
        "def check(self, task, answer):",
        "let check return True or False",
    ),
    "raising_finished": (
        SAMPLE + "\n    def finished(self, task, answer):\n        return answer[100] == answer\n",
        "judges: finished raises IndexError: string index out of range.",
        "return answer[100] == answer",
        "let it return for every task and every text",
    ),
    "raising_feedback": (
        SAMPLE + "\n    def feedback(self, task, verdict):\n        return verdict.nothing\n",
        "judges: feedback raises AttributeError: 'Verdict' object has no attribute 'nothing'.",
        "return verdict.nothing",
        "let it return for every task and every text",
    ),
    "no_super": (
        init("self.top = 9"),
        "import: E.__init__ does not call super().__init__(**kwargs); let that be its first line.",
        "def __init__(self, **kwargs):",
        "hand kwargs to super().__init__",
    ),
    "argument_without_default": (
        init("super().__init__(**kwargs)").replace("self, **kwargs):", "self, size, **kwargs):"),
        "cannot be made: TypeError: E.__init__() missing 1 required positional argument: 'size'.",
        "def __init__(self, size, **kwargs):",
        "give every argument of __init__ but **kwargs a default",
    ),
    "raising_init": (
        init("self.size = {}['size']"),
        "cannot be made: KeyError: 'size'",
        "self.size = {}['size']",
        "mend that line",
    ),
    "lambda_attribute": (
        init("super().__init__(**kwargs)\n        self.f = lambda n: n * n"),
        "pickles: self.f cannot be pickled",
        "def __init__(self, **kwargs):",
        "keep lambdas, open files, locks and modules out",
    ),
    "three_tasks": (
        SAMPLE.replace("10, 10_000", "3").replace("squared", "plus 1").replace("n * n", "n + 1"),
        "held_out: train and validation share # questions, like 'What is # plus 1?'.",
        "def sample_task(self, rng):",
        "set held_out = False on the class",
    ),
    "counter": (
        "\n    n = 9\n"
        + SAMPLE.replace("n = int(rng.integers(10, 10_000))", "n = self.n = self.n + 1"),
        "determinism: the same seed, stream and index gave another task when asked again.",
        "def sample_task(self, rng):",
        "draw everything in sample_task from its rng",
    ),
    "prose": (
        SAMPLE.replace("str(n * n)", 'f"It is {n} times itself"'),
        "the verifier cannot confirm the answer of task 0, 'It is # times itself': it is prose",
        "def sample_task(self, rng):",
        "or override check",
    ),
    "unreadable_answer": (
        SAMPLE.replace("str(n * n)", 'f"the sum of {n} and 1 is 2"'),
        "'the sum of # and 1 is 2': the verifier cannot read it",
        "def sample_task(self, rng):",
        "or override check",
    ),
    "answer_in_question": (
        SAMPLE.replace("squared?", "squared? ({n * n})"),
        "unsaid: the answer stands in the question in 32 of 32 tasks, like '#'",
        "def sample_task(self, rng):",
        "leave it out",
    ),
    "long": (
        SAMPLE.replace('squared?"', 'squared?" + " Think." * 3000'),
        "short: a question has 21,021 characters; more than 8,000",
        "def sample_task(self, rng):",
        "ask for less",
    ),
}
HANGING = {
    "looping_check": (
        check("while True:\n            answer += '.'"),
        "checks: check blocks: no result in 3 s for '#'.",
    ),
    "sleeping_check": (
        "\n    import time\n" + check("self.time.sleep(3600)"),
        "checks: check blocks: no result in 3 s for '#'.",
    ),
    "looping_sample": (
        SAMPLE.replace("return", "while n:\n            n += 1\n        return"),
        "draws: sample_task blocks: no result in 5 s.",
    ),
}


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
