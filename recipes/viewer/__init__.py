"""The viewer: what each operator did to the credit of each token, from the dumps of a run."""

from __future__ import annotations

from ..errors import RunError
from .inspecting import Request, print_group, write_page, write_picture
from .layers import layers_of
from .page import shades_css
from .picture import picture
from .reading import choose, open_dumps
from .shaded import shaded_html

__all__ = [
    "Request",
    "RunError",
    "choose",
    "layers_of",
    "open_dumps",
    "picture",
    "print_group",
    "shaded_html",
    "shades_css",
    "write_page",
    "write_picture",
]
