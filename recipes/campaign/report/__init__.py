"""The report of a campaign: a page, the same as Markdown, and its figures as SVG files."""

from __future__ import annotations

from .write import write

__all__ = ["write"]
