"""What every HTML page here has in common: a base template, a style sheet, charts as inline SVG.

A page extends ``base.html`` with the blocks ``css``, ``header`` and ``main`` and is made by
`template`. Charts come from `style`. The page fetches nothing, follows the reader's light or dark
colours, and is readable on a phone.
"""

from __future__ import annotations

from .template import template

__all__ = ["template"]
