"""From verl's transfer queue to the rows a CreditBatch is made of, and back.

Three facts of verl 0.9.1 shape this file. The queue holds the actor's full-vocabulary entropy and
log-probabilities, but verl's advantage step fetches neither. A batch is filled up with padding rows
(``tag["is_padding"]``) that must not enter any statistic. And an agent loop may return several
outputs for one session, each a row of its own, which must count once in its group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import MissingSignalError

ENTROPY_REMEDY = (
    "set actor_rollout_ref.actor.fsdp_config.mixed_precision="
    "{param_dtype: fp32, reduce_dtype: fp32, buffer_dtype: fp32} (CPU), or "
    "actor_rollout_ref.actor.entropy_from_logits_with_chunking=True (GPU)"
)
_QUEUE_FIELDS = ("responses", "response_mask", "entropy", "old_log_probs", "rollout_log_probs")


@dataclass(frozen=True)
class QueueRows:
    """Side fields of one batch, padded to the width verl pads to; row order is verl's.

    Attributes:
        ids_BT: response token ids, int64.
        entropy_BT: Shannon entropy of the actor's distribution, nats, or None.
        surprisal_BT: -log p of the sampled token under the actor, nats, or None.
        rollout_surprisal_BT: the same under the rollout engine, or None.
        keys: verl's row keys, ``{uid}_{session}_{index}``.
        padding_B: which rows verl added only to fill the batch.
    """

    ids_BT: Tensor
    entropy_BT: Tensor | None
    surprisal_BT: Tensor | None
    rollout_surprisal_BT: Tensor | None
    keys: Sequence[str]
    padding_B: Tensor


def fetch_rows(batch: Any) -> QueueRows:
    """Read the side fields of ``batch`` (a ``KVBatchMeta``) from the transfer queue.

    Raises:
        MissingSignalError: entropy is not float32.
    """
    import transfer_queue as tq

    data = tq.kv_batch_get(
        keys=batch.keys, partition_id=batch.partition_id, select_fields=list(_QUEUE_FIELDS)
    )
    present = set(data.keys())

    def padded(name: str, sign: float = 1.0) -> Tensor | None:
        return sign * data[name].to_padded_tensor(0) if name in present else None

    entropy_BT = padded("entropy")
    if entropy_BT is not None and entropy_BT.dtype != torch.float32:
        raise MissingSignalError(
            f"entropy arrived as {entropy_BT.dtype}, which rounds low entropies to zero; "
            f"float32 is needed: {ENTROPY_REMEDY}."
        )
    return QueueRows(
        ids_BT=data["responses"].to_padded_tensor(0),
        entropy_BT=entropy_BT,
        surprisal_BT=padded("old_log_probs", -1.0),
        rollout_surprisal_BT=padded("rollout_log_probs", -1.0),
        keys=tuple(batch.keys),
        padding_B=padding_of(batch),
    )


def fetch_last(batch: Any, *names: str) -> tuple[list[str], Any]:
    """Read fields of the last output of every session of ``batch``; padding is left out.

    Returns:
        verl's row keys, and the fields in their order; None where the batch has no rows.
    """
    import transfer_queue as tq

    rows = SessionFold.of(batch.keys, padding_of(batch)).last_rows
    keys = [batch.keys[row] for row in rows]
    if not keys:
        return [], None
    where = {"keys": keys, "partition_id": batch.partition_id}
    return keys, tq.kv_batch_get(**where, select_fields=list(names))


def padding_of(batch: Any) -> Tensor:
    """Which rows of ``batch`` verl added only to fill it, bool [B]."""
    return torch.tensor([bool(tag.get("is_padding", False)) for tag in batch.tags])


@dataclass(frozen=True)
class SessionFold:
    """Which verl rows make up each session, in order of output index.

    ``rows[s]`` lists the rows of session ``s``; the last one carries the session's reward. With one
    output per session, folding only drops the padding rows.
    """

    rows: tuple[tuple[int, ...], ...]
    n_rows: int

    @classmethod
    def of(cls, keys: Sequence[str], padding_B: Tensor) -> SessionFold:
        """Group the rows that are not padding by ``{uid}_{session}``."""
        sessions: dict[str, list[tuple[int, int]]] = {}
        for row, (key, padding) in enumerate(zip(keys, padding_B.tolist(), strict=True)):
            if not padding:
                session, index = key.rsplit("_", 1)
                sessions.setdefault(session, []).append((int(index), row))
        rows = tuple(tuple(row for _, row in sorted(parts)) for parts in sessions.values())
        return cls(rows=rows, n_rows=len(keys))

    @property
    def last_rows(self) -> list[int]:
        """The row of each session's final output."""
        return [parts[-1] for parts in self.rows]

    def fold(self, x_BT: Tensor) -> Tensor:
        """Lay the outputs of a session side by side: [rows, T] -> [sessions, parts * T]."""
        n_parts = max((len(parts) for parts in self.rows), default=1)
        if n_parts == 1:
            return x_BT[self.last_rows]
        width = x_BT.shape[1]
        out = x_BT.new_zeros(len(self.rows), n_parts * width)
        for session, parts in enumerate(self.rows):
            out[session, : len(parts) * width] = x_BT[list(parts)].reshape(-1)
        return out

    def unfold(self, x_ST: Tensor, width: int) -> Tensor:
        """Inverse of ``fold``; rows that were padding become zero."""
        out = x_ST.new_zeros(self.n_rows, width)
        for session, parts in enumerate(self.rows):
            out[list(parts)] = x_ST[session, : len(parts) * width].reshape(len(parts), width)
        return out


def rollout_gap(rows: QueueRows, mask_BT: Tensor) -> Mapping[str, float]:
    """Largest |log p_rollout - log p_actor| over generated tokens (nats); {} if not recorded."""
    if rows.rollout_surprisal_BT is None or rows.surprisal_BT is None:
        return {}
    gap_BT = (rows.rollout_surprisal_BT - rows.surprisal_BT).abs()
    valid = gap_BT[mask_BT & ~rows.padding_B[:, None]]
    return {"credit/rollout_logprob_gap/max": float(valid.max()) if valid.numel() else 0.0}
