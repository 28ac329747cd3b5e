"""Loaded into verl's processes by the end-to-end tests: writes down what reaches our estimator.

For every advantage step: verl's own arguments, the rows from the queue, our answer, what verl's own
GRPO returns for the same arguments, and our answer once more in chunks of ``E2E_CHUNK_BYTES``.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import wrapt


@wrapt.when_imported("credit_plugins.verl_adapter.estimators")
def _spy(module: Any) -> None:
    folder = Path(os.environ["E2E_SPY_DIR"])
    folder.mkdir(parents=True, exist_ok=True)

    def record(wrapped: Any, _instance: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        from verl.trainer.ppo.core_algos import compute_grpo_outcome_advantage

        step = module.current()
        before = step.state
        advantage, returns = wrapped(*args, **kwargs)
        in_chunks = _in_chunks(module, replace(step, state=before, metrics={}), wrapped, kwargs)
        reference, _ = compute_grpo_outcome_advantage(
            token_level_rewards=kwargs["token_level_rewards"].clone(),
            response_mask=kwargs["response_mask"],
            index=kwargs["index"],
        )
        torch.save(
            {
                **_queue(step.batch),
                "reward": kwargs["token_level_rewards"],
                "mask": kwargs["response_mask"],
                "uid": list(kwargs["index"]),
                "padding": module.padding_of(step.batch),
                "keys": list(step.batch.keys),
                "advantage": advantage,
                "verl_grpo": reference,
                "metrics": step.metrics,
                **in_chunks,
            },
            folder / f"step_{step.step}.pt",
        )
        return advantage, returns

    wrapt.wrap_function_wrapper(module, "VerlEstimator.__call__", record)


def _in_chunks(module: Any, step: Any, wrapped: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The same step in small chunks from the queue: answer, metrics and round trips."""
    if "E2E_CHUNK_BYTES" not in os.environ:
        return {}
    from credit_plugins.verl_adapter.context import providing

    trips: list[int] = []

    def counted(batch: Any, part: Any, *rest: Any) -> Any:
        trips.append(len(part.rows))
        return fetch(batch, part, *rest)

    fetch, size = module.fetch, module.CHUNK_BYTES
    module.fetch, module.CHUNK_BYTES = counted, int(os.environ["E2E_CHUNK_BYTES"])
    try:
        with providing(step):
            answer, _ = wrapped(**kwargs)
    finally:
        module.fetch, module.CHUNK_BYTES = fetch, size
    return {"chunked": answer, "chunked_metrics": step.metrics, "trips": trips}


def _queue(batch: Any) -> dict[str, Any]:
    """What the queue holds for a batch: padded as verl pads, and prompts and responses as lists."""
    import transfer_queue as tq

    names = ["prompts", "responses", "entropy", "old_log_probs", "rollout_log_probs"]
    data = tq.kv_batch_get(keys=batch.keys, partition_id=batch.partition_id, select_fields=names)
    return {
        "prompts": [row.clone() for row in data["prompts"].unbind()],
        "responses": [row.clone() for row in data["responses"].unbind()],
        "entropy": data["entropy"].to_padded_tensor(0),
        "surprisal": -data["old_log_probs"].to_padded_tensor(0),
        "rollout_surprisal": -data["rollout_log_probs"].to_padded_tensor(0),
    }
