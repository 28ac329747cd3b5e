"""What a run that resumes does otherwise than the one that wrote its checkpoint.

verl loads weights, optimizer and the place in the data whatever else has changed. What cannot work
is refused before the first worker starts, what can is said before the first rollout. Of a
checkpoint without a record, of stock verl or of an older version, nothing is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from ..chain import Chain
from ..errors import CreditConfigError
from ..schedules import NAME, SCHEDULES

Record = dict[str, Any]
"""Values of dotted configuration keys, as JSON holds them."""

CREDIT, OPTIMIZER = "algorithm.credit", "actor_rollout_ref.actor.optim"
_TRACKER = "latest_checkpointed_iteration.txt"
_SHARD = re.compile(r"model_world_size_(\d+)_rank_\d+\.pt")
# What decides the sequence of training tasks, beside data.env.
_ORDER = (
    "custom_cls",
    "train_files",
    "train_max_samples",
    "train_batch_size",
    "gen_batch_size",
    "seed",
    "shuffle",
    "sampler",
)
_NOT_ORDER = ("validation", "validation_size", "instruction", "seeded_sampling")


def task_order(config: Any) -> Record:
    """The settings that decide which training task comes when, of a verl config."""
    data = config["data"]
    env = plain(data.get("env")) or {}
    found = {f"data.{key}": plain(data.get(key)) for key in _ORDER}
    return found | dict(_flat({k: x for k, x in env.items() if k not in _NOT_ORDER}, "data.env"))


def optimizer(config: Any) -> Record:
    """The settings of the optimizer; its horizon moves with the length of the run."""
    section = plain(config["actor_rollout_ref"]["actor"].get("optim")) or {}
    kept = {key: value for key, value in section.items() if key != "total_training_steps"}
    return dict(_flat(kept, OPTIMIZER))


def plain(node: Any) -> Any:
    """A config node as plain Python, interpolations resolved."""
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def record_of(config: Any, chain: Chain) -> Record:
    """What a checkpoint keeps of the run that writes it."""
    found = {**_numbers(chain), **task_order(config), **optimizer(config)}
    record: Record = json.loads(json.dumps(found, default=str))
    return record


def told(
    folder: Path, before: Mapping[str, Any], now: Record, *, with_optimizer: bool
) -> list[str]:
    """One sentence for each part in which a run differs from its checkpoint.

    Args:
        folder: the ``global_step_N`` folder.
        before: the record in it; {} where it has none.
        now: that of this run.
        with_optimizer: whether the optimizer's state is loaded.
    """
    if not before:
        return []
    name, found = folder.name, []
    # A number that only one of them knows is one of another version.
    same_numbers = {k for k in before.keys() & now.keys() if k.startswith(CREDIT)}
    if changed := _changed(before, now, same_numbers):
        found.append(f"resumed from {name} with other numbers than it was trained with: {changed}.")
    rest = {k for k in before.keys() | now.keys() if not k.startswith(CREDIT)}
    order = {k for k in rest if not k.startswith(OPTIMIZER)}
    if (folder / "data.pt").exists() and (changed := _changed(before, now, order)):
        found.append(
            f"resumed from {name} with other training tasks: {changed}. The place in the data is "
            "that of the checkpoint, so some of the new tasks are left out."
        )
    if with_optimizer and (changed := _changed(before, now, rest - order)):
        found.append(
            f"resumed from {name} with another optimizer: {changed}. Its state in the checkpoint "
            "brings learning rate, betas and weight decay along, so new ones have no effect; to "
            "begin with a fresh optimizer, set "
            "actor_rollout_ref.actor.checkpoint.load_contents=[model]."
        )
    return found


def resumed_folder(trainer: Any) -> Path | None:
    """The ``global_step_N`` folder that verl will resume from; None if it starts afresh."""
    if trainer.resume_mode == "resume_path" and trainer.resume_from_path:
        return Path(trainer.resume_from_path).absolute()
    if trainer.resume_mode != "auto":
        return None
    root = Path(trainer.default_local_dir).absolute()
    folder = root / f"global_step_{last_step(root)}"
    return folder if folder.exists() else None


def last_step(root: Path) -> int:
    """The step of the last complete checkpoint in ``trainer.default_local_dir``; 0 without one."""
    try:
        return int((root / _TRACKER).read_text())
    except (OSError, ValueError):
        return 0


def check_ranks(config: Any) -> None:
    """Refuse a checkpoint that another number of ranks wrote: FSDP loads one shard per rank.

    Raises:
        CreditConfigError: with both numbers.
    """
    trainer = config.trainer
    folder = resumed_folder(trainer)
    names = (path.name for path in (folder / "actor").glob("model_world_size_*")) if folder else ()
    wrote = {int(found[1]) for name in names if (found := _SHARD.fullmatch(name))}
    ranks = trainer.nnodes * trainer.n_gpus_per_node
    if wrote and ranks not in wrote:
        raise CreditConfigError(
            f"{folder} was written by {max(wrote)} rank(s), and this run has {ranks} "
            f"(trainer.nnodes={trainer.nnodes} * trainer.n_gpus_per_node="
            f"{trainer.n_gpus_per_node}), which cannot load its shards. Use as many ranks, or make "
            "a model of it (verl-credit export, or python -m verl.model_merger) and train that as "
            "actor_rollout_ref.model.path in another trainer.default_local_dir."
        )


def _numbers(chain: Chain) -> Record:
    """Every number that acts, defaults among them; a scheduled one with its schedule."""
    found: Record = {f"{CREDIT}.reward": "acc" if chain.reads_acc else "score"}
    names = {kind: name for name, kind in SCHEDULES.items()}
    for step in chain.steps:
        moving = {k: {NAME: names[type(s)], **vars(s)} for k, s in step.schedules.items()}
        for key, value in {**step.all_numbers, **moving}.items():
            found[f"{CREDIT}.{step.operator.name}.{key}"] = value
    if chain.planning is not None:
        detector = chain.planning.detector
        numbers = {key: option.default for key, option in detector.options.items()}
        numbers |= {"detector": detector.name, **chain.planning.numbers}
        found |= {f"{CREDIT}.planning.{key}": value for key, value in numbers.items()}
    return found


def _flat(section: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for key, value in section.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def _changed(before: Mapping[str, Any], now: Record, keys: set[str]) -> str:
    """``KEY=NEW (was OLD)`` of each key that differs; an absent one is null."""
    return ", ".join(
        f"{key}={_shown(now.get(key))} (was {_shown(before.get(key))})"
        for key in sorted(keys)
        if now.get(key) != before.get(key)
    )


def _shown(value: Any) -> str:
    text = "null" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
