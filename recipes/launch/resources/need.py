"""What a run asks of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig

from envs import data_env, make
from envs.errors import EnvError

from ..outside import OUR_DATA_SET
from .memory import Memory, estimate
from .model_size import counted
from .settings import ACTOR, CARD, ROLLOUT, gpus, select, whole

# single_controller/ray/base.py: ResourcePoolManager.max_colocate_count CPUs go with every GPU;
# workers/rollout/replica.py: two with one that only generates.
_CPUS_OF_A_GPU, _CPUS_OF_A_STANDALONE = 3, 2
# transfer_queue/controller.py, and storage/simple_storage.py for each of its units.
_CPUS_OF_THE_QUEUE = 1
STORAGE = "transfer_queue.backend.SimpleStorage"


@dataclass(frozen=True)
class Need:
    """What a run needs of Ray, of its queue and of each GPU.

    Attributes:
        cpus: that Ray has to have, all nodes together; logical ones, not cores.
        gpus: of the trainer, and of a rollout of its own, all nodes together.
        gpus_per_node: on every node of the trainer.
        rows: that the queue holds at once.
        memory: bytes of one GPU by part; None where the card or the model is not known.
    """

    cpus: int
    gpus: int
    gpus_per_node: int
    rows: int
    memory: Memory | None = None


def need(config: DictConfig, model_config: Any = None) -> Need:
    """What a configuration needs.

    Args:
        config: the composed configuration.
        model_config: the model's, as transformers loads it; without it memory is not estimated,
            and neither torch nor transformers is imported.
    """
    alone = _standalone(config)
    pools = sum(_pool(config, key) for key in ("reward.reward_model", "distillation"))
    colocated = gpus(config) + pools
    units = (
        whole(config, f"{STORAGE}.num_data_storage_units", 0) if uses_simple_storage(config) else 0
    )
    cpus = _CPUS_OF_A_GPU * colocated + _CPUS_OF_A_STANDALONE * alone + units + _CPUS_OF_THE_QUEUE
    return Need(
        cpus=cpus,
        gpus=colocated + alone,
        gpus_per_node=whole(config, "trainer.n_gpus_per_node", 1),
        rows=_rows(config),
        memory=_memory(config, model_config),
    )


def uses_simple_storage(config: DictConfig) -> bool:
    """Whether the queue keeps its rows in storage units, actors of Ray."""
    storage = select(config, "transfer_queue.backend.storage_backend", "SimpleStorage")
    return bool(storage == "SimpleStorage")


def _pool(config: DictConfig, key: str) -> int:
    """GPUs of a pool beside the trainer's (trainer_base.py: _init_resource_pool_mgr)."""
    used = "enable_resource_pool" if key.startswith("reward") else "enabled"
    if not select(config, f"{key}.{used}"):
        return 0
    return whole(config, f"{key}.nnodes", 0) * whole(config, f"{key}.n_gpus_per_node", 0)


def _standalone(config: DictConfig) -> int:
    """GPUs that generate only (trainer/ppo/v1/trainer_separate_async.py)."""
    if select(config, "trainer.v1.trainer_mode") != "separate_async":
        return 0
    return whole(config, f"{ROLLOUT}.nnodes", 0) * whole(config, f"{ROLLOUT}.n_gpus_per_node", 0)


def _rows(config: DictConfig) -> int:
    """Rows in the queue at its fullest: a step's rows are cleared after its validation.

    verl/trainer/ppo/v1/trainer_base.py: fit, _validate. A prompt is a tag and takes no row.
    """
    train, validation = _training_rows(config), _validation_rows(config)
    if whole(config, "trainer.test_freq", -1) > 0:
        return train + validation
    return max(train, validation if select(config, "trainer.val_before_train", True) else 0)


def _training_rows(config: DictConfig) -> int:
    """Rows of the batches that are in the queue together.

    The asynchronous trainers store prompts as well, and work on further batches meanwhile
    (trainer_base.py: _submit_batch_to_rollout, _add_async_warmup_batches); with filtered groups
    several batches are generated at once (replay_buffer.py: sample).
    """
    prompts, answers = whole(config, "data.train_batch_size", 1), whole(config, f"{ROLLOUT}.n", 1)
    mode = select(config, "trainer.v1.trainer_mode", "sync")
    if mode == "sync":
        filtered = select(config, "algorithm.filter_groups.enable", False)
        key = "algorithm.filter_groups.max_inflight_gen_batches"
        return prompts * answers * (whole(config, key, 1) if filtered else 1)
    ahead = float(select(config, f"trainer.v1.{mode}.num_warmup_batches", 1))
    return int(prompts * (answers + 1) * (1 + ahead))


def _validation_rows(config: DictConfig) -> int:
    """Answers of a validation, or of one batch of it; 0 for data sets that are not ours."""
    if select(config, "data.custom_cls.path") != OUR_DATA_SET:
        return 0
    samples = whole(config, f"{ROLLOUT}.val_kwargs.n", 1)
    try:
        entries = data_env.read(config.data).validation
        tasks = [make(entry.id, **entry.kwargs).num_tasks("validation") for entry in entries]
    except (EnvError, TypeError, ValueError):
        return 0  # the preflight of environments says what is wrong
    counts = [data_env.rows_of(entry, n) for entry, n in zip(entries, tasks, strict=True)]
    answers = [entry.samples or samples for entry in entries]
    limits = [whole(config, f"data.{key}", 0) for key in ("val_max_samples", "val_batch_size")]
    kept = min([limit for limit in limits if limit > 0], default=sum(counts))
    if kept < sum(counts):
        return kept * max(answers)
    return sum(count * many for count, many in zip(counts, answers, strict=True))


def _memory(config: DictConfig, model_config: Any) -> Memory | None:
    """The estimate, for an actor under FSDP without a critic whose card is stated."""
    known = model_config is not None and select(config, CARD)
    strategy = str(select(config, f"{ACTOR}.strategy", "fsdp"))
    on_gpu = select(config, "trainer.device", "cuda") != "cpu"
    if not known or not on_gpu or strategy not in ("fsdp", "fsdp2"):
        return None
    if select(config, "critic.enable"):
        return None
    try:
        return estimate(config, counted(config, model_config))
    except (AttributeError, ValueError):
        return None  # a model whose configuration names its sizes in another way
