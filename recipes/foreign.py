"""Packages of other people that bear the name of one of ours and would be imported in its place."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

# Each of our packages and a folder in it, by which a copy of it is told from another's.
_OURS = {"credit_plugins": "verl_adapter", "envs": "verify", "recipes": "launch"}


def hiding_here() -> Iterator[str]:
    """What this process imports under our names that is not ours, one sentence each."""
    for name in _OURS:
        spec = importlib.util.find_spec(name)
        file = Path(spec.origin) if spec and spec.origin else None
        if file is None or _is_foreign(name, file):
            yield (
                f"{file or name} takes the place of verl-credit's own package {name!r}: rename it, "
                "uninstall it, or leave its folder out of PYTHONPATH."
            )


def hiding_in_verl(folder: Path) -> Iterator[str]:
    """What verl's process would import from the folder that it is started in, one sentence each.

    ``python -m`` looks there first, in every process that verl starts.
    """
    for name in _OURS:
        for file in (folder / name / "__init__.py", folder / f"{name}.py"):
            if file.exists() and _is_foreign(name, file):
                yield (
                    f"{file} would be imported in place of verl-credit's own package {name!r}, "
                    "because verl looks in the working directory first: rename it, or start from "
                    "another folder."
                )


def _is_foreign(name: str, file: Path) -> bool:
    return not (file.parent / _OURS[name]).is_dir() or file.name != "__init__.py"
