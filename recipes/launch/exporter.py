"""A checkpoint of verl as a model folder that transformers, vLLM and the Hub take."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from rich.console import Console

from ..cache import in_one_rename
from ..errors import RunError
from ..runs.checkpoints import Checkpoint, checkpoint_named
from .attempt import shown

NO_RUN = (
    "{} belongs to no run of verl-credit, whose settings would be needed; "
    "`python -m verl.model_merger merge --backend fsdp` makes a model of it."
)


def export(name: str, out: Path | None, console: Console) -> Path:
    """Merge the shards of a checkpoint into one model with its tokenizer and chat template.

    The weights have the precision in which the run's engine sampled
    (``actor_rollout_ref.rollout.dtype``). The folder appears in one rename.

    Args:
        name: RUN, RUN@STEP or the path of a ``global_step_N`` folder of a run.
        out: folder to write; None for ``export/global_step_N`` in the run's own.
        console: where to say what is done.

    Returns:
        The folder.

    Raises:
        RunError: no such checkpoint of a run, or the folder exists.
    """
    checkpoint = checkpoint_named(name)
    checkpoint.check()
    run = checkpoint.run
    if run is None:
        raise RunError(NO_RUN.format(checkpoint.folder))
    out = out.resolve() if out else run.path / "export" / checkpoint.folder.name
    if out.exists():
        raise RunError(f"{shown(out)} exists and is not overwritten; choose another folder (-o).")
    console.print(f"Merging step {checkpoint.step}, {checkpoint.ranks} shard(s) ...")
    with in_one_rename(out) as made:
        made.mkdir()
        _merge(checkpoint, made, str(run.setting("actor_rollout_ref.rollout.dtype")))
    console.print(f"Exported: {shown(out)}", highlight=False, soft_wrap=True)
    return out


def _merge(checkpoint: Checkpoint, target: Path, precision: str) -> None:
    # verl and its plugins print while they are imported, and the merger prints what it does.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import torch

        from .merger import merge

        dtype = torch.float32 if precision == "float32" else torch.bfloat16
        merge(checkpoint.actor, target, dtype)
