"""Show the supervised run: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

_LINES = 5


class Progress(TrainerCallback):
    """Steps, loss and time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Bar(
            TextColumn("warm start"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Also after Ctrl-C: a bar left running keeps the terminal's cursor hidden.
        self._bar.stop()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Learn how many steps there will be."""
        self._task = self._bar.add_task("", total=state.max_steps, loss="-")

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=state.global_step)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Show the loss."""
        if not logs or "loss" not in logs:
            return
        loss = f"{float(logs['loss']):.3f}"
        self._bar.update(self._task, loss=loss)
        every = max(state.max_steps // _LINES // args.logging_steps, 1) * args.logging_steps
        if not self._console.is_terminal and state.global_step % every == 0:
            step = f"{state.global_step}/{state.max_steps}"
            self._console.print(f"warm start: step {step}, loss {loss}", highlight=False)
