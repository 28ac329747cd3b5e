"""The progress of a run on screen: up to three lines on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from ..runs.status import Status

_LEAST_BAR, _MOST_BAR = 8, 60
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_SAMPLE = 160  # characters of a sample in a log


class Display(Protocol, AbstractContextManager["Display"]):
    """Shows a status while its `with` block runs."""

    def show(self, status: Status, *, step_ended: bool = False) -> None:
        """Bring the screen up to date."""


def console_for(*, plain: bool) -> Console:
    """The console of a command; plain, it has no colours and nothing that is redrawn."""
    return Console(force_terminal=False) if plain else Console()


def display_for(console: Console) -> Display:
    """A display that is redrawn on a terminal; elsewhere one line per phase and step."""
    redrawn = console.is_terminal and not console.is_dumb_terminal
    return LiveDisplay(console) if redrawn else LineDisplay(console)


class LiveDisplay:
    """A bar, the numbers of the last step, and the end of the last sample.

    No line is ever longer than the terminal is wide: what matters least is shortened first, then
    left out.
    """

    def __init__(self, console: Console) -> None:
        self._spinner = Spinner("line" if console.options.ascii_only else "dots")
        self._status: Status | None = None
        self._begin = time.monotonic()
        self._live = Live(self, console=console, transient=True, refresh_per_second=4)

    def __enter__(self) -> LiveDisplay:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def show(self, status: Status, *, step_ended: bool = False) -> None:
        """Take in the status; the screen is redrawn four times a second."""
        self._status = status
        if step_ended:
            self._live.refresh()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The lines, as wide as the terminal is now."""
        if self._status is None:
            return
        width = options.max_width - 1  # some terminals wrap after the last column
        now = time.monotonic()
        spinner = self._spinner.render(now)
        head = Text(no_wrap=True, overflow="crop")
        head.append_text(spinner if isinstance(spinner, Text) else Text("-"))
        head.append(" ")
        head.append_text(_bar_line(self._status, now - self._begin, width - 2, options.ascii_only))
        yield head
        if numbers := fitted(numbers_of(self._status), width):
            yield Text(numbers, no_wrap=True, overflow="crop")
        if self._status.sample:
            line = tail(*self._status.sample, width, "..." if options.ascii_only else "…")
            yield Text(line, style="dim", no_wrap=True, overflow="crop")


class LineDisplay:
    """One line per phase and per step, for logs and CI."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase = ""
        self._sample: tuple[str, str] | None = None

    def __enter__(self) -> LineDisplay:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing to clean up."""

    def show(self, status: Status, *, step_ended: bool = False) -> None:
        """Print what is new."""
        if status.phase != self._phase:
            self._phase = status.phase
            self._line(f"{status.phase} ...")
        if step_ended:
            numbers = "  ".join(short for _, short in numbers_of(status))
            self._line(f"step {_steps(status)}  {numbers}  {_left(status)}")
        if status.sample and status.sample != self._sample:
            self._sample = status.sample
            self._line(f"sample, {tail(*status.sample, _SAMPLE, '...')}")

    def _line(self, text: str) -> None:
        self._console.print(text.rstrip(), highlight=False, markup=False, soft_wrap=True)


Part = tuple[str, str]
"""A number as it is written where there is room, and where there is little."""


def numbers_of(status: Status) -> list[Part]:
    """What is known of the last step and the last validation, the most important first."""
    known: list[Part] = []
    if status.reward is not None:
        known.append((f"reward {status.reward:.3f}",) * 2)
    if status.pass_at_1 is not None:
        known.append((f"held-out pass@1 {status.pass_at_1:.3f}", f"pass@1 {status.pass_at_1:.3f}"))
    if status.none_solved is not None:
        share = f"{100 * status.none_solved:.0f}%"
        known.append((f"none solved (K=0) {share}", f"K=0 {share}"))
    if status.all_solved is not None:
        share = f"{100 * status.all_solved:.0f}%"
        known.append((f"all solved (K=N) {share}", f"K=N {share}"))
    if status.seconds_per_step is not None:
        known.append((f"{status.seconds_per_step:.1f} s/step",) * 2)
    if status.tokens_per_second is not None:
        rate = f"{status.tokens_per_second:,.0f}"
        known.append((f"{rate} tokens/s", f"{rate} tok/s"))
    return known


def fitted(parts: Sequence[Part], width: int) -> str:
    """As many of the parts as fit into the width, long ones if all of them do."""
    for form in (0, 1):
        line = "  ".join(part[form] for part in parts)
        if cell_len(line) <= width:
            return line
    return fitted(parts[:-1], width) if parts else ""


def tail(verdict: str, response: str, width: int, ellipsis: str) -> str:
    """A verdict and as much of the end of a response as fits behind it, on one line.

    Control characters are left out: the text is a model's, and a terminal obeys them.
    """
    plain = _ESCAPE.sub("", response[-8 * width :])
    words = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
    line = f"{verdict}: {words}"
    if cell_len(line) <= width and len(response) <= 8 * width:
        return line
    head = f"{verdict}: {ellipsis}"
    while words and cell_len(head) + cell_len(words) > width:
        words = words[max(1, (cell_len(head) + cell_len(words) - width) // 2) :]
    return f"{head}{words}" if words else ""


def _bar_line(status: Status, elapsed: float, width: int, ascii_only: bool) -> Text:
    """Phase, bar, steps, time left and time gone; the bar takes what room there is."""
    after = [part for part in (_steps(status), _left(status), _clock(elapsed)) if part]
    while after and cell_len("  ".join([status.phase, *after])) > width:
        after.pop()
    if cell_len(status.phase) > width:
        return Text(status.phase[:width])
    room = width - cell_len("  ".join([status.phase, "", *after]))
    line = Text(status.phase)
    if status.total and status.step and room >= _LEAST_BAR:
        size = min(room, _MOST_BAR)
        filled = min(round(size * status.step / status.total), size)
        mark, rest = ("#", "-") if ascii_only else ("━", "─")
        line.append("  ").append(mark * filled, "bar.complete").append(
            rest * (size - filled), "bar.back"
        )
    for part in after:
        line.append(f"  {part}")
    return line


def _steps(status: Status) -> str:
    return f"{status.step}/{status.total or '?'}" if status.step or status.total else ""


def _left(status: Status) -> str:
    return f"ETA {_clock(status.seconds_left)}" if status.seconds_left else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
