"""Python in a process of its own, in which nothing of verl has been imported yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def python(
    code: str,
    *flags: str,
    before: Path | None = None,
    after: Path | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run `code`, with a folder before or after all that PYTHONPATH names."""
    places = [str(before or ""), os.environ.get("PYTHONPATH", ""), str(after or "")]
    path = os.pathsep.join(filter(None, places))
    return subprocess.run(
        [sys.executable, *flags, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def last_line(run: subprocess.CompletedProcess[str]) -> str:
    """The last line of what a process printed, which must have ended well."""
    assert run.returncode == 0, run.stderr
    return run.stdout.strip().splitlines()[-1]
