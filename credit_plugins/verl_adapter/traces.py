"""What the operators of a chain make of some sessions, seen while the estimator runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..batch import PLANNING, CreditBatch
from ..chain import Run
from ..dump.schema import column_of


@dataclass
class Traces:
    """What the operators of a chain made of the sessions that are to be dumped.

    Attributes:
        wanted: sessions, by position in the batch; whole groups.
        operators: what ran, with its numbers at this step.
        rows: by session: column -> [T], with ``mask`` and maybe ``planning``; the outputs of a
            session lie one after the other.
        width: slots of one output in such a row.
    """

    wanted: Sequence[int]
    operators: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    width: int = 0

    def look(
        self, run: Run, chunk: CreditBatch, adv_B: Tensor, sessions: Sequence[int], width: int
    ) -> None:
        """Trace what is wanted of a chunk, in which ``sessions`` stand in this order."""
        self.width = width
        at = {session: row for row, session in enumerate(sessions)}
        rows = [at[session] for session in self.wanted if session in at]
        if not rows:
            return
        steps = list(zip(run.chain.steps, run.numbers, strict=True))
        self.operators = [
            {"name": s.operator.name, "kind": s.operator.kind, "numbers": dict(n)} for s, n in steps
        ]
        seen = run.trace(chunk, adv_B, torch.tensor(rows))
        columns = {column_of(s.operator.name, s.operator.kind): s.operator.name for s, _ in steps}
        for position, row in enumerate(rows):
            found = {column: seen[name][position] for column, name in columns.items()}
            found["mask"] = chunk.mask_BT[row]
            if PLANNING in chunk.signals:
                found["planning"] = chunk.signals[PLANNING][row]
            self.rows[sessions[row]] = found
