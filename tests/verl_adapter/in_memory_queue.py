"""verl's own trainer over a queue in this process: no Ray, no engine, nothing else replaced."""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from tensordict import NonTensorStack, TensorDict
from transfer_queue import KVBatchMeta

RECIPES = Path(__file__).parents[2] / "recipes"


@lru_cache(maxsize=1)
def _composed() -> Any:
    with initialize_config_dir(config_dir=str(RECIPES), version_base=None):
        return compose("cpu_addition", overrides=["actor_rollout_ref.model.path=unused"])


def config(*overrides: str) -> Any:
    """The shipped recipe, composed once for all tests, with ``key=value`` put in."""
    made = copy.deepcopy(_composed())
    for key, value in (item.lstrip("+").split("=", 1) for item in overrides):
        OmegaConf.update(made, key, yaml.safe_load(value), merge=False, force_add=True)
    return made


class Queue:
    """The calls of ``transfer_queue`` that trainer and replay buffer make, over plain dicts."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, Any]] = {}

    def kv_batch_put(self, keys, partition_id, fields=None, tags=None):
        for name, column in fields.items() if fields is not None else ():
            values = column.unbind() if isinstance(column, torch.Tensor) else list(column)
            for key, value in zip(keys, values, strict=True):
                self.rows.setdefault(key, {})[name] = getattr(value, "data", value)
        for key, tag in zip(keys, tags or [{}] * len(keys), strict=True):
            self.tags.setdefault(key, {}).update(tag)
        return self.batch(keys, partition_id)

    def kv_batch_get(self, keys, partition_id, select_fields=None):
        if not keys:
            raise ValueError("keys or partition were not found!")
        names = [n for n in select_fields if all(n in self.rows[key] for key in keys)]
        return TensorDict(
            {name: _column([self.rows[key][name] for key in keys]) for name in names},
            batch_size=[len(keys)],
        )

    def kv_clear(self, keys, partition_id):
        for key in keys:
            self.rows.pop(key, None)
            self.tags.pop(key, None)

    def kv_list(self, partition_id=None):
        return {"train": dict(self.tags)} if self.tags else None

    def batch(self, keys, partition_id="train"):
        return KVBatchMeta(
            partition_id=partition_id, keys=list(keys), tags=[self.tags[key] for key in keys]
        )


def _column(values: list[Any]) -> Any:
    if isinstance(values[0], torch.Tensor):
        return torch.nested.as_nested_tensor(values, layout=torch.jagged)
    return NonTensorStack(*values)


def rollouts(queue: Queue, infos: list[dict], n: int, *, slots: int = 50, **changed: Any) -> Any:
    """Put a batch as verl's log-prob pass leaves it: ``n`` sessions a group, one reward a session.

    ``changed`` are rows of other values of ``old_log_probs`` and the like, by session.
    """
    torch.manual_seed(0)
    keys = [f"g{i // n}_{i % n}_0" for i in range(len(infos))]
    surprisals = [torch.rand(slots) for _ in infos]
    fields = {
        "uid": [key.split("_")[0] for key in keys],
        "response_mask": [torch.ones(slots, dtype=torch.long) for _ in infos],
        "rm_scores": [
            torch.zeros(slots).index_fill(0, torch.tensor([slots - 1]), info.get("acc", 0.0))
            for info in infos
        ],
        "rollout_log_probs": [-x for x in surprisals],
        "old_log_probs": [-x for x in surprisals],
        "entropy": [x.clone() for x in surprisals],
        "responses": [torch.randint(0, 9, (slots,)) for _ in infos],
        "extra_fields": [{"reward_extra_info": info} for info in infos],
    }
    for name, values in changed.items():
        for row, value in values.items():
            fields[name][row] = value
    for i, key in enumerate(keys):
        queue.rows[key] = {name: column[i] for name, column in fields.items()}
        queue.tags[key] = {"status": "success"}
    return queue.batch(keys)


def trainer(*overrides: str) -> Any:
    """Our trainer over verl's synchronous one, with all that needs workers left out."""
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    from credit_plugins.verl_adapter.estimators import register_estimators
    from credit_plugins.verl_adapter.trainer import CreditTrainer

    class Bare(PPOTrainer):
        def __init__(self, given: Any) -> None:
            self.config, self.parameter_sync_step, self.trainer_mode = given, 1, "sync"
            self.replay_buffer = SimpleNamespace()
            self.total_training_steps, self.global_steps = 100, 1
            self.train_dataset, self.tokenizer = SimpleNamespace(), None

        on_sample_end = on_step_end = lambda self: None

    register_estimators()
    made = type("Made", (CreditTrainer, Bare), {})
    small = ("data.train_batch_size=4", "actor_rollout_ref.rollout.n=4")
    return made(config(*small, "algorithm.credit.dump.every=0", *overrides))
