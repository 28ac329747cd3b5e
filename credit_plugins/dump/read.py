"""Reading a dump back: plain Python and numpy, for viewers and notebooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CreditError
from .schema import ADVANTAGE_OF, FORMAT, METADATA, column_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ran:
    """An operator that ran.

    Attributes:
        name: of the operator.
        kind: ``episode``, ``signal`` or ``token``.
        numbers: at this step.
    """

    name: str
    kind: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """The column of ``Rollout.layers`` that it fills."""
        return column_of(self.name, self.kind)


@dataclass(frozen=True)
class Rollout:
    """One rollout of a dump; the columns of ``schema``.

    Arrays have one entry per token of the response. What is not known is NaN in an array of
    floats, and None where a whole array is not known.

    Attributes:
        layers: what each operator made, by column (``signal:sepa``, ``advantage:gtpo``).
    """

    step: int
    group: str
    rollout: int
    prompt: str
    reward: float
    text: list[str]
    mask: Bools
    prompt_ids: list[int] = field(default_factory=list)
    id: list[int] = field(default_factory=list)
    verdict: str = ""
    answer: str = ""
    gold: str = ""
    task: str = ""
    source: str = ""
    difficulty: str = ""
    turns: list[tuple[int, int]] = field(default_factory=list)
    entropy: Floats | None = None
    surprisal: Floats | None = None
    planning: Bools | None = None
    layers: Mapping[str, Floats] = field(default_factory=dict)
    weight: Floats | None = None

    @property
    def response(self) -> str:
        """The whole response."""
        return "".join(self.text)

    @cached_property
    def advantage(self) -> Floats:
        """The final advantage: that after the last operator which gives one."""
        columns = [name for name in self.layers if name.startswith(ADVANTAGE_OF)]
        return self.layers[columns[-1]] if columns else np.zeros(len(self.text), np.float32)

    @cached_property
    def base(self) -> Floats:
        """The episode operator's advantage, the same on every generated token."""
        columns = [name for name in self.layers if name.startswith(ADVANTAGE_OF)]
        return self.layers[columns[0]] if columns else np.zeros(len(self.text), np.float32)


@dataclass(frozen=True)
class Dump:
    """One step's groups.

    Attributes:
        step: training step.
        chain: name of the chain of operators.
        operators: in the order in which they ran.
        rollouts: group by group.
    """

    step: int
    chain: str
    operators: tuple[Ran, ...]
    rollouts: tuple[Rollout, ...]

    @cached_property
    def groups(self) -> dict[str, list[Rollout]]:
        """Rollouts by group, in the order of the file."""
        found: dict[str, list[Rollout]] = {}
        for rollout in self.rollouts:
            found.setdefault(rollout.group, []).append(rollout)
        return found


def load(file: Path) -> Dump:
    """Read a file that ``write`` wrote.

    Raises:
        CreditError: it is no dump, or of a later format.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
        facts = json.loads((table.schema.metadata or {})[METADATA])
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise CreditError(f"{file} is no dump of verl-credit ({type(error).__name__}).") from error
    if facts["format"] > FORMAT:
        raise CreditError(
            f"{file} has format {facts['format']}, and this version reads up to {FORMAT}; read it "
            "with the version that wrote it."
        )
    operators = tuple(Ran(**one) for one in facts["operators"])
    layers = [one.column for one in operators]
    rollouts = tuple(_rollout(row, layers) for row in table.to_pylist())
    return Dump(rollouts[0].step, facts["chain"], operators, rollouts)


def _rollout(row: dict[str, Any], layers: list[str]) -> Rollout:
    plain = {name: row[name] for name in Rollout.__dataclass_fields__ if name in row}
    floats = {name: _floats(row[name]) for name in ("entropy", "surprisal", "weight")}
    planning = row["planning"]
    return Rollout(
        **plain
        | floats
        | {
            "mask": np.array(row["mask"], dtype=bool),
            "planning": None if planning is None else np.array(planning, dtype=bool),
            "turns": [(turn["start"], turn["end"]) for turn in row["turns"]],
            "layers": {name: np.array(row[name], dtype=np.float32) for name in layers},
        }
    )


def _floats(values: list[float | None] | None) -> Floats | None:
    # None within a list becomes NaN.
    return None if values is None else np.array(values, dtype=np.float32)
