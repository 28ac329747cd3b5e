"""Runs with dumps, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from credit_plugins.dump import Dump
from recipes.viewer import open_dumps
from tests.recipes.viewer.dumps import make_run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs: ``a``, ``b`` on the same tasks, ``c`` like ``a`` at another beta, and ``turns``."""
    folder = tmp_path_factory.mktemp("outputs") / "toy"
    make_run(folder / "a", groups=3)
    make_run(folder / "b", groups=3, texts="b", steps=(5, 20))
    make_run(folder / "c", groups=3, credit={"gtpo": {"beta": 0.1}})
    make_run(folder / "turns", groups=1, turns=2, steps=(1,))
    return folder


@pytest.fixture(scope="session")
def dump(runs: Path) -> Dump:
    """The last step of ``a``."""
    return open_dumps(runs / "a").load()
