"""Loaded into verl's processes by the end-to-end tests: writes down what reaches our estimator.

For every advantage step: verl's own arguments, the rows from the queue, our answer, and what verl's
own GRPO returns for the same arguments.
"""

from __future__ import annotations

import os
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

        advantage, returns = wrapped(*args, **kwargs)
        step = module.current()
        reference, _ = compute_grpo_outcome_advantage(
            token_level_rewards=kwargs["token_level_rewards"].clone(),
            response_mask=kwargs["response_mask"],
            index=kwargs["index"],
        )
        torch.save(
            {
                "reward": kwargs["token_level_rewards"],
                "mask": kwargs["response_mask"],
                "uid": list(kwargs["index"]),
                "ids": step.rows.ids_BT,
                "entropy": step.rows.entropy_BT,
                "surprisal": step.rows.surprisal_BT,
                "rollout_surprisal": step.rows.rollout_surprisal_BT,
                "padding": step.rows.padding_B,
                "keys": list(step.rows.keys),
                "advantage": advantage,
                "verl_grpo": reference,
            },
            folder / f"step_{step.step}.pt",
        )
        return advantage, returns

    wrapt.wrap_function_wrapper(module, "VerlEstimator.__call__", record)


@wrapt.when_imported("credit_plugins.verl_adapter.fields")
def _keep_prompts(module: Any) -> None:
    """Also keep the prompts, so that a test can run the model on exactly what was trained."""
    folder = Path(os.environ["E2E_SPY_DIR"])

    def record(wrapped: Any, _instance: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        import transfer_queue as tq

        (batch,) = args
        data = tq.kv_batch_get(
            keys=batch.keys, partition_id=batch.partition_id, select_fields=["prompts", "responses"]
        )
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(
            {
                "keys": list(batch.keys),
                "prompts": [row.clone() for row in data["prompts"].unbind()],
                "responses": [row.clone() for row in data["responses"].unbind()],
            },
            folder / f"prompts_{len(list(folder.glob('prompts_*.pt'))) + 1}.pt",
        )
        return wrapped(*args, **kwargs)

    wrapt.wrap_function_wrapper(module, "fetch_rows", record)
