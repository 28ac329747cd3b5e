"""``verl-credit verify``: what would this response be paid, and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import RecipeError
from .command import command

if TYPE_CHECKING:
    from envs.verify.explain import Explanation, Reading


_RULES = {
    "exact": "exact: 20% is 0.2, the rule of sets that declare none",
    "strip": "strip: 20% is also 20, as GSM8K, MATH, DeepScaleR, POLARIS and their kin have it",
}


@command(context_settings={"ignore_unknown_options": True})  # -5 is an answer, no option
def verify(
    gold: Annotated[str, typer.Argument(help="The correct answer, LaTeX or plain.")],
    answer: Annotated[
        str, typer.Argument(help="What a model wrote, with its final answer marked; - reads stdin.")
    ],
    answer_format: Annotated[
        str, typer.Option("--format", help="How it is marked: boxed, answer_tag or hash.")
    ] = "boxed",
    question: Annotated[
        str, typer.Option(help="What was asked: a formula copied out of it pays nothing.")
    ] = "",
    percent: Annotated[
        str, typer.Option(help="Whether 20% is 0.2 (exact) or also 20 (strip), as in GSM8K.")
    ] = "exact",
    bare: Annotated[
        bool, typer.Option("--bare", help="ANSWER is the final answer itself, not marked.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say how and why.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds that algebra may take.")] = 3.0,
) -> int:
    """Say whether a response is correct, as the reward would have it.

    Exit status: 0 correct, 1 not, 2 bad input.
    """
    from envs.verify import gold_problem
    from envs.verify.answer.final_form import is_formula, is_number
    from envs.verify.explain import explain as told_of

    if not 0 < timeout < float("inf"):
        raise RecipeError(f"--timeout must be more than 0 seconds, and end; got {timeout:g}.")
    response = sys.stdin.read() if answer == "-" else answer
    if bare:
        response, answer_format = rf"\boxed{{{response.strip()}}}", "boxed"
    try:
        told = told_of(
            gold,
            response,
            answer_format=answer_format,
            question=question,
            percent=percent,
            timeout=timeout,
        )
    except ValueError as error:
        raise RecipeError(str(error)) from error
    if not told.verdict.correct and (problem := gold_problem(gold)):
        raise RecipeError(f"The correct answer {gold!r} cannot be verified: {problem}.")
    console = Console()
    console.print(_verdict(told))
    if explain:
        console.print(_details(told, _RULES[percent]))
    elif told.verdict.tier == "extract":
        console.print(Text(told.why))
    if told.verdict.outcome == "no_answer" and not bare:
        console.print(Text("With --bare, ANSWER itself is taken as the final answer.", "dim"))
    copied = is_number(gold) and is_formula(told.verdict.extracted) and not question
    if told.verdict.correct and copied:
        console.print(Text("Copied out of the question it would pay 0; see --question.", "dim"))
    return 0 if told.verdict.correct else 1


def _verdict(told: Explanation) -> Text:
    style = "bold green" if told.verdict.correct else "bold red"
    text = Text(told.verdict.outcome.replace("_", " "), style)
    return text.append(f"  {told.verdict.elapsed_ms:.1f} ms", "not bold dim")


def _details(told: Explanation, rule: str) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    rows = [("gold", _told(told.gold)), ("answer", _told(told.answer))]
    rows += [("decided by", Text(told.verdict.tier)), ("why", Text(told.why))]
    rows += [("percent", Text(rule)), ("what is paid", Text("envs/verify/README.md, one table"))]
    for name, text in rows:
        table.add_row(name, text)
    return table


def _told(reading: Reading | None) -> Text:
    """Text, kind and normal form of one side; model text is never read as markup."""
    if reading is None:
        return Text("none", "dim")
    text = Text(reading.text).append(f"   {reading.kind}", "dim")
    return text if reading.normal == reading.text else text.append(f": {reading.normal}", "dim")
