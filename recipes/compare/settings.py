"""Settings of runs: which differ, and which runs differ in nothing but their seeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..runs import Run

Flat = dict[str, Any]
# Where a run lies, how it is called, what it keeps and says of itself: no part of a method.
_NO_SETTING = (
    *("trainer.project_name", "trainer.experiment_name", "*.trace.*_name", "*.served_model_name"),
    *("trainer.default_local_dir", "trainer.default_hdfs_dir", "trainer.*_data_dir"),
    *("*.save_path", "*.dump_dir", "algorithm.credit.dump.*", "*.prometheus.file"),
    *("trainer.stall.*", "trainer.env_failures.*", "trainer.notices.*", "trainer.log*"),
    *("trainer.save_freq", "trainer.resume_*", "trainer.max_*_ckpt_to_keep", "*.checkpoint.*"),
    *("trainer.del_local_ckpt_after_load", "*._target_"),
)
_SEED = ("seed", "*.seed", "*_seed")
_MODEL = "actor_rollout_ref.model.path"
# Warm starts lie in the cache of each user, under a hash of what they were made from.
_CACHED = re.compile(r".*/(warm_start/[0-9a-f]{8,})/?")
# The sections that a reader looks at first; a value that others take over is shown there.
_SECTIONS = ("algorithm", "data", "trainer", "launch", "actor_rollout_ref")


@dataclass(frozen=True)
class Differing:
    """Settings whose values are the same list over the runs.

    Attributes:
        keys: dotted, the most telling first.
        values: one per run, in the order of the runs; None where absent or null.
    """

    keys: list[str]
    values: list[Any]


def flat(run: Run) -> Flat:
    """The settings of a run by dotted key, without what is no part of a method, without nulls."""
    found = {key: _comparable(value) for key, value in _flattened(run.settings)}
    return {
        key: value
        for key, value in found.items()
        if value is not None and not _is(key, _NO_SETTING)
    }


def differing(settings: Sequence[Flat]) -> list[Differing]:
    """What is not the same in all runs, keys with the same values together."""
    found: dict[str, Differing] = {}
    for key in sorted(set().union(*settings), key=_order):
        values = [one.get(key) for one in settings]
        if any(value != values[0] for value in values):
            found.setdefault(repr(values), Differing([], values)).keys.append(key)
    return list(found.values())


def seeds(settings: Flat) -> Flat:
    """Every seed that is set."""
    return {key: value for key, value in settings.items() if _is(key, _SEED)}


def but_for_seeds(settings: Flat) -> Flat:
    """All that makes an arm: the settings without seeds.

    A warm-started model is told by how it is made, because its path depends on the seed of that.
    """
    arm = {key: value for key, value in settings.items() if not _is(key, _SEED)}
    if any(key.startswith("launch.warm_start.") for key in settings):
        arm.pop(_MODEL, None)
    return arm


def _flattened(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _comparable(value: Any) -> Any:
    cached = _CACHED.fullmatch(value) if isinstance(value, str) else None
    return cached[1] if cached else value


def _is(key: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in patterns)


def _order(key: str) -> tuple[int, str]:
    section = key.partition(".")[0]
    return _SECTIONS.index(section) if section in _SECTIONS else len(_SECTIONS), key
