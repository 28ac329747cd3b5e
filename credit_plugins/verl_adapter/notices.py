"""Notices of a run: their numbers from verl's configuration, and where they are said.

They go to the log of any run, and to the file that ``VERL_CREDIT_NOTICES`` names, one row of JSON
per line, from which ``verl-credit train`` and the report take them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from ..errors import DeadRunError
from ..notices import FILE_VARIABLE, Chain, Notice, NoticesConfig, Watch
from ..notices.dead_run import DEAD_RUN
from ..presets import estimator_names, parts_of
from ..registry import SECTIONS, SIGNAL, TOKEN
from .estimators import credit_section
from .infos import Info
from .samples import fetch_samples
from .say import say

SECTION = "trainer.notices"


def chain_of(name: str, credit: Mapping[str, Any]) -> Chain:
    """The numbers of an estimator that decide what is a finding; none for one of verl's own."""
    if name not in estimator_names():
        return Chain()
    _, parts = parts_of(name, credit.get("compose"))

    def read(section: str) -> Any:
        return SECTIONS[section](**(credit.get(section) or {}))

    sepa, gtpo = read("sepa"), read("gtpo")
    still = sepa.schedule == "linear" and sepa.steps == 0
    still = still or (sepa.schedule == "constant" and sepa.value == 0)
    idle = {"sepa": still, "hicra": read("hicra").alpha == 0, "boost": read("boost").gamma == 0}
    acting = parts - {part for part, nothing in idle.items() if nothing}
    entries = {**SIGNAL, **TOKEN}
    gate = sepa.gate if "sepa" in acting else 0.0
    delayed = gate and sepa.schedule == "linear" and sepa.clock == "runs"
    return Chain(
        beta=gtpo.beta if "gtpo" in parts and gtpo.negative != "off" else 0.0,
        planners=tuple(p for p in entries if p in acting and entries[p].needs_planning),
        gate=gate,
        delay=sepa.delay if delayed else 0,
    )


def problems(config: Any) -> list[str]:
    """One sentence per setting of ``trainer.notices`` that is unknown or out of range."""
    section = _section(config)
    if not isinstance(section, Mapping):
        return [f"{SECTION} is {section!r}, must be a mapping of options"]
    return NoticesConfig.problems(section, path=f"{SECTION}.")


def _section(config: Any) -> Any:
    """``trainer.notices``; {} where it is absent, as in stock verl."""
    section = OmegaConf.select(config, SECTION)
    return {} if section is None else section


class Notices:
    """Watches a run and says what is the matter with it.

    Args:
        config: verl's, in which ``problems`` finds none.
    """

    def __init__(self, config: Any) -> None:
        self._config = NoticesConfig(**_section(config))
        self._limit = int(config.data.max_response_length)
        name = str(config.algorithm.adv_estimator)
        self.watch = Watch(chain_of(name, credit_section(config.algorithm)), self._config)

    def observe(
        self, trainer: Any, batch: Any, infos: Sequence[Info], metrics: dict[str, Any]
    ) -> None:
        """Take in a step of ``trainer``, say what there is to say, and add ``credit/notice/*``.

        Raises:
            DeadRunError: the run is dead and ``trainer.notices.stop_dead_run`` is set.
        """
        step = trainer.global_steps
        last = step >= trainer.total_training_steps
        given, over = self.watch.observe(step, metrics, last=last)
        for notice in given:
            if notice.key == DEAD_RUN.key:
                notice = self._with_samples(notice, trainer, batch, infos)
            say(notice.text())
            _write({"holds": True, **notice.as_row()})
        for key in over:
            say(f"the notice {key} is over at step {step}.")
            _write({"holds": False, "key": key, "step": step})
        metrics.update(self.watch.metrics())
        if self._config.stop_dead_run and self.watch.is_given(DEAD_RUN):
            raise DeadRunError(
                f"{SECTION}.stop_dead_run=True ended the run at step {step}: no group had both a "
                f"success and a failure for {self._config.after} steps or since the start. The log "
                "says above what was seen and what to change."
            )

    def _with_samples(
        self, notice: Notice, trainer: Any, batch: Any, infos: Sequence[Info]
    ) -> Notice:
        samples, cut = fetch_samples(batch, infos, trainer.tokenizer, self._limit)
        seen = []
        if cut:
            seen.append(
                f"at step {notice.step}, {cut:.0%} of the responses were as long as "
                f"data.max_response_length={self._limit} allows."
            )
        # A data set of ours knows how a response has to mark its answer.
        if mark := getattr(trainer.train_dataset, "answer_mark", None):
            seen.append(f"an answer is read only from {mark}.")
        return notice.told(tuple(seen), samples)


def _write(row: Mapping[str, Any]) -> None:
    if path := os.environ.get(FILE_VARIABLE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
