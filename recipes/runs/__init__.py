"""What a run left behind: its folder, its history, and what it is doing now."""

from __future__ import annotations

from .folder import Run, open_run

__all__ = ["Run", "open_run"]
