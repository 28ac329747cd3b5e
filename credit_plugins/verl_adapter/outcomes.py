"""What was paid for a batch and what environments said about it, as metrics.

An agent loop returns ``reward_extra_info`` with every trajectory. verl reports it for validation
only; these figures say during training why rewards are 0: wrong, no answer, a timeout, a crash.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..notices.dead_run import MIXED
from .fields import fetch_last
from .infos import Info, number, of_our_verifier, outcome


@dataclass(frozen=True)
class Outcomes:
    """The last output of every session of a batch, one entry per session; padding is left out.

    Attributes:
        infos: ``reward_extra_info``; {} of a session whose agent loop reported nothing.
        rewards: what verl was paid, before any KL penalty.
        groups: verl's ``uid``.
    """

    infos: list[Info]
    rewards: list[float]
    groups: list[str]

    @property
    def accs(self) -> list[float | None]:
        """What ``acc`` says of each session; None where it is not 0 or 1."""
        return [outcome(info.get("acc")) for info in self.infos]

    @property
    def mixed(self) -> dict[str, float]:
        """``credit/group/mixed``: share of groups whose rewards are not all equal."""
        by_group: dict[str, set[float]] = defaultdict(set)
        for group, reward in zip(self.groups, self.rewards, strict=True):
            by_group[group].add(reward)
        if not by_group:
            return {}
        return {MIXED: sum(len(paid) > 1 for paid in by_group.values()) / len(by_group)}


def fetch_outcomes(batch: Any) -> Outcomes:
    """Read the outcomes of ``batch`` (a ``KVBatchMeta``) from the transfer queue."""
    keys, data = fetch_last(batch, "extra_fields", "rm_scores")
    if not keys:
        return Outcomes([], [], [])
    extras = [getattr(value, "data", value) for value in data["extra_fields"]]
    return Outcomes(
        infos=[dict(extra.get("reward_extra_info") or {}) for extra in extras],
        rewards=[float(scores.sum()) for scores in data["rm_scores"].unbind()],
        groups=[key.rsplit("_", 2)[0] for key in keys],
    )


def outcome_metrics(infos: Sequence[Info], prefix: str = "env") -> dict[str, float]:
    """Verdicts and verification times of one batch.

    Returns:
        ``{prefix}/verdict/{name}`` (trajectories that ended so), ``{prefix}/error`` (trajectories
        whose environment failed), ``{prefix}/has_answer`` (share), ``{prefix}/verify_ms/{mean,p95,
        max}`` (milliseconds, over answers that needed a worker) and ``{prefix}/turns/mean`` (from
        our agent loop only); where there are several sources, ``{prefix}/acc/{source}`` (share of
        correct trajectories); {} if nobody reported a verdict of our verifier.
    """
    infos = [info for info in infos if of_our_verifier(info)]
    if not infos:
        return {}
    failed = [bool(number(info.get("env_error"))) for info in infos]
    verdicts = Counter(info["verdict"] for info, bad in zip(infos, failed, strict=True) if not bad)
    metrics = {f"{prefix}/verdict/{name}": float(n) for name, n in sorted(verdicts.items())}
    metrics[f"{prefix}/error"] = float(sum(failed))
    metrics[f"{prefix}/has_answer"] = float(np.mean([info["has_answer"] for info in infos]))
    turns = [turn for info in infos if (turn := number(info.get("turn"))) is not None]
    if turns:
        metrics[f"{prefix}/turns/mean"] = float(np.mean(turns))
    metrics.update({f"{prefix}/acc/{name}": acc for name, acc in _accuracies(infos).items()})
    spent = np.array([info["verify_ms"] for info in infos if info["verify_ms"] > 0.0])
    if spent.size:
        metrics[f"{prefix}/verify_ms/mean"] = float(spent.mean())
        metrics[f"{prefix}/verify_ms/p95"] = float(np.quantile(spent, 0.95))
        metrics[f"{prefix}/verify_ms/max"] = float(spent.max())
    return metrics


def _accuracies(infos: Sequence[Info]) -> dict[str, float]:
    """Share of correct trajectories by source; {} unless there are several sources."""
    by_source: defaultdict[str, list[float]] = defaultdict(list)
    for info in infos:
        acc, source = outcome(info.get("acc")), info.get("source")
        if acc is not None and isinstance(source, str):
            by_source[source].append(acc)
    if len(by_source) < 2:
        return {}
    return {source: float(np.mean(accs)) for source, accs in sorted(by_source.items())}
