"""Dumps whole groups of a step from verl's queue: ``algorithm.credit.dump``, see ``..dump``."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..chain import Chain
from ..dump import DumpConfig, token_texts, write
from ..dump.schema import ADVANTAGE_OF
from ..errors import CreditError
from ..operator import EPISODE
from ..planning import PieceTable
from .estimators import credit_section
from .fields import EXTRA, TURNS, Sessions, padding_of
from .infos import label, words
from .notices import tell
from .outcomes import Outcomes
from .traces import Traces

SECTION = "algorithm.credit.dump"
MOST_TOKENS = 1_000_000
"""Slots of a dump; groups beyond are left out, so that a file stays below about 50 MB."""

FIELDS = ("prompts", "responses", EXTRA, "reward_model", "entropy", "old_log_probs")


class Dumps:
    """Decides what of a step is dumped, and writes it.

    Args:
        config: verl's.
        chain: that of the run; None for an estimator of verl, of which nothing is dumped.
    """

    def __init__(self, config: Any, chain: Chain | None) -> None:
        self._chain = chain
        self._config = DumpConfig(**(credit_section(config.algorithm).get("dump") or {}))
        default = Path(config.trainer.default_local_dir) / "dumps"
        self._folder = Path(self._config.folder or default)
        self._most = MOST_TOKENS // int(config.data.max_response_length)
        self._texts: _Texts | None = None

    def begin(self, step: int, outcomes: Outcomes) -> Traces | None:
        """What to trace at this step; None if it is not dumped."""
        if self._chain is None or not self._config.wants(step):
            return None
        return Traces(choose(outcomes, self._config.groups, self._most))

    def end(self, trainer: Any, batch: Any, outcomes: Outcomes, traces: Traces | None) -> None:
        """Write what was traced; what goes wrong is said and costs this dump alone."""
        if self._chain is None or traces is None or not traces.rows:
            return
        if self._texts is None:
            self._texts = _Texts(trainer.tokenizer, _pieces(trainer.tokenizer))
        try:
            rows = list(_rows(trainer.global_steps, batch, outcomes, traces, self._texts))
            write(self._folder, rows, self._chain.name, traces.operators)
        except Exception as error:  # what only shows a training must not end it
            tell(f"step {trainer.global_steps} is not dumped: {error}")


def choose(outcomes: Outcomes, groups: int, most: int) -> list[int]:
    """Positions of the sessions of whole groups, those with a success and a failure first.

    Args:
        outcomes: of the batch.
        groups: how many to take at most.
        most: sessions to take at most; the first group is taken whatever its size.
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for position, group in enumerate(outcomes.groups):
        members[group].append(position)
    mixed = {
        name: len({outcomes.rewards[i] for i in positions}) > 1
        for name, positions in members.items()
    }
    chosen: list[int] = []
    for name in sorted(members, key=lambda name: not mixed[name])[:groups]:
        if chosen and len(chosen) + len(members[name]) > most:
            break
        chosen += members[name]
    return chosen


@dataclass(frozen=True)
class _Texts:
    tokenizer: Any
    pieces: PieceTable | None

    def each(self, ids: Sequence[int]) -> list[str]:
        return token_texts(ids, self.tokenizer, self.pieces)


def _pieces(tokenizer: Any) -> PieceTable | None:
    try:
        return PieceTable.from_tokenizer(tokenizer)
    except CreditError:  # of another family: tokens are decoded one by one
        return None


def _rows(
    step: int, batch: Any, outcomes: Outcomes, traces: Traces, texts: _Texts
) -> Iterator[dict[str, Any]]:
    sessions = Sessions.of(batch.keys, padding_of(batch)).part(traces.wanted)
    read = _Queue(batch, sessions)
    episode = next(ADVANTAGE_OF + one["name"] for one in traces.operators if one["kind"] == EPISODE)
    final = [name for name in next(iter(traces.rows.values())) if name.startswith(ADVANTAGE_OF)][-1]
    seen: defaultdict[str, int] = defaultdict(int)
    for at, session in enumerate(traces.wanted):
        group, info = outcomes.groups[session], outcomes.infos[session]
        ids, places = read.response(at), read.places(at, traces.width)
        traced = {name: x_T[places] for name, x_T in traces.rows[session].items()}
        base_T = traced[episode]
        weight_T = torch.where(base_T != 0, traced[final] / base_T, torch.nan)
        prompt_ids = read.prompt(at)
        yield {
            "step": step,
            "group": group,
            "rollout": seen[group],
            "prompt": "".join(texts.each(prompt_ids)),
            "prompt_ids": prompt_ids,
            "reward": outcomes.rewards[session],
            "verdict": words(info.get("verdict")),
            "answer": words(info.get("extracted")),
            "gold": read.gold(at),
            "task": words(info.get("task_id")),
            "source": words(info.get("source")),
            "difficulty": label(info.get("difficulty")) or "",
            "turns": read.turns(at),
            "text": texts.each(ids),
            "id": ids,
            "entropy": _plain(read.signal(at, "entropy")),
            "surprisal": _plain(read.signal(at, "old_log_probs"), sign=-1.0),
            "planning": None,
            **{name: _plain(x_T) for name, x_T in traced.items()},
            "weight": _plain(weight_T),
        }
        seen[group] += 1


def _plain(x_T: Tensor | None, sign: float = 1.0) -> list[Any] | None:
    """Numbers for JSON-like rows; what is not finite is null."""
    if x_T is None:
        return None
    if not x_T.is_floating_point():
        return list(x_T.tolist())
    return [sign * value if math.isfinite(value) else None for value in x_T.tolist()]


class _Queue:
    """What verl's queue holds of some sessions; a response may lie in several outputs."""

    def __init__(self, batch: Any, sessions: Sessions) -> None:
        import transfer_queue as tq

        keys = [batch.keys[row] for row in sessions.all_rows]
        where = {"keys": keys, "partition_id": batch.partition_id}
        data = tq.kv_batch_get(**where, select_fields=list(FIELDS))
        # Taken apart once: a look into a TensorDict makes the whole column anew.
        self._columns: dict[str, Any] = {name: _each(data[name]) for name in data.keys()}  # noqa: SIM118
        self._outputs, first = [], 0
        for parts in sessions.rows:
            self._outputs.append(range(first, first + len(parts)))
            first += len(parts)
        self._responses = self._columns["responses"]

    def prompt(self, at: int) -> list[int]:
        """Ids of the first output's prompt."""
        found: list[int] = self._columns["prompts"][self._outputs[at][0]].tolist()
        return found

    def response(self, at: int) -> list[int]:
        """Ids of all outputs."""
        return [i for output in self._outputs[at] for i in self._responses[output].tolist()]

    def places(self, at: int, width: int) -> Tensor:
        """Where the response's tokens stand in the rows of the estimator, int64."""
        parts = [
            torch.arange(len(self._responses[output])) + number * width
            for number, output in enumerate(self._outputs[at])
        ]
        return torch.cat(parts)

    def signal(self, at: int, name: str) -> Tensor | None:
        """A field with one entry per token of the response; None if the queue has none."""
        if name not in self._columns:
            return None
        rows = self._columns[name]
        parts = [rows[i][: len(self._responses[i])].float() for i in self._outputs[at]]
        return torch.cat(parts)

    def gold(self, at: int) -> str:
        """The right answer, from the row of the data set."""
        if "reward_model" not in self._columns:
            return ""
        row = _value(self._columns["reward_model"][self._outputs[at][0]])
        gold = row.get("ground_truth") if isinstance(row, Mapping) else None
        return words(gold if isinstance(gold, str) or gold is None else str(gold))

    def turns(self, at: int) -> list[dict[str, int]]:
        """Start and end of each answer, as positions in the response."""
        found, offset = [], 0
        for output in self._outputs[at]:
            extra = _value(self._columns[EXTRA][output])
            for start, end, _ in extra.get(TURNS) or []:
                found.append({"start": offset + start, "end": offset + end})
            offset += len(self._responses[output])
        return found


def _each(column: Any) -> Any:
    return column.unbind() if isinstance(column, Tensor) else column


def _value(item: Any) -> Any:
    return getattr(item, "data", item)
