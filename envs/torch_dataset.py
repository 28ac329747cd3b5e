"""verl rows made lazily from an environment id and an index; no parquet file.

In a recipe::

    data:
      custom_cls: {path: pkg://envs.dataset_for_verl, name: EnvDataset}
      train_files: train            # name of a stream of tasks, no file
      val_files: validation
      env: {id: reasoning/Addition-v0, kwargs: {digits: [1, 2]}, seed: 0,
            train_size: 100000, validation_size: 128,
            curriculum: {target: 0.5}}    # optional: follow the learner through env's levels

Importing this module does not import verl, which takes seconds.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import torch
from torch.utils.data import Dataset

from . import make
from .curriculum import Curriculum, accuracies
from .errors import EnvConfigError
from .info import ENV_ERROR
from .seeding import STREAMS
from .verify.answer.formats import format_named

AGENT_NAME = "reasoning_env"  # of `envs.agent_loop`, which plays every row
_DEFAULTS: dict[str, Any] = {
    "id": None,
    "kwargs": {},
    "seed": 0,
    "train_size": 1_000_000,
    "validation_size": 256,
    "instruction": None,
    "seeded_sampling": False,
    "curriculum": None,
}


def env_section(data_config: Any) -> dict[str, Any]:
    """``data.env`` with defaults filled in.

    Keys: ``id`` (required), ``kwargs`` of the environment, ``seed`` of its tasks, ``train_size``
    and ``validation_size`` (tasks per stream, at most as many as a data set has rows),
    ``instruction`` appended to every question (null: that of the environment's answer format, "":
    none), ``seeded_sampling`` (give each request a sampling seed derived from step, task and
    session, so that a resumed run draws what an uninterrupted one would), ``curriculum`` (arguments
    of :class:`envs.curriculum.Curriculum` but its levels, which are the environment's).

    Raises:
        EnvConfigError: an unknown key, a missing id, or a size below 1.
    """
    from omegaconf import OmegaConf

    section = data_config.get("env", None) or {}
    if OmegaConf.is_config(section):
        section = OmegaConf.to_container(section, resolve=True)
    given: dict[str, Any] = dict(section)
    unknown = sorted(set(given) - set(_DEFAULTS))
    if unknown:
        raise EnvConfigError(f"data.env has unknown keys {unknown}; it takes {sorted(_DEFAULTS)}.")
    settings = {**_DEFAULTS, **given}
    if not settings["id"]:
        raise EnvConfigError(
            "data.env.id is missing; set it to an environment id, e.g. reasoning/Addition-v0."
        )
    for key in ("train_size", "validation_size"):
        if settings[key] < 1:
            raise EnvConfigError(f"data.env.{key}={settings[key]} must be at least 1.")
    settings["kwargs"] = dict(settings["kwargs"] or {})
    return settings


class EnvDataset(Dataset[dict[str, Any]]):
    """Tasks of one stream of one environment, as verl's trainer wants its rows.

    ``__getitem__`` is a pure function of the index, so verl's stateful data loader resumes exactly.
    """

    def __init__(
        self,
        data_files: str,
        tokenizer: Any,
        config: Mapping[str, Any],
        processor: Any = None,
        max_samples: int = -1,
    ) -> None:
        """Build the environment once to fail early on a wrong id or wrong kwargs.

        Args:
            data_files: the stream, "train" or "validation" (``data.train_files`` / ``val_files``).
            tokenizer: unused; part of verl's call.
            config: verl's ``data`` section.
            processor: unused; part of verl's call.
            max_samples: keep only so many tasks; 0 or less means all.
        """
        if data_files not in STREAMS:
            raise EnvConfigError(
                f"data.train_files / data.val_files is {data_files!r}; EnvDataset takes a stream "
                f"name, one of {STREAMS}."
            )
        self.stream = data_files
        self.settings = env_section(config)
        self._env = make(self.settings["id"], **self.settings["kwargs"])
        if self.stream not in self._env.streams:
            raise EnvConfigError(
                f"{self.settings['id']} has no tasks for stream {self.stream!r}; it has "
                f"{self._env.streams}."
            )
        if self.stream == "validation" and not self._env.held_out:
            warnings.warn(
                f"{self.settings['id']} holds no questions out (held_out = False), so validation "
                "measures what was trained on.",
                stacklevel=2,
            )
        # A data set ends: what is asked for beyond its rows would be the same rows again.
        rows = self._env.num_tasks(self.stream)
        limits = (self.settings[f"{self.stream}_size"], rows, max_samples)
        self._size = min(n for n in limits if n is not None and n > 0)
        self._curriculum = self._curriculum_of(config) if self.stream == "train" else None
        self._state = self._curriculum.init_state() if self._curriculum else {}

    def __len__(self) -> int:
        """Number of tasks in this stream."""
        return self._size

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Row ``index``: the prompt, and what the agent loop needs to rebuild the same task."""
        index = int(index)
        options: dict[str, Any] = {"index": index, "stream": self.stream}
        if self._curriculum:
            seed = self.settings["seed"]
            options["level"] = self._curriculum.level_for(self._state, seed, index)
        question, _ = self._env.reset(seed=self.settings["seed"], options=options)
        instruction = self.settings["instruction"]
        if instruction is None:
            instruction = format_named(self._env.answer_format).instruction
        content = f"{question}\n{instruction}" if instruction else question
        # One flat JSON string: verl stores it once per rollout and tensordict mangles nested lists.
        spec = {key: self.settings[key] for key in ("id", "kwargs", "seed", "seeded_sampling")}
        return {
            "raw_prompt": [{"role": "user", "content": content}],
            "env": json.dumps({**spec, **options}),
            "index": index,
            "agent_name": AGENT_NAME,
            "data_source": self.settings["id"],
            "reward_model": {"style": "rule", "ground_truth": self._env.task.answer},
            "dummy_tensor": torch.zeros(1, dtype=torch.uint8),
        }

    # ---- curriculum

    def observe(self, step: int, infos: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Learn from the infos of a training step how well each level went; return metrics.

        Called by verl-credit's trainer. Without a curriculum it does nothing.

        Returns:
            ``curriculum/accuracy/{level}`` (moving average) and ``curriculum/probability/{level}``.
        """
        if not self._curriculum:
            return {}
        judged = [info for info in infos if info.get(ENV_ERROR) == 0.0]
        seen = accuracies((i["difficulty"] for i in judged), (i["acc"] for i in judged))
        self._state = self._curriculum.update(self._state, seen, step)
        known = {f"curriculum/accuracy/{n}": a for n, a in self._state["accuracy"].items()}
        weights = self._curriculum.weights(self._state)
        return {**known, **{f"curriculum/probability/{n}": p for n, p in weights.items()}}

    def state_dict(self) -> dict[str, Any]:
        """Return what verl's data loader writes into its checkpoint."""
        return {"curriculum": self._state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken."""
        if self._curriculum and state.get("curriculum"):
            self._state = dict(state["curriculum"])

    def _curriculum_of(self, config: Mapping[str, Any]) -> Curriculum | None:
        given = self.settings["curriculum"]
        if given is None:
            return None
        if not self._env.levels:
            raise EnvConfigError(
                f"data.env.curriculum needs an environment with levels; {self.settings['id']} has "
                "none. Leave data.env.curriculum out, or give the environment levels."
            )
        if workers := int(config.get("dataloader_num_workers", 0) or 0):
            raise EnvConfigError(
                f"data.env.curriculum needs data.dataloader_num_workers=0, got {workers}: loader "
                "processes would not see what was learned."
            )
        known = {field.name for field in fields(Curriculum)} - {"levels"}
        if unknown := sorted(set(given) - known):
            raise EnvConfigError(
                f"data.env.curriculum has unknown keys {unknown}; it takes {sorted(known)}."
            )
        return Curriculum(levels=tuple(self._env.levels), **given)
