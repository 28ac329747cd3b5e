"""verl rows made lazily from environments and an index; no parquet file.

In a recipe::

    data:
      custom_cls: {path: pkg://envs.dataset_for_verl, name: EnvDataset}
      train_files: train            # name of a stream of tasks, no file
      val_files: validation
      env: {id: reasoning/Addition-v0, kwargs: {digits: [1, 2]}, seed: 0,
            train_size: 100000, validation_size: 128,
            curriculum: {target: 0.5}}    # optional: follow the learner through env's levels

`envs.data_env` says what else ``env`` may hold: a mixture, a validation of several entries.
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
from .base import ReasoningEnv
from .checked import known_only
from .curriculum import Curriculum
from .data_env import Entry, read, rows_of
from .errors import EnvConfigError
from .mixture import Adaptive, InOrder, Interleaved
from .seeding import STREAMS
from .verify.answer.formats import format_named

AGENT_NAME = "reasoning_env"  # of `envs.agent_loop`, which plays every row


class EnvDataset(Dataset[dict[str, Any]]):
    """Tasks of one stream of one environment or of several, as verl's trainer wants its rows.

    ``__getitem__`` is a pure function of the index and of a curriculum's state, which `state_dict`
    holds, so verl's stateful data loader resumes exactly.

    Rows to train on are ``data.env.train_size``, or fewer where every entry is a data set: then as
    many as it takes to ask each of its rows once; shorter sets begin again meanwhile. Rows to
    validate on are those of the first entry, then those of the second, and so on.
    """

    def __init__(
        self,
        data_files: str,
        tokenizer: Any,
        config: Mapping[str, Any],
        processor: Any = None,
        max_samples: int = -1,
    ) -> None:
        """Build every environment once to fail early on a wrong id or wrong kwargs.

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
        self.settings = read(config)
        trains = self.stream == "train"
        self.entries = self.settings.train if trains else self.settings.validation
        self._envs = [self._made(entry) for entry in self.entries]
        size = self._train_rows(config) if trains else self._validation_rows(max_samples)
        self._size = min(size, max_samples) if max_samples > 0 else size

    def __len__(self) -> int:
        """Number of tasks in this stream."""
        return self._size

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Row ``index``: the prompt, and what the agent loop needs to rebuild the same task."""
        index = int(index)
        place = self._order(index)
        entry, env = self.entries[place.entry], self._envs[place.entry]
        options: dict[str, Any] = {"index": place.index, "stream": self.stream}
        if place.level is not None:
            options["level"] = place.level
        question, _ = env.reset(seed=self.settings.seed, options=options)
        instruction = entry.instruction
        if instruction is None:
            instruction = format_named(env.answer_format).instruction
        content = f"{question}\n{instruction}" if instruction else question
        system = [{"role": "system", "content": env.task.system}] if env.task.system else []
        # One flat JSON string: verl stores it once per rollout and tensordict mangles nested lists.
        spec = {
            "id": entry.id,
            "kwargs": entry.kwargs,
            "seed": self.settings.seed,
            "seeded_sampling": self.settings.seeded_sampling,
            "sampling": entry.sampling,
        }
        if self.stream == "train" and self.settings.sampling_seed is not None:
            spec["sampling_seed"] = self.settings.sampling_seed
        row = {
            "raw_prompt": [*system, {"role": "user", "content": content}],
            "env": json.dumps({**spec, **options}),
            "index": index,
            "agent_name": AGENT_NAME,
            "data_source": entry.name,
            "reward_model": {"style": "rule", "ground_truth": env.task.answer},
            "dummy_tensor": torch.zeros(1, dtype=torch.uint8),
        }
        # verl's name for the number of answers to this row; all rows have it, or none.
        return row if entry.samples is None else {**row, "__rollout_n__": entry.samples}

    @property
    def answer_mark(self) -> str:
        """How a response has to mark its answer, for messages; several ways in a mixture."""
        marks = (format_named(env.answer_format).shown for env in self._envs)
        return " or ".join(dict.fromkeys(marks))

    def observe(self, step: int, infos: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Learn from the infos of a training step how well each level went; return metrics.

        Called by verl-credit's trainer. Without a curriculum it does nothing.

        Returns:
            ``curriculum/accuracy/{level}`` (moving average) and ``curriculum/probability/{level}``;
            in a mixture a level is called ``{entry}/{level}``, and an entry without levels
            ``{entry}``.
        """
        return self._order.observe(step, infos) if isinstance(self._order, Adaptive) else {}

    def state_dict(self) -> dict[str, Any]:
        """Return what verl's data loader writes into its checkpoint."""
        return {"curriculum": self._order.state if isinstance(self._order, Adaptive) else {}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken."""
        if isinstance(self._order, Adaptive) and state.get("curriculum"):
            self._order.state = dict(state["curriculum"])

    # ---- which rows there are

    def _made(self, entry: Entry) -> ReasoningEnv:
        env = make(entry.id, **entry.kwargs)
        if self.stream not in env.streams:
            told = "" if entry.key == "data.env" else f"{entry.key}: "
            ways_out = {"validation": " Name what to validate on in data.env.validation."}
            raise EnvConfigError(
                f"{told}{entry.id} has no tasks for stream {self.stream!r}; it has "
                f"{env.streams}.{ways_out.get(self.stream, '')}"
            )
        if self.stream == "validation" and not env.held_out:
            warnings.warn(
                f"{entry.id} holds no questions out (held_out = False), so validation measures "
                "what was trained on.",
                stacklevel=2,
            )
        return env

    def _validation_rows(self, max_samples: int) -> int:
        if max_samples > 0 and len(self.entries) > 1:
            raise EnvConfigError(
                f"data.val_max_samples={max_samples} would cut off the last of "
                f"{len(self.entries)} entries; give the entries of data.env.validation a size."
            )
        # A data set ends: what is asked for beyond its rows would be the same rows again.
        sizes = [
            rows_of(entry, env.num_tasks(self.stream))
            for entry, env in zip(self.entries, self._envs, strict=True)
        ]
        self._order: InOrder | Interleaved | Adaptive = InOrder(sizes)
        return sum(sizes)

    def _train_rows(self, config: Mapping[str, Any]) -> int:
        weights = [entry.weight for entry in self.entries]
        interleaved = Interleaved(weights)
        adaptive = self._adaptive(config, weights)
        self._order = adaptive or interleaved
        rows = [env.num_tasks(self.stream) for env in self._envs]
        ends = [n for n in rows if n is not None]
        size = self.settings.train_size
        return size if len(ends) < len(rows) else min(size, interleaved.rows_for(ends))

    def _adaptive(self, config: Mapping[str, Any], weights: Sequence[float]) -> Adaptive | None:
        given = self.settings.curriculum
        if given is None:
            return None
        is_mixture = self.settings.is_mixture
        if not is_mixture and not self._envs[0].levels:
            raise EnvConfigError(
                f"data.env.curriculum needs an environment with levels; {self.entries[0].id} has "
                "none. Leave data.env.curriculum out, or give the environment levels."
            )
        if workers := int(config.get("dataloader_num_workers", 0) or 0):
            raise EnvConfigError(
                f"data.env.curriculum needs data.dataloader_num_workers=0, got {workers}: loader "
                "processes would not see what was learned."
            )
        known = {field.name for field in fields(Curriculum)} - {"levels", "shares"}
        known_only(dict(given), "data.env.curriculum", known)
        entries = [
            (entry.name if is_mixture else None, tuple(env.levels))
            for entry, env in zip(self.entries, self._envs, strict=True)
        ]
        return Adaptive(entries, weights, given, self.settings.seed)
