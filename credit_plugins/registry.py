"""Every operator by name: its factory, its config, and the configuration sections they form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .batch import ENTROPY, SURPRISAL, CreditBatch
from .episode.dr_grpo import DrGrpoConfig, dr_grpo
from .episode.grpo import GrpoConfig, grpo
from .episode.maxrl import MaxrlConfig, maxrl
from .episode.opo import OpoConfig, opo
from .episode.reinforce_pp_baseline import ReinforcePpBaselineConfig, reinforce_pp_baseline
from .episode.rloo import RlooConfig, rloo
from .options import Options
from .planning import PlanningConfig
from .signals.boost import BoostConfig, boost
from .signals.entropy import entropy
from .signals.sepa import SepaConfig, sepa
from .signals.surprisal import surprisal
from .token.entropy_mask import EntropyMaskConfig, entropy_mask
from .token.grpo_s import GrpoSConfig, grpo_s
from .token.gtpo import GtpoConfig, gtpo
from .token.gtpo_paper import GtpoPaperConfig, gtpo_paper
from .token.hicra import HicraConfig, hicra


@dataclass(frozen=True)
class Entry:
    """One operator.

    Attributes:
        factory: keyword-only numbers -> operator.
        config: the typed section ``algorithm.credit.<name>``.
        needs_binary_reward: it refuses rewards other than 0 and 1.
        needs_planning: it reads planning tokens.
        replaces: its own advantage replaces the incoming one.
        scope: the widest set of rollouts that one rollout's answer depends on, at the default
            numbers: ``completion``, ``group`` or ``batch``.
    """

    factory: Callable[..., Any]
    config: type[Options]
    needs_binary_reward: bool = False
    needs_planning: bool = False
    replaces: bool = False
    scope: str = "group"


EPISODE: Mapping[str, Entry] = {
    "grpo": Entry(grpo, GrpoConfig),
    "dr_grpo": Entry(dr_grpo, DrGrpoConfig),
    "rloo": Entry(rloo, RlooConfig),
    "opo": Entry(opo, OpoConfig),
    "reinforce_pp_baseline": Entry(reinforce_pp_baseline, ReinforcePpBaselineConfig, scope="batch"),
    "maxrl": Entry(maxrl, MaxrlConfig, needs_binary_reward=True),
}

SIGNAL: Mapping[str, Entry] = {
    "sepa": Entry(sepa, SepaConfig, needs_planning=True, scope="completion"),
    "boost": Entry(boost, BoostConfig, needs_planning=True, scope="completion"),
}

TOKEN: Mapping[str, Entry] = {
    "gtpo_paper": Entry(gtpo_paper, GtpoPaperConfig, replaces=True),
    "grpo_s": Entry(grpo_s, GrpoSConfig, replaces=True),
    "gtpo": Entry(gtpo, GtpoConfig, scope="completion"),
    "entropy_mask": Entry(entropy_mask, EntropyMaskConfig, scope="completion"),
    "hicra": Entry(hicra, HicraConfig, needs_planning=True, scope="completion"),
}

READERS: Mapping[str, Callable[[CreditBatch], Any]] = {ENTROPY: entropy, SURPRISAL: surprisal}
"""How each uncertainty signal is read from a batch."""

SECTIONS: Mapping[str, type[Options]] = {
    **{name: entry.config for table in (EPISODE, SIGNAL, TOKEN) for name, entry in table.items()},
    "planning": PlanningConfig,
}
