"""Packages of other people that bear the name of one of ours and would be imported in its place."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_OURS = ("credit_plugins", "envs", "recipes")


def hiding_here() -> Iterator[str]:
    """What this process imports under our names from elsewhere, one sentence each."""
    for name in _OURS:
        spec = importlib.util.find_spec(name)
        file = Path(spec.origin).resolve() if spec and spec.origin else None
        if file is None or file.parent != _ROOT / name:
            yield (
                f"{file or name} takes the place of verl-credit's own package {name!r}: rename it, "
                "uninstall it, or leave its folder out of PYTHONPATH."
            )


def hiding_in_verl(folder: Path) -> Iterator[str]:
    """What verl's process would import from the folder that it is started in, one sentence each.

    ``python -m`` looks there first, in every process that verl starts.
    """
    if folder.resolve() == _ROOT:
        return
    for name in _OURS:
        for file in (folder / name / "__init__.py", folder / f"{name}.py"):
            if file.exists():
                yield (
                    f"{file} would be imported in place of verl-credit's own package {name!r}, "
                    "because verl looks in the working directory first: rename it, or start from "
                    "another folder."
                )
