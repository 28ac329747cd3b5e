"""``verl-credit build``: the file that a data-set environment reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command import EnvId, command, keyword_arguments


@command()
def build(
    env_id: EnvId,
    out: Annotated[Path, typer.Option("-o", "--out", help="The Parquet file to write.")],
    settings: Annotated[
        list[str] | None,
        typer.Argument(help="Where the rows are and how they are read: the settings above."),
    ] = None,
) -> None:
    r"""Prepare the file that a data-set environment reads; golds that fail are refused.

    \b
    Settings, where the set's own do not fit:
      path=FILE         local JSONL, JSON or Parquet; {split} in it
                        stands for the name of a split
      hub=NAME          a set on the Hugging Face hub (config=, revision=)
      revision=COMMIT   a full commit keeps the rows as they are
      split=, validation_split=
                        splits; with one, 1 question in 8 is held out
      question=, answer=, difficulty=, solution=, id=
                        names of columns; a.b is the field b of a,
                        and question=a+b joins two
      commas=           numbers or lists: what golds such as 70,110
                        are; without it each row decides
      system=TEXT       replaces the system prompt of the rows; system=
                        leaves it out

    Rows in verl's own format need path= alone. Refused rows go to
    OUT.refused.jsonl, with reasons.
    """
    from rich.console import Console

    from ..data.build import build

    build(env_id, out, keyword_arguments(settings), Console(stderr=True))
