"""What an audit of tasks found, for a person and for a program."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.seeding import STREAMS

if TYPE_CHECKING:
    from rich.console import Console

    from envs.dataset.audit import Audit

_EXAMPLES = 3
_WIDTH = 100
_SAID = {
    "unreadable": "states no question or no single answer",
    "conflict": "asked again with a different answer",
    "duplicate": "asked before with the same answer",
    "overlap": "training question that is also a validation question",
    "unverifiable": "the gold cannot be verified",
}


def as_data(found: Audit) -> dict[str, Any]:
    """Counts and the first examples of an audit, ready for JSON."""
    return {
        "rows": len(found.kept) + len(found.findings),
        "good": len(found.kept),
        "commas": _decided(found),
        "streams": {stream: _in_stream(found, stream) for stream in STREAMS},
        "problems": {
            kind: {"count": count, "examples": _examples(found, kind)}
            for kind, count in found.counts().items()
        },
    }


def show(data: dict[str, Any], console: Console) -> None:
    """Print counts, then for each kind of problem its first examples."""
    streams = ", ".join(f"{count:,} {stream}" for stream, count in data["streams"].items())
    say(console, f"{data['good']:,} of {data['rows']:,} rows are good ({streams})")
    for kind, count in data["commas"].items():
        say(console, f"{count:,} golds such as 70,110 were decided to be {kind}")
    for kind, problem in data["problems"].items():
        say(console, f"{problem['count']:,} {kind}: {_SAID[kind]}", "red")
        for example in problem["examples"]:
            gold = f" gold {example['answer']!r}" if example["answer"] else ""
            say(console, _short(f"  {example['id']}:{gold} {example['why']}"))
            say(console, _short(f"    {example['question']!r}"), "dim")


def write_refused(path: Path, found: Audit) -> bool:
    """Write a JSON line for every refused row, and return whether there is any.

    A file of an earlier build goes away where there is none. Keys: row (its number in the split,
    from 0), id, stream, kind, question, gold, reason.
    """
    path.unlink(missing_ok=True)
    if not found.findings:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for kind, row, why in ((f.kind, f.row, f.why) for f in found.findings):
            told = {"row": row.number, "id": row.id, "stream": row.stream, "kind": kind}
            told |= {"question": row.question, "gold": row.answer, "reason": why}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
    return True


def _decided(found: Audit) -> dict[str, int]:
    rows = [*found.kept, *(finding.row for finding in found.findings)]
    return dict(sorted(Counter(row.commas for row in rows if row.commas).items()))


def _in_stream(found: Audit, stream: str) -> int:
    return sum(row.stream == stream for row in found.kept)


def _examples(found: Audit, kind: str) -> list[dict[str, str]]:
    first = [finding for finding in found.findings if finding.kind == kind][:_EXAMPLES]
    return [
        {"id": f.row.id, "question": f.row.question, "answer": f.row.answer, "why": f.why}
        for f in first
    ]


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


def say(console: Console, text: str, style: str = "") -> None:
    """Print a line without markup, highlighting or wrapping."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
