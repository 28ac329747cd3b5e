"""The progress of a run on screen: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ..runs.status import Status


class Display(Protocol, AbstractContextManager["Display"]):
    """Shows a status while its `with` block runs."""

    def show(self, status: Status, *, step_ended: bool = False) -> None:
        """Bring the screen up to date."""


def display_for(console: Console) -> Display:
    """A bar on a terminal; elsewhere one line per phase and step."""
    return BarDisplay(console) if console.is_terminal else LineDisplay(console)


class BarDisplay:
    """One rich progress bar: phase, steps, reward, pass@1, pace, time left."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[steps]}"),
            TextColumn("{task.fields[numbers]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, steps="", numbers="", left="")

    def __enter__(self) -> BarDisplay:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def show(self, status: Status, *, step_ended: bool = False) -> None:
        """Redraw the bar; it pulses until the first step has ended."""
        self._progress.update(
            self._task,
            description=status.phase,
            total=status.total if status.step else None,
            completed=status.step,
            steps=_steps(status),
            numbers=status.numbers(),
            left=_left(status),
        )


class LineDisplay:
    """One line per phase and per step, for logs and CI."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase = ""

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
            self._line(f"step {_steps(status)}  {status.numbers()}  {_left(status)}")

    def _line(self, text: str) -> None:
        self._console.print(text.rstrip(), highlight=False, markup=False, soft_wrap=True)


def _steps(status: Status) -> str:
    return f"{status.step}/{status.total or '?'}" if status.step or status.total else ""


def _left(status: Status) -> str:
    if not status.seconds_left:
        return ""
    minutes, seconds = divmod(round(status.seconds_left), 60)
    hours, minutes = divmod(minutes, 60)
    return f"ETA {hours}:{minutes:02}:{seconds:02}" if hours else f"ETA {minutes}:{seconds:02}"
