"""What the user runs next after a run has ended early."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .resuming import last_step

_LAUNCHER_MARK = "VERL_CREDIT_RUN"  # in the environment of runs that `verl-credit train` started


def how_to_go_on(trainer: Any) -> str:
    """One sentence for a user, from the ``trainer`` section of a verl config.

    "" under `verl-credit train`, which says it of every failure.
    """
    if _LAUNCHER_MARK in os.environ:
        return ""
    step = last_step(Path(trainer.default_local_dir))
    if not step:
        told = "No checkpoint has been written yet; the same command starts from the beginning"
    elif trainer.resume_mode == "disable":
        told = f"The same command with trainer.resume_mode=auto resumes from global_step_{step}"
    else:
        told = f"The same command resumes from global_step_{step}"
    typed = _driver_command()
    return f"{told}: {typed}" if typed else f"{told}."


def _driver_command() -> str:
    """The command line of the process that started this Ray job, "" where Ray does not tell."""
    import ray
    from ray._private.worker import global_worker

    try:
        jobs = global_worker.gcs_client.get_all_job_info()
        own = str(ray.get_runtime_context().get_job_id())
        job = next(job for id_, job in jobs.items() if id_.hex() == own)
    except Exception:  # private to Ray; the sentence does without it
        return ""
    return str(job.entrypoint)
