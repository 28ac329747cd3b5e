"""maxrl_gtpo_sepa_hicra in plain Python lists, the way the SEPA author's package computes it.

One prompt group after the other, one list per completion, one function per operator. That package
logs mean and variance of the execution and the planning tokens of a group; ``with_all_metrics``
finds what our estimator logs, so that the same work can be compared too. Written for the benchmark
from the formulas in algorithms.md; the tests hold it against the estimator.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Floats = list[float]


@dataclass(frozen=True)
class Numbers:
    """Of the composition."""

    lam: float = 0.5
    beta: float = 0.1
    alpha: float = 0.2


@dataclass(frozen=True)
class Rollouts:
    """Of one batch; groups are consecutive."""

    reward: Floats
    group: list[int]
    entropy: list[Floats]
    planning: list[list[bool]]

    def groups(self) -> list[range]:
        """Which rollouts share a prompt."""
        starts = [i for i, g in enumerate(self.group) if not i or g != self.group[i - 1]]
        return [range(*ends) for ends in zip(starts, [*starts[1:], len(self.group)], strict=True)]


def maxrl(reward: Floats) -> Floats:
    """``(r - mean) / mean`` within a group; 0 where nobody passed."""
    mean = sum(reward) / len(reward)
    return [(r - mean) / (mean + 1e-6) for r in reward] if mean > 0 else [0.0] * len(reward)


def sepa(entropy: Floats, planning: list[bool], lam: float) -> Floats:
    """Execution tokens pulled to their mean."""
    execution = [s for s, p in zip(entropy, planning, strict=True) if not p]
    mean = sum(execution) / len(execution) if execution else 0.0
    return [s if p else lam * mean + (1 - lam) * s for s, p in zip(entropy, planning, strict=True)]


def gtpo(signal: Floats, beta: float) -> Floats:
    """Weights of mean 1 that grow with the signal."""
    mean = sum(signal) / len(signal) if signal else 0.0
    if mean < 1e-8:
        return [1.0] * len(signal)
    return [max(0.0, 1 + beta * (s / (mean + 1e-8) - 1)) for s in signal]


def hicra(adv: Floats, planning: list[bool], alpha: float) -> Floats:
    """Planning tokens raised by a share of the size of their advantage."""
    return [a + alpha * abs(a) if p else a for a, p in zip(adv, planning, strict=True)]


def moments(x: Floats) -> tuple[float, float]:
    """Mean and variance."""
    mean = sum(x) / len(x) if x else 0.0
    return mean, sum((v - mean) ** 2 for v in x) / len(x) if x else 0.0


def by_package(of: Rollouts, numbers: Numbers) -> tuple[list[Floats], list[tuple[float, float]]]:
    """Advantages per token, and the moments of execution and planning tokens of every group."""
    advantages, logged = [], []
    for rows in of.groups():
        execution: Floats = []
        planned: Floats = []
        for i, adv in zip(rows, maxrl([of.reward[i] for i in rows]), strict=True):
            for s, p in zip(of.entropy[i], of.planning[i], strict=True):
                (planned if p else execution).append(s)
            weights = gtpo(sepa(of.entropy[i], of.planning[i], numbers.lam), numbers.beta)
            weighed = [adv * w for w in weights]
            advantages.append(hicra(weighed, of.planning[i], numbers.alpha))
        logged += [moments(execution), moments(planned)]
    return advantages, logged


def with_all_metrics(of: Rollouts, numbers: Numbers) -> tuple[list[Floats], dict[str, float]]:
    """Advantages per token, and all that our estimator logs of tokens."""
    advantages, log = [], Log()
    for rows in of.groups():
        for i, adv in zip(rows, maxrl([of.reward[i] for i in rows]), strict=True):
            pooled = sepa(of.entropy[i], of.planning[i], numbers.lam)
            weights = gtpo(pooled, numbers.beta)
            carried = hicra([adv * w for w in weights], of.planning[i], numbers.alpha)
            log.add(of.entropy[i], pooled, of.planning[i], weights, carried)
            advantages.append(carried)
    return advantages, log.metrics()


class Log:
    """The metrics of tokens, added up completion by completion."""

    def __init__(self) -> None:
        self.parts = {name: [0, 0.0, 0.0] for name in ("exec", "plan", "exec_sepa", "plan_sepa")}
        self.carried = {True: 0.0, False: 0.0}
        self.low, self.high, self.weight, self.cosines = math.inf, -math.inf, 0.0, []

    def add(
        self,
        entropy: Floats,
        pooled: Floats,
        planning: list[bool],
        weights: Floats,
        carried: Floats,
    ) -> None:
        """One completion."""
        for suffix, signal in (("", entropy), ("_sepa", pooled)):
            for part, wanted in (("exec", False), ("plan", True)):
                self._add_part(
                    part + suffix,
                    [s for s, p in zip(signal, planning, strict=True) if p is wanted],
                )
        for wanted in self.carried:
            self.carried[wanted] += sum(
                abs(a) for a, p in zip(carried, planning, strict=True) if p is wanted
            )
        if weights:
            total = sum(weights)
            self.low, self.high = min(self.low, min(weights)), max(self.high, max(weights))
            self.weight += total
            self.cosines.append(total / math.sqrt(len(weights) * sum(w * w for w in weights)))

    def _add_part(self, name: str, signal: Floats) -> None:
        mean, variance = moments(signal)
        count, mass, spread = self.parts[name]
        size = len(signal)
        self.parts[name] = [count + size, mass + mean * size, spread + variance * size]

    def metrics(self) -> dict[str, float]:
        """Under the names that the estimator uses."""
        found = {}
        for name, (count, mass, spread) in self.parts.items():
            part, _, suffix = name.partition("_")
            suffix = suffix and f"_{suffix}"
            if count:
                found[f"credit/entropy/{part}_mean{suffix}"] = mass / count
                found[f"credit/entropy/{part}_var{suffix}"] = spread / count
        tokens = self.parts["exec"][0] + self.parts["plan"][0]
        return found | {
            "credit/planning_ratio": self.parts["plan"][0] / tokens,
            "credit/share/planning": self.carried[True] / sum(self.carried.values()),
            "credit/weight/min": self.low,
            "credit/weight/mean": self.weight / tokens,
            "credit/weight/max": self.high,
            "credit/weight/cosine": sum(self.cosines) / len(self.cosines),
        }
