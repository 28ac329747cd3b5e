"""The page: one file with style, program and data in it, which asks for nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2

from . import payload
from .pairing import common_steps, pair
from .reading import Dumps

_HERE = Path(__file__).parent / "browser"
SCRIPTS = ("data.js", "layers.js", "cards.js", "tables.js", "moves.js", "main.js")
MOST_TOKENS = 2_000_000
"""Tokens of a page, about 50 MB; steps beyond are left out, evenly."""


def build(
    here: Dumps, there: Dumps | None = None, *, step: int | None = None, start: dict[str, Any]
) -> tuple[str, list[str]]:
    """The page of a run, or of two beside each other, and sentences on what is not in it.

    Args:
        here: what is shown.
        there: what stands beside it.
        step: only this step; None for all.
        start: ``step``, ``group`` and ``layer`` that the page opens with.

    Raises:
        RunError: a step cannot be read.
    """
    said: list[str] = []
    steps = here.steps if step is None else [step]
    if there is not None:
        common, sentence = common_steps(here, there)
        if step is not None:
            sentence = "" if step in common else f"{there.name} has no dump of step {step}."
        said += [sentence] if sentence else []
        if start["step"] in common:
            steps = [one for one in steps if one in common]
        else:
            there = None
    both = [here] if there is None else [here, there]
    blocks: list[dict[str, Any]] = []
    compared: dict[int, Any] = {}
    steps, sentence = _affordable(both, steps, start["step"])
    said += [sentence] if sentence else []
    for one in steps:
        dumps = [each.load(one) for each in both]
        blocks += [
            {"run": run, "step": one, "data": payload.block(dump)} for run, dump in enumerate(dumps)
        ]
        if there is not None:
            a, b = dumps
            compared[one] = payload.comparison(a, b, pair(a, b))
    facts = {
        "runs": [each.name for each in both],
        "steps": steps,
        "compared": compared,
        "start": start,
        "said": said,
    }
    page = _template().render(
        title=" and ".join(each.name for each in both),
        runs=[each.name for each in both],
        style="\n".join(_text(name) for name in ("shades.css", "page.css")),
        program="\n".join(_text(name) for name in SCRIPTS),
        facts=_in_script(facts),
        blocks=blocks,
        said=said,
    )
    return page, said


def shades_css() -> str:
    """The style of shaded tokens; a page with ``shaded_html`` in it needs it once."""
    return _text("shades.css")


def _affordable(both: list[Dumps], steps: list[int], kept: int) -> tuple[list[int], str]:
    """So many steps, evenly spread, as a page can hold; the first, the last and ``kept`` always."""
    tokens = sum(len(r.text) for each in both for r in each.load(steps[-1]).rollouts)
    most = max(3, MOST_TOKENS // max(1, tokens))
    if len(steps) <= most:
        return steps, ""
    every = (len(steps) - 1) / (most - 1)
    chosen = sorted({*(steps[round(i * every)] for i in range(most)), kept})
    return chosen, (
        f"{len(steps) - len(chosen)} of {len(steps)} steps are left out to keep the page small; "
        "--step N shows one of them."
    )


def _in_script(value: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("page.html")
