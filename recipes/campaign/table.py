"""What a finished run leaves: one small JSON file, fit to be committed.

Everything that a report needs is in it, so that a campaign goes on, and is reported on, from these
files alone on another machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RunError
from .endpoint import Counts, Endpoint
from .paired import Floats

FORMAT = 1


@dataclass(frozen=True)
class Proof:
    """What two runs of a seed must have in common to be a pair; see `pairing`.

    Attributes:
        weights: SHA-256 of the initial weights.
        prompts: step -> hash of the prompts of its whole batch; None where not all were dumped.
        first_step: a hash of every rollout of the first step, prompt and answer token by token.
        evaluation: the settings by which held-out problems are drawn and answered.
    """

    weights: str
    prompts: Mapping[str, str | None]
    first_step: Sequence[str]
    evaluation: str


@dataclass(frozen=True)
class Table:
    """The result of one run.

    Attributes:
        plan: hash of the plan.
        arm: its name in the plan.
        seed: of the plan.
        configuration: hash of the composed configuration, without what the run folder decides.
        tasks: of the held-out problems, ``SOURCE TASK``.
        difficulty: of each; "" for none.
        samples: answers to each.
        steps: of the validations.
        right: right answers, a row per validation.
        proof: of pairing.
        series: metric -> step -> value, of training.
        dose: how far the first gradient is from that of uniform credit; see `dose`.
        facts: seconds, attempts, versions, commit, hardware.
        first_validation_of: arm whose validation before training is the first row; "" if the run
            made it itself.
        taken_from: hash of the plan under which the run was made, if that is another.
    """

    plan: str
    arm: str
    seed: int
    configuration: str
    tasks: Sequence[str]
    difficulty: Sequence[str]
    samples: Sequence[int]
    steps: Sequence[int]
    right: Sequence[Sequence[int]]
    proof: Proof
    series: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    dose: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    first_validation_of: str = ""
    taken_from: str = ""

    @property
    def counts(self) -> Counts:
        """Right answers, [steps, J]."""
        return np.asarray(self.right, dtype=np.int64)

    @property
    def seconds(self) -> float:
        """Wall time of the run; of its steps alone where it was made in several attempts."""
        return float(self.facts.get("seconds") or self.facts.get("seconds_in_steps") or 0.0)

    def values(self, endpoint: Endpoint) -> Floats:
        """The endpoint of each problem, [J]; its mean is the run's.

        Raises:
            RunError: a problem has fewer answers than k.
        """
        n_J, right = np.asarray(self.samples), self.counts
        if endpoint.k > n_J.min():
            raise RunError(
                f"{endpoint} needs {endpoint.k} answers to each problem; a run of {self.arm} has "
                f"{n_J.min()}."
            )
        found = np.empty(len(n_J))
        for n in np.unique(n_J):
            found[n_J == n] = endpoint.values(self.steps, right[:, n_J == n], int(n))
        return found

    def curve(self, k: int) -> Floats:
        """Mean pass@k at each validation, [steps]."""
        each = [replace(self, steps=[0], right=[row]) for row in self.right]
        return np.array([one.values(Endpoint("final", k)).mean() for one in each])


def file_of(folder: Path, arm: str, seed: int) -> Path:
    """Where the table of a run lies in a campaign's folder."""
    return folder / "results" / f"{arm}.seed{seed}.json"


def write(table: Table, folder: Path) -> Path:
    """Write a table in one rename, so that a file that is there is whole."""
    file = file_of(folder, table.arm, table.seed)
    rows = {"format": FORMAT, **asdict(table)}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in rows.items()]
    write_whole(file, "{\n" + ",\n".join(lines) + "\n}\n")
    return file


def write_whole(file: Path, text: str) -> None:
    """Write a text file in one rename."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    with partial.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)


def read(file: Path) -> Table:
    """The table in a file.

    Raises:
        RunError: it is none, or of a later format.
    """
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        version = rows["format"]
        known = {one.name for one in fields(Table)}
        kept = {key: value for key, value in rows.items() if key in known}
        table = Table(**{**kept, "proof": Proof(**rows["proof"])})
        sound = len(table.right) == len(table.steps) and all(
            len(row) == len(table.tasks) == len(table.samples) for row in table.right
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{file} is no result of a campaign ({type(error).__name__}).") from error
    if version > FORMAT:
        raise RunError(
            f"{file} has format {version}, and this version reads up to {FORMAT}; read it with the "
            "version that wrote it."
        )
    if not sound:
        raise RunError(f"{file} is no result of a campaign: its rows have different lengths.")
    return table


def with_first_validation(tables: Sequence[Table]) -> list[Table]:
    """Tables of one seed, those without a validation before training with that of another arm.

    It is theirs too: the same weights, problems and sampling seeds; where these differ nothing is
    added.
    """
    givers = [table for table in tables if 0 in table.steps and not table.first_validation_of]
    return [_completed(table, givers) for table in tables]


def _completed(table: Table, givers: Sequence[Table]) -> Table:
    if 0 in table.steps:
        return table
    for giver in givers:
        same = (
            giver.proof.weights == table.proof.weights
            and giver.proof.evaluation == table.proof.evaluation
            and (giver.tasks, giver.samples) == (table.tasks, table.samples)
        )
        if same:
            row = giver.right[list(giver.steps).index(0)]
            return replace(
                table,
                steps=[0, *table.steps],
                right=[row, *table.right],
                first_validation_of=giver.arm,
            )
    return table
