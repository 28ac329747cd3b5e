"""When groups are dumped: ``algorithm.credit.dump``."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Options, integer, path_or_null


@dataclass(frozen=True)
class DumpConfig(Options):
    """Options of ``algorithm.credit.dump``.

    Attributes:
        every: steps between two dumps; the first step is dumped too. 0 for none.
        groups: how many groups of a step, those with a success and a failure first.
        folder: where the files go; null for the folder ``dumps`` in ``trainer.default_local_dir``.
    """

    every: int = integer(0, 0)
    groups: int = integer(2, 1)
    folder: str | None = path_or_null()

    def wants(self, step: int) -> bool:
        """Whether a training step, counted from 1, is dumped."""
        return self.every > 0 and (step == 1 or step % self.every == 0)
