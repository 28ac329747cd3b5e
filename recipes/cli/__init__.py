"""The ``verl-credit`` command."""

from __future__ import annotations

from .command import app

__all__ = ["app"]
