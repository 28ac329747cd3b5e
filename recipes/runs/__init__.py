"""A run: its folder, its history over all attempts, and what it is doing now."""

from __future__ import annotations

from .folder import Run, load
from .opening import next_run, open_run

__all__ = ["Run", "load", "next_run", "open_run"]
