"""Exact pass@k of a validation, beside verl's own bootstrap figures.

verl draws with replacement, which biases best@k low (1 of 4 correct gives best@4 = .684 where the
truth is 1). We add the unbiased estimator of Chen et al. (2021, arXiv 2107.03374).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from ..stats import pass_at_k
from .infos import NOT_OUTCOMES, label, outcome


def outcome_infos(infos: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns verl should summarise: rewards and predictions, not timings and labels."""
    return {name: values for name, values in infos.items() if name not in NOT_OUTCOMES}


def _powers_of_two(n: int) -> list[int]:
    return [k for k in (2**i for i in range(n.bit_length())) if k < n] + [n]


def pass_at_k_metrics(
    sources: Sequence[str], uids: Sequence[str], infos: Mapping[str, list[Any]]
) -> dict[str, float]:
    """Unbiased pass@k per data source and difficulty, and its mean over difficulties.

    pass@k = 1 - C(n-c, k) / C(n, k) per problem, averaged over the problems of a difficulty, then
    over difficulties. k runs over the powers of two up to n and n itself.

    Returns:
        ``val-credit/{source}/difficulty={d}/pass@{k}``, ``val-credit/{source}/mean/pass@{k}`` and
        ``val-credit/{source}/difficulty={d}/problems``; {} if no sample reported both ``acc``, 0 or
        1, and ``difficulty``, a number or a name.
    """
    columns = infos.get("acc", ()), infos.get("difficulty", ())
    if any(len(column) != len(uids) for column in columns):
        return {}
    outcomes: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for source, uid, given_acc, given_difficulty in zip(sources, uids, *columns, strict=True):
        acc, difficulty = outcome(given_acc), label(given_difficulty)
        if acc is not None and difficulty is not None:
            outcomes[str(source), difficulty][uid].append(acc)
    metrics: dict[str, float] = {}
    by_source: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (source, difficulty), problems in sorted(outcomes.items()):
        prefix = f"val-credit/{source}/difficulty={difficulty}"
        metrics[f"{prefix}/problems"] = float(len(problems))
        for k in _powers_of_two(min(len(values) for values in problems.values())):
            value = fmean(pass_at_k(len(v), round(sum(v)), k) for v in problems.values())
            metrics[f"{prefix}/pass@{k}"] = value
            by_source[source, k].append(value)
    for (source, k), values in by_source.items():
        metrics[f"val-credit/{source}/mean/pass@{k}"] = fmean(values)
    return metrics
