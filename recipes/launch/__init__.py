"""A recipe on its way to verl: composed, checked before anything starts, run and followed."""

from __future__ import annotations

from .dry_run import dry_run
from .launcher import report, train, warm_start

__all__ = ["dry_run", "report", "train", "warm_start"]
