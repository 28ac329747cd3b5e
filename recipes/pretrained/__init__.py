"""Pretrained language models: those that come from a package index, and a user's own."""

from __future__ import annotations

import re
from pathlib import Path

from rich.console import Console

from . import smollm2

_OURS = {smollm2.NAME: smollm2}


def model_folder(name: str, console: Console) -> str:
    """What transformers loads: the folder of a model of ours, and any other name unchanged.

    Raises:
        PretrainedError: the model cannot be downloaded or converted.
    """
    return str(_OURS[name].ensure(console)) if name in _OURS else name


def fingerprint(name: str) -> str:
    """What changes when the model does: where ours lies, the files of a folder, a hub's name."""
    if name in _OURS:
        return str(_OURS[name].location().name)
    files = sorted(path for path in Path(name).glob("*") if path.is_file())
    return str([(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in files] or name)


def problem(name: str) -> str:
    """Why no model can have this name, as far as the disk tells; "" where one may."""
    folder = Path(name)
    if name in _OURS or (folder / "config.json").is_file():
        return ""
    if re.fullmatch(r"[\w-]+/[\w.-]+", name) and not folder.parent.exists():
        return ""  # OWNER/NAME on a hub
    return (
        f"{name!r} is no model; name {', '.join(_OURS)}, a folder with a config.json, or "
        "OWNER/NAME on the Hugging Face hub."
    )
