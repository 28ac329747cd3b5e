"""prime-rl's token exports as dumps: ``token_exports/step_N/rank_R.jsonl``, a sequence per line.

Of a line are read, each a list with one entry per token: ``token_ids`` and ``loss_mask`` (needed),
``advantages``, ``rewards``, ``entropy`` and ``trainer_logprobs``; and ``export_step`` or ``step``,
``env_name`` and ``sample_id``. There is no text, no verdict and one advantage, after everything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from credit_plugins.dump import Dump, Rollout, token_texts
from credit_plugins.dump.read import Ran
from credit_plugins.errors import CreditError
from credit_plugins.operator import EPISODE
from credit_plugins.planning import PieceTable

from ..errors import RunError

Row = dict[str, Any]
Texts = Callable[[Sequence[int]], list[str]]
"""Token ids -> the text of each."""

OPERATOR = Ran("prime_rl", EPISODE)


def texts_of(tokenizer: Path | None) -> Texts:
    """Texts by a Hugging Face tokenizer in a folder; without one, the ids themselves.

    Raises:
        RunError: there is no tokenizer.
    """
    if tokenizer is None:
        return lambda ids: [f"{i} " for i in ids]
    from transformers import AutoTokenizer

    try:
        loaded = AutoTokenizer.from_pretrained(tokenizer, local_files_only=True)
    except (OSError, ValueError) as error:
        raise RunError(f"{tokenizer} holds no tokenizer that transformers can read.") from error
    try:
        pieces = PieceTable.from_tokenizer(loaded)
    except CreditError:
        pieces = None
    return lambda ids: token_texts(ids, loaded, pieces)


def steps_of(files: Sequence[Path]) -> dict[int, list[Row]]:
    """Sequences by step.

    Raises:
        RunError: a line is no sequence of prime-rl's, or there is none.
    """
    found: dict[int, list[Row]] = {}
    for row in (row for file in files for row in _rows(file)):
        step = row.get("export_step")
        found.setdefault(int(row.get("step", 0) if step is None else step), []).append(row)
    if not found:
        raise RunError(f"{files[0]} holds no sequences.")
    return found


def read(rows: Sequence[Row], texts: Texts) -> Dump:
    """The dump of one step; sequences with the same prompt are a group."""
    seen: dict[tuple[int, ...], int] = {}
    members: list[list[Rollout]] = []
    for row in rows:
        start = row["loss_mask"].index(True)
        prompt = tuple(row["token_ids"][:start])
        group = seen.setdefault(prompt, len(seen))
        if group == len(members):
            members.append([])
        members[group].append(_rollout(row, start, f"g{group}", len(members[group]), texts))
    rollouts = tuple(rollout for group in members for rollout in group)
    return Dump(rollouts[0].step, "prime-rl", (OPERATOR,), rollouts)


def _rollout(row: Row, start: int, group: str, number: int, texts: Texts) -> Rollout:
    ids = row["token_ids"]
    logprobs_T = _floats(row.get("trainer_logprobs"), start)
    advantage_T = _floats(row.get("advantages"), start)
    rewards = [value for value in row.get("rewards") or [] if value is not None]
    step = row.get("export_step")
    return Rollout(
        step=int(row.get("step", 0) if step is None else step),
        group=group,
        rollout=number,
        prompt="".join(texts(ids[:start])),
        prompt_ids=ids[:start],
        reward=float(rewards[-1]) if rewards else float("nan"),
        text=texts(ids[start:]),
        id=ids[start:],
        mask=np.array(row["loss_mask"][start:], dtype=bool),
        source=str(row.get("env_name") or ""),
        entropy=_floats(row.get("entropy"), start),
        surprisal=None if logprobs_T is None else -logprobs_T,
        layers={} if advantage_T is None else {OPERATOR.column: advantage_T},
    )


def _floats(values: list[float | None] | None, start: int) -> np.ndarray | None:
    # None within a list becomes NaN.
    return None if values is None else np.array(values[start:], dtype=np.float32)


def _rows(file: Path) -> Iterator[Row]:
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            lists = [row["token_ids"], row["loss_mask"]]
            good = len(lists[0]) == len(lists[1]) > 0 and True in lists[1]
        except (ValueError, KeyError, TypeError) as error:
            reason = f"not a sequence with token_ids and loss_mask ({type(error).__name__})"
            raise RunError(f"{file}, line {number}: {reason}.") from error
        if not good:
            raise RunError(
                f"{file}, line {number}: token_ids has {len(lists[0])} entries and loss_mask "
                f"{len(lists[1])}, {sum(map(bool, lists[1]))} of them true; they must be equally "
                "long, and one must be true."
            )
        yield row
