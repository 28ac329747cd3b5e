"""No text of a model is ever executed, and no nonsense is paid: seen from inside the interpreter.

The cheap tiers run under `sys.addaudithook` in the caller, the symbolic one in the real worker; see
`audit_hook` for what counts, `hostile` for what is judged.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "audited_run.py"
FUZZ = Path(__file__).parent / "fuzz_verify.py"


def audited(count, folder):
    command = [sys.executable, RUN, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    print(report["strings"], report["outcomes"], report["slowest_s"])
    assert report["events"] == []
    assert report["paid"] == []
    assert list(folder.iterdir()) == []
    # Both hooks saw what they were shown.
    (here,), in_worker = report["controls"]
    assert here.startswith("compile")
    assert in_worker["error"].startswith("audit: compile")
    # The caller's process is never kept busy: its part of the work is bounded.
    assert report["slowest_s"] < 0.5
    return report


@pytest.mark.slow
def test_no_text_reaches_the_interpreter(tmp_path):
    report = audited(1_500, tmp_path)
    assert report["outcomes"]["worker: wrong"] > 0


@pytest.mark.slow
@pytest.mark.timeout(660)
def test_twenty_thousand_strings(tmp_path):
    assert audited(20_000, tmp_path)["strings"] >= 20_000


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_fuzzing_breaks_nothing(tmp_path):
    pytest.importorskip("atheris", reason="atheris is not installed: pip install atheris")
    command = [sys.executable, FUZZ, "--seconds", "60"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=170)
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(tmp_path.iterdir()) == []
