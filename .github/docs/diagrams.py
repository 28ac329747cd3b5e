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
    # Mermaid stretches a picture to the width of the page; this gives it the size it was drawn for.
    svg = re.sub(r'width="100%"(.*?)max-width: ([\d.]+)px;', r'width="\2"\1', svg, count=1)
    return f'<figure class="diagram">{" ".join(svg.split())}</figure>'
