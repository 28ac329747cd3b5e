"""From verl's transfer queue to the rows a CreditBatch is made of, and back.

Three facts of verl shape this file. The queue holds the actor's full-vocabulary entropy and
log-probabilities, but verl's advantage step fetches neither. A batch is filled up with padding rows
(``tag["is_padding"]``) that must not enter any statistic. And an agent loop may return several
outputs for one session, each a row of its own, which must count once in its group.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..batch import ENTROPY, IDS, PLANNING, STATE, SURPRISAL, TURN
from ..errors import MissingSignalError

EXTRA = "extra_fields"
TURNS = "turns"
"""What our agent loop says of an episode's answers: start, end and state of each, by position."""

FIELDS = {
    ENTROPY: "entropy",
    SURPRISAL: "old_log_probs",
    IDS: "responses",
    TURN: EXTRA,
    STATE: EXTRA,
}
"""The field of the queue from which each signal is made."""


def fetch(
    batch: Any, sessions: Sessions, signals: Collection[str], width: int
) -> dict[str, Tensor]:
    """Read some signals of some sessions, by their names.

    Args:
        batch: verl's ``KVBatchMeta``.
        sessions: whose rows are read.
        signals: names of ``FIELDS``; nothing is asked for none.
        width: columns to which verl pads.

    Returns:
        [rows, width] each, 0 beyond the end of a response.

    Raises:
        MissingSignalError: nobody provides a signal.
    """
    if unknown := sorted(set(signals) - set(FIELDS)):
        raise MissingSignalError(
            f"the chain reads {', '.join(unknown)}, which verl's queue does not hold; it has "
            f"{', '.join(sorted({*FIELDS, PLANNING}))}."
        )
    names = sorted({FIELDS[name] for name in signals})
    if not names:
        return {}
    import transfer_queue as tq

    keys = [batch.keys[row] for row in sessions.all_rows]
    data = tq.kv_batch_get(keys=keys, partition_id=batch.partition_id, select_fields=names)
    if missing := sorted(set(names) - set(data.keys())):
        raise MissingSignalError(f"verl's queue holds no {', '.join(missing)} for this batch.")
    found = {name: _padded(data[FIELDS[name]], width) for name in signals if FIELDS[name] != EXTRA}
    if SURPRISAL in found:
        found[SURPRISAL] = -found[SURPRISAL]
    if EXTRA in names:
        extras = [getattr(value, "data", value) for value in data[EXTRA]]
        found |= turns_of(extras, [len(parts) for parts in sessions.rows], width)
    return found


def turns_of(
    extras: Sequence[Mapping[str, Any]], outputs: Sequence[int], width: int
) -> dict[str, Tensor]:
    """Number and state of the turn of every token, int64 [rows,width]; 0 outside of turns.

    Args:
        extras: verl's ``extra_fields`` of every row, session by session.
        outputs: rows of each session; turns are counted through them.
        width: columns to which verl pads.

    Raises:
        MissingSignalError: the agent loop of a row does not report its turns.
    """
    if not all(TURNS in extra for extra in extras):
        raise MissingSignalError(
            "the chain reads turns, and the agent loop reports none; use the agent loop "
            f"reasoning_env, or let yours return extra_fields['{TURNS}'] = [[start, end, state], "
            "...]: the positions of each answer in the response, and a number for what it answers."
        )
    turn_RT, state_RT = (torch.zeros(len(extras), width, dtype=torch.long) for _ in range(2))
    row = 0
    for parts in outputs:
        number = 0
        for _ in range(parts):
            for start, end, state in extras[row][TURNS]:
                turn_RT[row, start:end], state_RT[row, start:end] = number, state
                number += 1
            row += 1
    return {TURN: turn_RT, STATE: state_RT}


def _padded(nested: Tensor, width: int) -> Tensor:
    x_RT: Tensor = nested.to_padded_tensor(0)
    return torch.nn.functional.pad(x_RT, (0, width - x_RT.shape[1]))


def fetch_last(batch: Any, *names: str) -> tuple[list[str], Any]:
    """Read fields of the last output of every session of ``batch``; padding is left out.

    Returns:
        verl's row keys, and the fields in their order; None where the batch has no rows.
    """
    import transfer_queue as tq

    rows = Sessions.of(batch.keys, padding_of(batch)).last_rows
    keys = [batch.keys[row] for row in rows]
    if not keys:
        return [], None
    where = {"keys": keys, "partition_id": batch.partition_id}
    return keys, tq.kv_batch_get(**where, select_fields=list(names))


def padding_of(batch: Any) -> Tensor:
    """Which rows of ``batch`` verl added only to fill it, bool [B]."""
    return torch.tensor([bool(tag.get("is_padding", False)) for tag in batch.tags])


@dataclass(frozen=True)
class Sessions:
    """Which verl rows make up each session, in order of output index.

    ``rows[s]`` lists the rows of session ``s``; the last one carries the session's reward. With one
    output per session, folding only drops the padding rows.
    """

    rows: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, keys: Sequence[str], padding_B: Tensor) -> Sessions:
        """Group the rows that are not padding by ``{uid}_{session}``."""
        sessions: dict[str, list[tuple[int, int]]] = {}
        for row, (key, padding) in enumerate(zip(keys, padding_B.tolist(), strict=True)):
            if not padding:
                session, index = key.rsplit("_", 1)
                sessions.setdefault(session, []).append((int(index), row))
        return cls(tuple(tuple(row for _, row in sorted(parts)) for parts in sessions.values()))

    def part(self, chosen: Sequence[int]) -> Sessions:
        """Some of the sessions."""
        return Sessions(tuple(self.rows[session] for session in chosen))

    @property
    def last_rows(self) -> list[int]:
        """The row of each session's final output."""
        return [parts[-1] for parts in self.rows]

    @property
    def all_rows(self) -> list[int]:
        """The rows of all sessions, session by session."""
        return [row for parts in self.rows for row in parts]

    @property
    def most(self) -> int:
        """Outputs of the longest session."""
        return max((len(parts) for parts in self.rows), default=1)

    def total(self, x_B: Tensor) -> Tensor:
        """Sum over the outputs of each session, [rows] -> [sessions]."""
        owner = [session for session, parts in enumerate(self.rows) for _ in parts]
        out = x_B.new_zeros(len(self.rows))
        return out.index_add_(0, torch.tensor(owner, dtype=torch.long), x_B[self.all_rows])

    def fold(self, x_RT: Tensor) -> Tensor:
        """Lay the outputs of a session side by side: [all_rows, T] -> [sessions, most * T]."""
        if self.most == 1:
            return x_RT
        width, row = x_RT.shape[1], 0
        out = x_RT.new_zeros(len(self.rows), self.most * width)
        for session, parts in enumerate(self.rows):
            part = x_RT[row : row + len(parts)]
            out[session, : len(parts) * width] = part.reshape(-1)
            row += len(parts)
        return out

    def unfold_into(self, out_BT: Tensor, x_ST: Tensor) -> None:
        """Put what belongs to each output into its row of verl's batch."""
        width = out_BT.shape[1]
        for session, parts in enumerate(self.rows):
            laid = x_ST[session, : len(parts) * width].reshape(len(parts), width)
            out_BT[list(parts)] = laid
