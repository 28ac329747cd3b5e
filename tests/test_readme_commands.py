"""The command lines of README, word for word, in the folder of a new user.

What a test cannot do is named with its reason; ``train`` gets ``--dry-run`` where it has none, for
the runs themselves are those of tests/e2e.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recipes.warm_start.tokenizer import build_tokenizer

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
LINES = [line.partition("   #")[0].strip() for block in BLOCKS for line in block.splitlines()]
TABLES = re.findall(r"`(verl-credit [^`]+)`", README)

ELSEWHERE = {
    "make train": "ten minutes; tests/e2e/test_command.py trains, make itself is asked here",
    "make test": "this is it",
    "pip install -e .": "make setup runs it",
    "source .venv/bin/activate": "this Python is that of the environment",
    "verl-credit build reasoning/GSM8K-v0 -o gsm8k.parquet": "downloads the set",
    "verl-credit export outputs/cpu_addition/RUN": "tests/e2e/test_checkpoint_life.py",
    "verl-credit eval outputs/cpu_addition/RUN --samples 16": "tests/e2e/test_checkpoint_life.py",
    "verl-credit train cpu_addition --from outputs/cpu_addition/RUN@21 "
    "trainer.total_training_steps=42": "tests/e2e/test_checkpoint_life.py",
    "verl-credit inspect outputs/cpu_addition/RUN": "tests/recipes/cli/test_inspect.py",
    "verl-credit inspect outputs/cpu_addition/RUN --html credit.html": "the same",
    "verl-credit inspect RUN --step 185 --rollout 1 --svg credit.svg": "the same",
    "verl-credit dose DUMP MODEL": "tests/recipes/explain/test_show.py",
    "verl-credit compare outputs/cpu_addition/A outputs/cpu_addition/B": "tests/recipes/compare",
    "verl-credit mine-grams": "no whole command; tests/recipes/cli/test_mine_grams.py",
    "verl-credit train path/to/mine.yaml": "tests/recipes/test_readme_examples.py",
}
COMMANDS = [line for line in dict.fromkeys([*LINES, *TABLES]) if line not in ELSEWHERE]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A new user's folder: the environment and operator of README, some rows, a model."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copy(ROOT / "tests" / "envs" / "user_env_example.py", folder / "my_env.py")
    shutil.copy(ROOT / "tests" / "credit" / "user_operator_example.py", folder / "my_ops.py")
    (folder / "my.jsonl").write_text('{"problem": "What is 2+2?", "gold": "4"}\n')
    build_tokenizer([]).save_pretrained(folder / "FOLDER")
    sizes = '{"model_type": "qwen3", "vocab_size": 512, "hidden_size": 64}'
    (folder / "FOLDER" / "config.json").write_text(sizes)
    return folder


def test_readme_shows_commands():
    assert len(COMMANDS) >= 6
    assert set(ELSEWHERE) <= {*LINES, *TABLES}


@pytest.mark.parametrize("target", ["train", "test"])
def test_make_knows_its_two_commands(target):
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wanted = {"train": "verl-credit train cpu_addition", "test": "not long"}
    assert wanted[target] in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("line", COMMANDS)
def test_it_does_what_it_says(folder, line):
    dry = " --dry-run" if " train " in line and "--dry-run" not in line else ""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line + dry],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout or done.stderr
    assert "Traceback" not in done.stderr
