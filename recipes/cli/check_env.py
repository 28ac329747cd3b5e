"""``verl-credit check-env``: what an environment does wrong, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import RecipeError
from .command import EnvId, command, keyword_arguments

if TYPE_CHECKING:
    from rich.console import Console

    from envs.check import Examination

_SHOWN = 200
_PROMPTS = 64


@command()
def check_env(
    env_id: EnvId,
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Its keyword arguments, e.g. digits=[1,2].")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a model, whose tokenizer then counts the tokens of the prompt.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> int:
    """Check what training relies on in an environment; stop at the first thing to fix.

    Exit status 1 when there is something to fix.
    """
    from rich.console import Console
    from rich.markup import escape

    from envs.check import examine

    console, progress = Console(soft_wrap=True, emoji=False), Console(stderr=True, emoji=False)
    kwargs = keyword_arguments(arguments)
    with progress.status("") as status:
        found = examine(env_id, kwargs, lambda law: status.update(escape(f"{env_id}  {law}")))
        sample = _sample(found)
        if found.task and model:
            status.update(escape(f"{env_id}  prompt: count its tokens"))
            sample["prompt"] = _tokens(env_id, kwargs, model)
    for name, text in sample.items():
        _say(console, f"  {name:<9}{text}")
    if not found.held_out:
        _say(console, "note: " + _SHARED, "yellow")
    if not found.broken:
        console.print(f"[green]ok[/green] {env_id}", highlight=False)
        return 0
    _problem(console, found)
    return 1


_SHARED = (
    "held_out is False, so train and validation may ask the same questions; validation then "
    "measures what was trained on."
)


def _sample(found: Examination) -> dict[str, str]:
    """The parts of a task, each in one line."""
    if found.task is None:
        return {}
    task = found.task
    return {
        "question": _short(task.question),
        "answer": _short(task.answer),
        "level": str(task.difficulty),
        "prompt": f"{len(task.question):,} characters; --model FOLDER counts its tokens",
    }


def _problem(console: Console, found: Examination) -> None:
    first, *others = found.problems
    console.print("[red]x[/red] ", end="")
    _say(console, f"{found.broken}: {first.what}")
    for frame in found.where:
        _say(console, f"  {frame}")
        if frame.source:
            _say(console, f"      {frame.source}", "dim")
    _say(console, f"  do: {first.fix}")
    if others:
        _say(console, f"  and {len(others)} more of this kind")


def _tokens(env_id: str, kwargs: dict[str, Any], model: Path) -> str:
    """How long the prompts are that training makes of the first tasks, in a model's tokens.

    Raises:
        RecipeError: the folder has no tokenizer, or one without a chat template.
    """
    from transformers import AutoTokenizer

    from envs.torch_dataset import EnvDataset

    from ..launch.prompts import token_counts

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(model))
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise RecipeError(
            f"{model} has no tokenizer that transformers can load: {reason}"
        ) from error
    if not tokenizer.chat_template:
        raise RecipeError(f"The tokenizer in {model} has no chat template; training needs one.")
    rows = EnvDataset("train", None, {"env": {"id": env_id, "kwargs": kwargs}})
    prompts = [rows[index]["raw_prompt"] for index in range(min(_PROMPTS, len(rows)))]
    lengths = token_counts(tokenizer, prompts)
    return f"{lengths[0]:,} tokens; the longest of the first {len(lengths)} has {max(lengths):,}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}... ({len(text):,} characters)"


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style, markup=False, highlight=False)
