"""Benchmarks are run by hand; a test sees to it that each still finds what it measures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"
IMPORT_ALL = """
import runpy, sys
for script in sys.argv[1:]:
    sys.path.insert(0, script.rpartition("/")[0])
    runpy.run_path(script, run_name="imported")
"""


@pytest.mark.slow
def test_every_benchmark_imports() -> None:
    scripts = sorted(map(str, BENCHMARKS.rglob("*.py")))
    assert len(scripts) > 15
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *scripts],
        cwd=BENCHMARKS.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
