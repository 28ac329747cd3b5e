"""Every operator by name: its factory, its config, and the configuration sections they form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .batch import ENTROPY, SURPRISAL, CreditBatch
from .episode.grpo import GrpoConfig, grpo
from .episode.maxrl import MaxrlConfig, maxrl
from .episode.rloo import RlooConfig, rloo
from .options import Options
from .planning.phrases import PlanningConfig
from .signals.entropy import entropy
from .signals.sepa import SepaConfig, sepa
from .signals.surprisal import surprisal
from .token.gtpo import GtpoConfig, gtpo
from .token.hicra import HicraConfig, hicra


@dataclass(frozen=True)
class Entry:
    """One operator.

    Attributes:
        factory: keyword-only numbers -> operator.
        config: the typed section ``algorithm.credit.<name>``.
        needs_binary_reward: it refuses rewards other than 0 and 1.
    """

    factory: Callable[..., Any]
    config: type[Options]
    needs_binary_reward: bool = False


EPISODE: Mapping[str, Entry] = {
    "grpo": Entry(grpo, GrpoConfig),
    "rloo": Entry(rloo, RlooConfig),
    "maxrl": Entry(maxrl, MaxrlConfig, needs_binary_reward=True),
}

SIGNAL: Mapping[str, Entry] = {"sepa": Entry(sepa, SepaConfig)}

TOKEN: Mapping[str, Entry] = {
    "gtpo": Entry(gtpo, GtpoConfig),
    "hicra": Entry(hicra, HicraConfig),
}

READERS: Mapping[str, Callable[[CreditBatch], Any]] = {ENTROPY: entropy, SURPRISAL: surprisal}
"""How each uncertainty signal is read from a batch."""

SECTIONS: Mapping[str, type[Options]] = {
    **{name: entry.config for table in (EPISODE, SIGNAL, TOKEN) for name, entry in table.items()},
    "planning": PlanningConfig,
}
