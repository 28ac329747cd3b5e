"""Mermaid text to SVG while the pages are built, so that reading them needs no script."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import mermaidx


@lru_cache
def figure(source: str) -> str:
    """The picture as one HTML block; its id is its own, for pages with several pictures."""
    own = f"diagram-{sha256(source.encode()).hexdigest()[:8]}"
    svg = mermaidx.render(source, theme="neutral").svg().replace("my-svg", own)
    return f'<figure class="diagram">{" ".join(svg.split())}</figure>'
