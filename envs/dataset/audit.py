"""Which rows can be trained on? Every gold is verified, every question is asked once.

In this order, each row refused for the first that applies:

    unreadable    the row states no question or no single answer
    conflict      the question is asked again with a different answer
    duplicate     the question was asked before with the same answer; a set that only evaluates
                  keeps its copies, because its published scores count them
    overlap       a training question that is also a validation question
    unverifiable  the gold, put in a box, does not earn the reward, or is a sentence
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from ..errors import EnvError
from ..task import closing
from ..verify import gold_problem, verify
from .prose import prose_problem
from .row import Row, normalised

KINDS = ("unreadable", "conflict", "duplicate", "overlap", "unverifiable")
_WAITING = 8  # rows in the verifier's pool at once, so that all its workers are busy
_CHUNK = 512


@dataclass(frozen=True)
class Finding:
    """A row that is refused.

    Attributes:
        kind: one of `KINDS`.
        row: the row.
        why: the reason, for a person.
    """

    kind: str
    row: Row
    why: str


@dataclass(frozen=True)
class Audit:
    """The rows that can be used, and why the others cannot.

    Attributes:
        kept: rows in their order; a solution that does not end in the gold got a closing sentence.
        findings: refused rows.
    """

    kept: list[Row]
    findings: list[Finding]

    def counts(self) -> dict[str, int]:
        """Return how many rows each kind of finding refused; kinds that found none are left out."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in KINDS if found[kind]}


def audit(rows: Iterable[Row], tick: Callable[[int], None] = lambda done: None) -> Audit:
    """Return which of `rows` can be used; `tick` is told how many more rows are done."""
    rows = list(rows)
    findings = list(_findings_without_verifier(rows))
    refused = {id(finding.row) for finding in findings}
    tick(len(refused))
    kept = []
    for row, why in _verified([row for row in rows if id(row) not in refused], tick):
        if why:
            findings.append(Finding("unverifiable", row, why))
        else:
            kept.append(row)
    return Audit(kept, findings)


def _findings_without_verifier(rows: list[Row]) -> Iterator[Finding]:
    trains = any(row.stream == "train" for row in rows)
    asked: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        problem = row.problem or ("" if row.question else "the question is empty")
        if problem:
            yield Finding("unreadable", row, problem)
        else:
            asked[normalised(row.question)].append(row)
    for copies in asked.values():
        found = _findings_among(copies)
        yield from (finding for finding in found if trains or finding.kind != "duplicate")


def _findings_among(copies: list[Row]) -> Iterator[Finding]:
    """Judge the rows that ask one question."""
    first = copies[0]
    others = [row for row in copies if not _same_answer(first.answer, row.answer)]
    if others:
        for row in copies:
            other = others[0] if row not in others else first
            yield Finding("conflict", row, f"{other.id} gives {other.answer!r}")
        return
    kept: dict[str, Row] = {}
    for row in copies:
        if row.stream in kept:
            yield Finding("duplicate", row, f"asked before by {kept[row.stream].id}")
        kept.setdefault(row.stream, row)
    if len(kept) > 1:
        yield Finding("overlap", kept["train"], f"asked for validation by {kept['validation'].id}")


def _same_answer(first: str, second: str) -> bool:
    return first == second or verify(first, rf"\boxed{{{second}}}").correct


def _verified(rows: list[Row], tick: Callable[[int], None]) -> Iterator[tuple[Row, str]]:
    """Yield every row with its solution mended, and why its gold fails, "" if it does not."""
    with ThreadPoolExecutor(_WAITING) as threads:
        for start in range(0, len(rows), _CHUNK):
            for checked in threads.map(_checked, rows[start : start + _CHUNK]):
                tick(1)
                yield checked


def _checked(row: Row) -> tuple[Row, str]:
    """Return a row as `_verified` does; an error of one row's check refuses that row."""
    try:
        why = prose_problem(row.answer) or gold_problem(row.answer)
        return (row, why) if why else (replace(row, solution=_ending_in_gold(row)), "")
    except EnvError:  # no worker starts: that is no row's fault
        raise
    except Exception as error:
        return row, f"checking it raises {type(error).__name__}: {error}"


def _ending_in_gold(row: Row) -> str:
    r"""Return a solution whose final answer is the gold: as it is, with an ending, or none."""
    closed = row.solution + "\n" + closing(row.answer)
    for solution in (row.solution, closed) if row.solution else ():
        if verify(row.answer, solution, question=row.question).correct:
            return solution
    return ""
