"""A user's own `check` reaches the limited worker from wherever its class lives."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

MODULE = """
    import time
    {top}
    from envs.base import ReasoningEnv, Task

    class Lived(ReasoningEnv):
        def sample_task(self, rng):
            return Task("?", "5")
        def check(self, task, answer):
            {body}
"""
USE = """
    env = Lived()
    env.reset(seed=0)
    _, reward, _, _, info = env.step(r"\\boxed{5}")
    print(reward, info["verdict"])
"""


def run(script, **kwargs):
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, **kwargs)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def module(top="", body="return answer == task.answer"):
    return textwrap.dedent(MODULE).format(top=top, body=body)


def test_in_main(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(module(top="import math") + textwrap.dedent(USE))
    command = [sys.executable, script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "1.0 correct", done.stderr


def test_in_a_folder_of_the_user_that_was_added_late(tmp_path):
    (tmp_path / "helper.py").write_text("def same(a, b):\n    return a == b\n")
    (tmp_path / "mine.py").write_text(
        module(top="from helper import same", body="return same(answer, task.answer)")
    )
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom mine import Lived\n"
    assert run(script + textwrap.dedent(USE)) == "1.0 correct"


def test_in_the_folder_one_works_in_with_files_beside_it(tmp_path):
    (tmp_path / "words.txt").write_text("5")
    top = "from pathlib import Path; WORD = Path('words.txt').read_text()"
    (tmp_path / "mine.py").write_text(module(top=top, body="return answer == WORD"))
    path = os.pathsep.join(p for p in sys.path if p)
    env = {**os.environ, "PYTHONPATH": path}
    script = "from mine import Lived\n" + textwrap.dedent(USE)
    assert run(script, cwd=tmp_path, env=env) == "1.0 correct"


@pytest.mark.slow
def test_a_slow_or_heavy_import_costs_the_answer_nothing(tmp_path):
    """More time than the deadline, more memory than the limit; one that hangs comes after it."""
    top = "time.sleep(3.5); import numpy; HELD = bytearray(560 << 20); import envs; envs.make"
    body = "return bool(numpy.eye(3).sum() == 3 and bytearray(32 << 20) and HELD)"
    (tmp_path / "mine.py").write_text(module(top=top, body=body))
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom mine import Lived\n"
    assert run(script + textwrap.dedent(USE)) == "1.0 correct"


@pytest.mark.slow
def test_torch_at_the_top_of_a_module(tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "mine.py").write_text(
        module(top="import torch", body="return bool(torch.eye(3).sum() == 3)")
    )
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom mine import Lived\n"
    assert run(script + textwrap.dedent(USE)) == "1.0 correct"


def test_a_module_the_worker_cannot_import_is_named(tmp_path):
    (tmp_path / "mine.py").write_text(
        module(top="import os; from pathlib import Path; HELP = os.environ['ONLY_HERE']")
    )
    script = textwrap.dedent(f"""
        import os, sys
        sys.path.insert(0, {str(tmp_path)!r})
        os.environ["ONLY_HERE"] = "1"
        from mine import Lived
        from envs.errors import EnvContractError
        env = Lived()
        env.reset(seed=0)
        try:
            env.step(r"\\boxed{{5}}")
        except EnvContractError as error:
            print(error)
    """)
    said = run(script)
    assert said.startswith("Lived cannot be loaded in the worker that checks: KeyError")
    assert "ONLY_HERE" in said


def test_no_environment_variable_of_the_trainer_is_seen():
    script = """
        import os
        os.environ["API_TOKEN"] = "s3cret"
        from envs.base import ReasoningEnv, Task
        class Main(ReasoningEnv):
            def sample_task(self, rng):
                return Task("?", "5")
            def check(self, task, answer):
                return "API_TOKEN" not in os.environ
        env = Main()
        env.reset(seed=0)
        assert env.step(r"\\boxed{5}")[1] == 1.0
    """
    run(script)
