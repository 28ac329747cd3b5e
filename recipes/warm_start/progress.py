"""Show the supervised run: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

_LINES = 5  # of a run off a terminal


class Progress(TrainerCallback):
    """Steps, loss and time left, as often as the trainer logs."""

    def __init__(self, console: Console, lines: int = _LINES) -> None:
        self._console = console
        self._lines = lines
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]}"))
        self._bar = Bar(
            *(TextColumn("warm start"), *columns, TimeRemainingColumn()),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, loss="-")

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Also after Ctrl-C: a bar left running keeps the terminal's cursor hidden.
        self._bar.stop()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Say how long it is; the first line about its loss may be minutes away."""
        if not self._console.is_terminal:
            self._console.print(f"warm start: {state.max_steps} steps", highlight=False)

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Show how far the run is; the summary that the trainer logs at the end has no loss."""
        if "loss" not in given["logs"]:
            return
        step, total, loss = state.global_step, state.max_steps, f"{given['logs']['loss']:.3f}"
        self._bar.update(self._task, total=total, completed=step, loss=loss)
        every = max(total // self._lines // args.logging_steps, 1) * args.logging_steps
        if not self._console.is_terminal and step % every == 0:
            self._console.print(f"warm start: step {step}/{total}, loss {loss}", highlight=False)
