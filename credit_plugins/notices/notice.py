"""One thing that a run says about itself, as a row of JSON and as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from textwrap import indent
from typing import Any

FILE_VARIABLE = "VERL_CREDIT_NOTICES"
"""Environment variable that names the file to which the notices of a run are added."""
_SHOWN = 600  # characters of a prompt or response, half of them from each end


@dataclass(frozen=True)
class Sample:
    """A prompt as the model got it, what the model wrote, and how that was judged."""

    prompt: str
    response: str
    judged: str = ""

    @classmethod
    def of(cls, prompt: str, response: str, judged: str = "") -> Sample:
        """Keep both ends of texts that are too long to show."""
        return cls(_shortened(prompt), _shortened(response), judged)


@dataclass(frozen=True)
class Notice:
    """A finding that holds.

    Attributes:
        key: which finding.
        since: first step of the unbroken stretch in which it holds.
        step: step at which it is said.
        title: what is the matter, in one sentence.
        seen: what was observed, one sentence each.
        change: what to do about it, one sentence each.
        samples: what the model got and wrote, where that helps.
    """

    key: str
    since: int
    step: int
    title: str
    seen: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()

    def told(self, seen: tuple[str, ...], samples: tuple[Sample, ...]) -> Notice:
        """The same notice with more of what was seen."""
        return replace(self, seen=self.seen + seen, samples=samples)

    def as_row(self) -> dict[str, Any]:
        """For a line of JSON; `from_row` reads it back."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Notice:
        """Read `as_row` back.

        Raises:
            TypeError: another row.
        """
        samples = tuple(Sample(**sample) for sample in row.get("samples", ()))
        known = {**row, "seen": tuple(row["seen"]), "change": tuple(row["change"])}
        return cls(**{**known, "samples": samples})

    def text(self) -> str:
        """All of it in plain lines, for a log or a terminal."""
        lines = [self.title, *(f"  Seen: {sentence}" for sentence in self.seen)]
        for sample in self.samples:
            judged = f" ({sample.judged})" if sample.judged else ""
            lines += ["  The model got:", _quoted(sample.prompt)]
            lines += [f"  It wrote{judged}:", _quoted(sample.response)]
        return "\n".join([*lines, *(f"  Change: {sentence}" for sentence in self.change)])


def _shortened(text: str) -> str:
    if len(text) <= _SHOWN:
        return text
    half = _SHOWN // 2
    return f"{text[:half]} [... {len(text) - _SHOWN} more characters ...] {text[-half:]}"


def _quoted(text: str) -> str:
    return indent(text.strip("\n") or "(nothing)", "    | ", lambda _: True)
