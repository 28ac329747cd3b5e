"""Can a correct answer be verified at all? Asked of every one before anything is trained on it."""

from __future__ import annotations

import json
import math
import numbers
import re
from decimal import Decimal
from typing import Any

from .answer.extract import MAX_ANSWER_CHARS, extract
from .answer.forms.listing import Listing
from .answer.parse import read
from .ask_algebra import ask_readable
from .grade import DEFAULT_TIMEOUT

_PROBLEMS = {
    "unparsable": "the verifier cannot read it, so only the same spelling would be paid",
    "timeout": f"comparing it with itself takes more than {DEFAULT_TIMEOUT} s",
    "memory": "comparing it with itself takes too much memory",
    "crash": "comparing it with itself crashed the worker",
}
_GROUPED = re.compile(r"[-+]?\$?\d{1,3}(?:,\d{3})+(?:\.\d+)?\$?")


def gold_problem(gold: str) -> str:
    """Return why `gold` is no good as a correct answer, or "" if it is.

    It is good if a response that boxes it is paid, and every expression in it has a reading, so
    that another spelling of it can be paid too. Blocks, for a worker's deadline at most.

    Raises:
        VerifierError: no worker process can be started.
    """
    inside = extract(gold).text or gold
    if not inside.strip():
        return "it is empty"
    boxed = extract(rf"\boxed{{{inside}}}")
    if boxed.problem == "unparsable":
        return f"it is longer than {MAX_ANSWER_CHARS} characters"
    if boxed.problem or boxed.text != inside.strip():
        return "its braces do not match, or it holds a box"
    try:
        value = read(inside)
        symbolic = next(value.expressions(), None)
    except Exception as error:  # one row's gold, whatever is wrong with it, ends no build
        return f"the verifier fails on it ({type(error).__name__}: {error})"
    if not value.tokens:
        return "nothing is left of it without typesetting"
    if symbolic is None:
        return ""
    reply = ask_readable(inside, DEFAULT_TIMEOUT).result()
    return "" if reply.get("correct") else _PROBLEMS[reply.get("error", "unparsable")]


def gold_text(cell: Any) -> str:
    """Return the correct answer that a cell of a data set states.

    A list of several answers becomes one gold, `1, 2`, whose order is free; the text of a JSON
    list of texts is such a list. A whole number loses its `.0`.

    >>> gold_text(["2,000", "x"]), gold_text('["7"]'), gold_text(43.0)
    ('2000, x', '7', '43')

    Raises:
        ValueError: the cell is empty, or no text, number or list of them.
    """
    if isinstance(cell, str):
        listed = _json_list(cell.strip())
        return _one_of(listed) if listed else _filled(cell)
    if isinstance(cell, numbers.Real | Decimal) and not isinstance(cell, bool):
        return _number(cell)
    cell = cell.tolist() if hasattr(cell, "tolist") else cell  # an array, as Parquet has lists
    if isinstance(cell, list | tuple):
        return _one_of(list(cell))
    if cell is None:
        raise ValueError("the answer is empty")
    raise ValueError(f"the answer is {type(cell).__name__}, and must be text, a number or a list")


def without_grouping(text: str) -> str:
    """Return a number such as `1,250` without its commas; any other text as it is."""
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("the answer is empty")
    return text.strip()


def _number(cell: Any) -> str:
    if not math.isfinite(cell):
        raise ValueError(f"the answer is {cell}, which is no number")
    return str(int(cell)) if cell == int(cell) else str(cell)


def _json_list(text: str) -> list[str]:
    """Return the texts of a JSON list; nothing for `[1, 2]`, which may be an interval."""
    if not text.startswith("["):
        return []
    try:
        items = json.loads(text)
    except ValueError:
        return []
    return items if all(isinstance(item, str) for item in items) else []


def _one_of(items: list[Any]) -> str:
    """Return a list of answers as one gold; each keeps its brackets."""
    if any(hasattr(item, "__len__") and not isinstance(item, str) for item in items):
        raise ValueError(
            "the answer is a list of lists or fields, and must be one of texts or numbers"
        )
    if not items:
        raise ValueError("the answer is empty")
    texts = [gold_text(item) for item in items]
    if len(texts) == 1:
        return texts[0]
    texts = [without_grouping(text) for text in texts]
    for text in texts:
        if isinstance(read(text), Listing):
            raise ValueError(f"the answer is a list, of which {text!r} is a list again")
    return ", ".join(texts)
