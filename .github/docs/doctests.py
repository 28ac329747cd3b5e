"""Doctests of a docstring as code blocks; in Markdown `>>>` is a quotation."""

from __future__ import annotations

import re
from typing import Any

import griffe

_DOCTEST = re.compile(r"^( *)(>>> .*(?:\n(?! *$).+)*)", re.MULTILINE)


def fenced(text: str) -> str:
    """Put each doctest, up to the next empty line, into a code block."""
    return _DOCTEST.sub(r"\1```pycon\n\1\2\n\1```", text)


class Doctests(griffe.Extension):
    """Applies `fenced` to every docstring."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring before it is parsed."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)
