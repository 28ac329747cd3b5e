"""A recipe on its way to verl: composed, checked before anything starts, run and followed."""

from __future__ import annotations

from .dry_run import dry_run
from .evaluation import Choices
from .evaluator import evaluate
from .exporter import export
from .launcher import report, train, warm_start

__all__ = ["Choices", "dry_run", "evaluate", "export", "report", "train", "warm_start"]
