"""The worked examples of the package's READMEs, done in a copy of the package as a reader would.

A block after `<!-- file: PATH -->` is a file; one after `<!-- in PATH, below: TEXT -->` goes below
the line that holds TEXT; `sh` blocks are typed, and what `pycon` blocks show must be what happens.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
CLI = "import sys; from recipes.cli import app; sys.argv[0] = 'verl-credit'; app()"
EXAMPLES = [
    ("envs/README.md", "What a class may define"),
    ("envs/README.md", "To add an environment"),
    ("envs/README.md", "To add a data set"),
    ("envs/README.md", "To mix environments"),
    ("envs/verify/README.md", "To add an answer form"),
]
_BLOCK = re.compile(r"(?:<!-- ([^\n]*) -->\n)?```(\w+)\n(.*?)```\n", re.DOTALL)


class Block(NamedTuple):
    note: str
    language: str
    text: str


def blocks(page: str, heading: str) -> list[Block]:
    (section,) = re.findall(
        rf"^## {heading}\n(.*?)(?=^## |\Z)", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE
    )
    return [Block(*found) for found in _BLOCK.findall(section)]


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "envs", tmp_path / "envs", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, (folder, ROOT)))
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=110,
    )


def shown(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "shown.txt").write_text(text)
    return run(folder, "-m", "doctest", "shown.txt")


def do(folder: Path, block: Block) -> None:
    if note := re.fullmatch(r"file: (\S+)", block.note):
        path = folder / note[1]
        assert not path.exists(), f"{path} is there already"
        path.write_text(block.text)
    elif note := re.fullmatch(r"in (\S+), below: (.+)", block.note):
        path = folder / note[1]
        lines = path.read_text().splitlines(keepends=True)
        (at,) = (i for i, line in enumerate(lines) if line.strip() == note[2])
        path.write_text("".join([*lines[: at + 1], block.text, *lines[at + 1 :]]))
    elif block.language == "sh":
        for line in block.text.splitlines():
            name, *arguments = shlex.split(line)
            assert name == "verl-credit"
            done = run(folder, "-c", CLI, *arguments)
            assert done.returncode == 0, done.stdout + done.stderr
    elif block.language == "pycon":
        done = shown(folder, block.text)
        assert done.returncode == 0, done.stdout + done.stderr
    else:
        pytest.fail(f"nobody says what to do with {block.text!r}")


@pytest.mark.slow
@pytest.mark.parametrize(("page", "heading"), EXAMPLES, ids=lambda text: text)
def test_whoever_does_what_the_page_says_gets_what_it_shows(page, heading, folder):
    steps = blocks(page, heading)
    languages = {step.language for step in steps}
    assert "pycon" in languages
    assert languages & {"python", "yaml"}
    # Before anything is added, nothing of it works.
    assert all(shown(folder, s.text).returncode for s in steps if s.language == "pycon")
    for step in steps:
        do(folder, step)


@pytest.mark.parametrize("page", sorted({page for page, _ in EXAMPLES}))
def test_every_file_in_the_table_of_files_exists(page):
    home = (ROOT / page).parent
    (table,) = re.findall(r"^\| here \| is \|\n(.*?)\n\n", (ROOT / page).read_text(), re.S | re.M)
    rows = [line.split("|")[1] for line in table.splitlines()]
    named = [name for row in rows for name in re.findall(r"`([\w./]+)`", row)]
    assert len(named) >= 8
    assert [name for name in named if not (home / name).exists()] == []
