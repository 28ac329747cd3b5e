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

from ..batch import PLANNING
from ..chain import Chain, Step
from ..errors import DeadRunError
from ..notices import FILE_VARIABLE, Facts, Notice, NoticesConfig, Watch
from ..notices.dead_run import DEAD_RUN
from ..schedules import Linear
from .infos import Info
from .samples import fetch_samples
from .say import say
from .sections import options_of, problems_of

SECTION = "trainer.notices"


def facts_of(chain: Chain | None) -> Facts:
    """What decides what is a finding, of a chain of ours; nothing of an estimator of verl."""
    if chain is None:
        return Facts()
    steps = {step.operator.name: step for step in chain.steps}
    acting = {part: step for part, step in steps.items() if not _neutral(step)}
    lam = acting["sepa"].schedules.get("lam") if "sepa" in acting else None
    gtpo = steps.get("gtpo")
    weighs = gtpo is not None and gtpo.numbers["negative"] != "off"
    delayed = isinstance(lam, Linear) and lam.gate and lam.clock == "runs"
    return Facts(
        beta=gtpo.numbers.get("beta", 0.0) if gtpo and weighs else 0.0,
        planners=tuple(part for part, step in acting.items() if PLANNING in step.reads),
        gate=lam.gate if lam else 0.0,
        delay=lam.delay if delayed and isinstance(lam, Linear) else 0,
        lam=steps["sepa"].numbers.get("lam", 0.0) if "sepa" in steps else 0.0,
    )


def _neutral(step: Step) -> bool:
    """Whether an operator changes nothing by its numbers."""
    ends = {name: x.end for name, x in step.schedules.items() if x.start == x.end}
    numbers, neutral = {**step.numbers, **ends}, step.operator.neutral
    return bool(neutral) and all(numbers.get(name) == x for name, x in neutral.items())


def problems(config: Any) -> list[str]:
    """One sentence per setting of ``trainer.notices`` that is unknown or out of range."""
    return problems_of(config, SECTION, NoticesConfig)


class Notices:
    """Watches a run and says what is the matter with it.

    Args:
        config: verl's, in which ``problems`` finds none.
        chain: what trains; None for an estimator of verl.
    """

    def __init__(self, config: Any, chain: Chain | None) -> None:
        self._config = options_of(config, SECTION, NoticesConfig)
        self._limit = int(config.data.max_response_length)
        self.watch = Watch(facts_of(chain), self._config)

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
            give(notice)
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


def give(notice: Notice) -> None:
    """Say a notice in the log, and to whoever reads the file."""
    say(notice.text())
    _write({"holds": True, **notice.as_row()})


def tell(text: str) -> None:
    """Say something once, in the log and to whoever reads the file; a report does not keep it."""
    say(text)
    _write({"said": text})


def _write(row: Mapping[str, Any]) -> None:
    if path := os.environ.get(FILE_VARIABLE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
