"""``verl-credit verify``: what would this response be paid, and why."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from envs.verify.explain import Explanation, Reading, explain

from ..errors import RecipeError

CORRECT, WRONG = 0, 1


def run(
    gold: str,
    answer: str,
    console: Console,
    *,
    answer_format: str = "boxed",
    question: str = "",
    bare: bool = False,
    explained: bool = False,
    timeout: float,
) -> int:
    """Print the verdict and return the exit status: 0 for correct, 1 for anything else.

    Raises:
        RecipeError: the correct answer is empty, or the format or the deadline make no sense.
    """
    if timeout <= 0:
        raise RecipeError(f"--timeout must be more than 0 seconds; got {timeout:g}.")
    response = sys.stdin.read() if answer == "-" else answer
    if bare:
        response, answer_format = rf"\boxed{{{response.strip()}}}", "boxed"
    try:
        told = explain(
            gold, response, answer_format=answer_format, question=question, timeout=timeout
        )
    except ValueError as error:
        raise RecipeError(str(error)) from error
    console.print(_verdict(told))
    if explained:
        console.print(_details(told))
    elif told.verdict.tier == "extract":
        console.print(Text(told.why))
    if told.verdict.outcome == "no_answer" and not bare:
        console.print(Text("With --bare, ANSWER itself is taken as the final answer.", "dim"))
    return CORRECT if told.verdict.correct else WRONG


def _verdict(told: Explanation) -> Text:
    style = "bold green" if told.verdict.correct else "bold red"
    text = Text(told.verdict.outcome.replace("_", " "), style)
    return text.append(f"  {told.verdict.elapsed_ms:.1f} ms", "not bold dim")


def _details(told: Explanation) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    rows = [("gold", _told(told.gold)), ("answer", _told(told.answer))]
    rows += [("decided by", Text(told.verdict.tier)), ("why", Text(told.why))]
    for name, text in rows:
        table.add_row(name, text)
    return table


def _told(reading: Reading | None) -> Text:
    """Text, kind and normal form of one side; model text is never read as markup."""
    if reading is None:
        return Text("none", "dim")
    text = Text(reading.text).append(f"   {reading.kind}", "dim")
    return text if reading.normal == reading.text else text.append(f": {reading.normal}", "dim")
