"""Exact pass@k of a validation, beside verl's own bootstrap figures.

verl draws with replacement, which biases best@k low (1 of 4 correct gives best@4 = .684 where the
truth is 1). We add the unbiased estimator of Chen et al. (2021, arXiv 2107.03374).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from ..held_out import Problem
from ..stats import pass_at_k
from .infos import NOT_OUTCOMES, label, outcome

Problems = dict[str, list[float]]  # outcomes of the samples, by problem
Groups = dict[str | None, Problems]  # by difficulty


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
    over difficulties; over all problems of a source in which no sample has a difficulty. k runs
    over the powers of two up to n and n itself. Each source has its own n.

    Returns:
        ``val-credit/{source}/difficulty={d}/pass@{k}``, ``val-credit/{source}/mean/pass@{k}`` and
        ``val-credit/{source}/difficulty={d}/problems``; without difficulties
        ``val-credit/{source}/mean/pass@{k}`` and ``val-credit/{source}/mean/problems``. Samples
        whose ``acc`` is not 0 or 1 are left out, and in a source with difficulties (numbers or
        names) those that have none.
    """
    accs = infos.get("acc", ())
    difficulties = infos.get("difficulty", [None] * len(uids))
    if not len(accs) == len(difficulties) == len(uids):
        return {}
    outcomes: dict[str, Groups] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for source, uid, given, difficulty in zip(sources, uids, accs, difficulties, strict=True):
        if (acc := outcome(given)) is not None:
            outcomes[str(source)][label(difficulty)][uid].append(acc)
    metrics: dict[str, float] = {}
    for source, groups in sorted(outcomes.items()):
        without = groups.pop(None, {})
        metrics |= _with_difficulties(source, groups) if groups else _one_group(source, without)
    return metrics


def problems_of(
    sources: Sequence[str], uids: Sequence[str], infos: Mapping[str, list[Any]]
) -> dict[str, list[Problem]]:
    """Samples and right ones of every problem whose ``task_id`` is known, by source.

    Samples whose ``acc`` is not 0 or 1 are left out.
    """
    accs, tasks = infos.get("acc", ()), infos.get("task_id", ())
    difficulties = infos.get("difficulty", [None] * len(uids))
    if not len(accs) == len(tasks) == len(difficulties) == len(uids):
        return {}
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    names: dict[str, tuple[str, str]] = {}
    columns = zip(sources, uids, accs, tasks, difficulties, strict=True)
    for source, uid, given, task, difficulty in columns:
        if (acc := outcome(given)) is not None and isinstance(task, str) and task:
            found[str(source)][uid].append(acc)
            names[uid] = (task, label(difficulty) or "")
    return {
        source: [Problem(*names[uid], len(accs), round(sum(accs))) for uid, accs in by_uid.items()]
        for source, by_uid in found.items()
    }


def _with_difficulties(source: str, groups: Groups) -> dict[str, float]:
    metrics: dict[str, float] = {}
    values: dict[int, list[float]] = defaultdict(list)
    for difficulty, problems in sorted(groups.items(), key=lambda item: str(item[0])):
        prefix = f"val-credit/{source}/difficulty={difficulty}"
        metrics[f"{prefix}/problems"] = float(len(problems))
        for k, value in _pass_at_ks(problems).items():
            metrics[f"{prefix}/pass@{k}"] = value
            values[k].append(value)
    return metrics | {f"val-credit/{source}/mean/pass@{k}": fmean(v) for k, v in values.items()}


def _one_group(source: str, problems: Problems) -> dict[str, float]:
    prefix = f"val-credit/{source}/mean"
    found = {f"{prefix}/pass@{k}": value for k, value in _pass_at_ks(problems).items()}
    return {f"{prefix}/problems": float(len(problems)), **found}


def _pass_at_ks(problems: Problems) -> dict[int, float]:
    """pass@k averaged over problems, by k; up to the fewest samples of a problem."""
    return {
        k: fmean(pass_at_k(len(v), round(sum(v)), k) for v in problems.values())
        for k in _powers_of_two(min(len(values) for values in problems.values()))
    }
