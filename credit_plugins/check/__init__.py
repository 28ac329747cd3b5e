"""Whether an operator keeps the laws that a chain relies on; ``verl-credit check-operator``."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..batch import CreditBatch
from ..operator import Operator
from .batches import batches
from .laws import LAWS, Broken
from .subject import Subject, subjects_of

BATCHES = 40


@dataclass(frozen=True)
class Finding:
    """A law that an operator breaks.

    Attributes:
        law: its name.
        sentence: what breaks, in the user's terms.
        numbers: those at which it breaks.
    """

    law: str
    sentence: str
    numbers: dict[str, Any]


def check(operator: Operator, seed: int = 0, count: int = BATCHES) -> list[Finding]:
    """The laws that an operator breaks, each with the first numbers at which it was seen.

    Args:
        operator: of any kind.
        seed: of batches and numbers.
        count: batches at each choice of numbers.
    """
    found: dict[str, Finding] = {}
    for subject in subjects_of(operator, seed):
        for batch in batches(seed, count):
            for finding in _broken(subject, batch):
                found.setdefault(finding.law, finding)
                if finding.law == "raises":
                    return list(found.values())
    return list(found.values())


def _broken(subject: Subject, batch: CreditBatch) -> Iterator[Finding]:
    for law in LAWS:
        try:
            law(subject, batch)
        except Broken as broken:
            yield Finding(law.__name__, str(broken), dict(subject.numbers))
            if law.__name__ == "shape":
                return
        except Exception as error:
            sentence = f"it raises {type(error).__name__}: {error}{_place(error, subject)}"
            yield Finding("raises", sentence, dict(subject.numbers))
            return


def _place(error: Exception, subject: Subject) -> str:
    """File and line of the operator's own code, where the error came through it."""
    own = subject.operator.function.__code__.co_filename
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == own]
    return f" ({Path(own).name}, line {lines[-1]})" if lines else ""
