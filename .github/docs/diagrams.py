"""Mermaid text to SVG while the pages are built, so that reading them needs no script."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

import mermaidx


@lru_cache
def figure(source: str) -> str:
    """The picture as one HTML block; its id is its own, for pages with several pictures."""
    own = f"diagram-{sha256(source.encode()).hexdigest()[:8]}"
    svg = mermaidx.render(source, theme="neutral").svg().replace("my-svg", own)
    # Mermaid stretches a picture to the width of the page. Here it has the size that it was drawn
    # for, and shrinks to no less than 70% of that; then it scrolls.
    limit = re.search(r"max-width: ([\d.]+)px;", svg)
    width = float(limit[1])
    svg = svg.replace('width="100%"', f'width="{width:.0f}"', 1)
    svg = svg.replace(limit[0], f"min-width: {0.7 * width:.0f}px;", 1)
    return f'<figure class="diagram">{" ".join(svg.split())}</figure>'
