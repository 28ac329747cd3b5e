"""Each "to add a ..." of recipes/README.md, done as the page says in a copy of the package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recipes.catalog import description, recipe_names
from recipes.launch import preflight
from recipes.launch.compose import compose, for_hydra

ROOT = Path(__file__).parents[2]
README = (ROOT / "recipes" / "README.md").read_text()
EXAMPLES = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```", README, re.DOTALL))
LISTS = {"cli": "COMMANDS", "report/panels": "NAMES"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A folder with a copy of the package, in which every example lies and is listed."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "recipes", folder / "recipes", ignore=shutil.ignore_patterns("__py*"))
    for path, text in EXAMPLES.items():
        assert not (folder / path).exists()
        (folder / path).write_text(text)
    for room, name in LISTS.items():
        init = folder / "recipes" / room / "__init__.py"
        (added,) = (Path(p).stem for p in EXAMPLES if p.startswith(f"recipes/{room}/"))
        assert f'`"{added}"` in `{name}` of `{room}/__init__.py`' in " ".join(README.split())
        listed = init.read_text().replace(f"{name} = (\n", f'{name} = (\n    "{added}",\n')
        assert listed != init.read_text()
        init.write_text(listed)
    return folder


def verl_credit(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from recipes.cli import app; app()", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_recipe_is_listed_composes_and_passes_preflight(copy):
    folder = copy / "recipes"
    assert "cpu_two_digits" in recipe_names(folder)
    assert description("cpu_two_digits", folder).startswith("Column addition of two-digit numbers")
    config = compose("cpu_two_digits", for_hydra("cpu_two_digits", [], folder), folder)
    assert config.data.env.kwargs.digits == [2]
    assert preflight.problems(config) == []


@pytest.mark.slow
def test_a_recipe_of_ones_own_needs_no_more_than_the_page_says(copy, model_folder):
    shutil.copy(ROOT / "tests" / "envs" / "user_env_example.py", copy / "my_env.py")
    model = f"actor_rollout_ref.model.path={model_folder}"
    said = verl_credit(copy, "train", "mine.yaml", "--dry-run", model)
    assert "data.env.id: my_env:demo/Square-v0" in said
    assert "trainer.total_training_steps: 20  (verl: null)" in said


@pytest.mark.slow
def test_the_command_has_help_and_runs(copy):
    assert "Print a question of an environment and its answer." in verl_credit(copy, "--help")
    question, answer = verl_credit(copy, "ask", "reasoning/Addition-v0").splitlines()
    a, b = re.findall(r"\d+", question)
    assert int(a) + int(b) == int(answer)


@pytest.mark.slow
def test_the_panel_is_drawn_on_the_page(copy):
    run = copy / "outputs" / "toy" / "one"
    run.mkdir(parents=True)
    rows = [{"step": step, "data": {"env/turns/mean": 1 + step / 9}} for step in (1, 2, 3)]
    (run / "metrics.1.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    verl_credit(copy, "report", str(run))
    assert "<h3>Turns per episode</h3>\n<svg" in (run / "report.html").read_text()


def test_the_page_names_every_recipe_and_every_room():
    for name in recipe_names():
        assert f"| `{name}` |" in README
    rooms = {path.name for path in (ROOT / "recipes").iterdir() if path.is_dir()} - {"__pycache__"}
    assert set(re.findall(r"^\| `(\w+)/` \|", README, re.MULTILINE)) == rooms
