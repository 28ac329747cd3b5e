"""A recipe on its way to verl: composed, checked before anything starts, run and followed."""

from __future__ import annotations

from .launcher import report, train, warm_start

__all__ = ["report", "train", "warm_start"]
