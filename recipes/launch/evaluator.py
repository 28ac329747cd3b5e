"""`eval`: pass@k of a checkpoint of a run, or of a model, without training."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from ..errors import RecipeError
from ..processes.marked import end_marked
from ..runs import Run, load, open_run
from . import preflight
from .attempt import Stopped, next_attempt, shown, stop_signals
from .evaluation import Choices, configuration, make_room
from .wanted import to_yaml


def evaluate(
    subject: str,
    choices: Choices,
    *,
    json_file: Path | None = None,
    console: Console | None = None,
    root: Path = Path("outputs"),
) -> int:
    """Validate, print pass@k and keep it as ``root/eval/NAME/results.json``.

    Args:
        subject: RUN, RUN@STEP or the folder of a model.
        choices: what to ask and how.
        json_file: a second place for the results.
        console: where to print.
        root: folder of all runs.

    Returns:
        Exit status: 0, or that of the failed process, or 128 + the signal that stopped us.

    Raises:
        RecipeError: refused subject, choices or configuration.
    """
    console = console or Console()
    if json_file and not json_file.parent.is_dir():
        raise RecipeError(f"--json {json_file}: there is no folder {json_file.parent}.")
    config = configuration(subject, choices)
    preflight.check(config)
    if preflight.is_our_data_set(config):
        make_room(config)
    text = to_yaml(config)
    record = [subject, json.dumps(asdict(choices))]
    with open_run("eval", record, text, root=root, fresh=True) as run:
        console.print(f"Evaluation: {shown(run.path)}", highlight=False)
        run.config.write_text(text)
        try:
            with stop_signals():
                status = next_attempt(run, run.config, [], config).execute(console)
        except Stopped as stop:
            return 128 + stop.number
        finally:
            end_marked(str(run.path))
        if status == 0:
            run.mark_done()
            _tell(run, subject, choices, json_file, console)
    return status


def _tell(
    run: Run, subject: str, choices: Choices, json_file: Path | None, console: Console
) -> None:
    from ..report import evaluation, print_evaluation

    run = load(run.path)  # its history is complete now
    print_evaluation(run, console)
    known = {
        "subject": subject,
        "step": max(run.history),
        "model": run.setting("actor_rollout_ref.model.path"),
        "temperature": run.setting("actor_rollout_ref.rollout.val_kwargs.temperature"),
        "max_response_length": run.setting("data.max_response_length"),
        "environments": evaluation(run),
    }
    text = json.dumps(known, indent=1) + "\n"
    for file in [run.path / "results.json", *([json_file] if json_file else [])]:
        file.write_text(text)
        console.print(f"Results: {shown(file)}", highlight=False, soft_wrap=True)
