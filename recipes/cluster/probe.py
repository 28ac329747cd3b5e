"""What one node has. Runs there, where perhaps nothing of ours is installed: standard library only.

Ray ships this module's functions by value.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_FIELDS = "--query-gpu=name,memory.total,memory.free"
_QUERY = ["nvidia-smi", _FIELDS, "--format=csv,noheader,nounits"]
_MIB = 1 << 20
_ERROR = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception)\b")


def facts(spec: dict[str, Any]) -> dict[str, Any]:
    """Everything that a cluster's nodes are compared by.

    Args:
        spec: ``packages`` (names), ``files`` (paths to hash), ``folder`` (a path whose disk is
            looked at), ``code`` (Python that has to run there) and ``env`` (its variables); all
            may be missing.

    Returns:
        Plain values: ``python``, ``packages`` (None for one that is not installed), ``files``
        (None for one that cannot be read), ``gpus`` (name, total and free bytes), ``shm``,
        ``memory`` and ``disk`` (total and free bytes), ``open_files``, ``cpus``, ``processor``
        (its name), ``time`` (seconds), ``code`` ("" if it ran, else the end of what it printed).
    """
    found: dict[str, Any] = {
        "host": platform.node(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in spec.get("packages", ())},
        "files": {path: digest(path) for path in spec.get("files", ())},
        "gpus": _gpus(),
        "shm": _disk("/dev/shm"),
        "memory": _memory(),
        "disk": _disk(spec.get("folder", ".")),
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "cpus": len(os.sched_getaffinity(0)),
        "processor": _processor(),
    }
    if spec.get("code"):
        found["code"] = _trial(spec["code"], spec.get("env", {}), spec.get("code_s", 300.0))
    found["time"] = time.time()
    return found


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def digest(path: str) -> str | None:
    """The SHA-256 of a file, or of the names and sizes in a folder and of its small files."""
    place = Path(path).expanduser()
    try:
        return _digest_of_folder(place) if place.is_dir() else _digest_of_file(place)
    except OSError:
        return None


def _digest_of_file(place: Path) -> str:
    found = hashlib.sha256()
    with place.open("rb") as file:
        while piece := file.read(_MIB):
            found.update(piece)
    return found.hexdigest()


def _digest_of_folder(folder: Path) -> str:
    found = hashlib.sha256()
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        size = file.stat().st_size
        found.update(f"{file.name} {size}\n".encode())
        if size <= 16 * _MIB:  # of weights the size has to do
            found.update(file.read_bytes())
    return found.hexdigest()


def _gpus() -> list[dict[str, Any]]:
    try:
        told = subprocess.run(_QUERY, capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.rsplit(",", 2) for line in told.splitlines() if line.count(",") >= 2]
    return [
        {"name": name.strip(), "total": int(total) * _MIB, "free": int(free) * _MIB}
        for name, total, free in rows
    ]


def _disk(path: str) -> dict[str, int] | None:
    place = Path(path).absolute()
    try:
        here = next(folder for folder in (place, *place.parents) if folder.exists())
        usage = shutil.disk_usage(here)
    except (OSError, StopIteration):
        return None
    return {"total": usage.total, "free": usage.free}


def _memory() -> dict[str, int] | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        return {"total": kib["MemTotal"] << 10, "free": kib["MemAvailable"] << 10}
    except (OSError, KeyError, ValueError):
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):  # ARM's has no such line
        return platform.machine()


def _trial(code: str, env: dict[str, str], seconds: float) -> str:
    """Run Python as the workers of a run will; "" if it ends well."""
    try:
        ran = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {seconds:.0f} s"
    if ran.returncode == 0:
        return ""
    lines = [line for line in (ran.stderr or ran.stdout).strip().splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line)]
    return [f"exit status {ran.returncode}", *lines[-1:], *errors][-1][:500]
