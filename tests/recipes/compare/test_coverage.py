"""How often a 95% interval holds the truth, over simulated comparisons of two models.

Problems are drawn from kinds of which model A solves some and model B others, so the difference
varies from problem to problem, as training makes it. The truth is over all problems that could be
drawn: the mean over the difficulties of the mean over the kinds of a difficulty.
"""

from __future__ import annotations

from functools import cache
from math import nan, sqrt

import numpy as np
import pytest
import yaml
from scipy import stats

from credit_plugins.held_out import Problem
from recipes.compare.differences import Side, difference
from recipes.held_out.rates import HeldOut
from recipes.held_out.validation import Validations
from recipes.runs import Run

SAMPLES, COMPARISONS, STEPS = 8, 1_000, (0, 10)
# Chance of a right answer: at the first validation of either, at the last of A, at the last of B.
EASY = np.array([[0.3, 0.5, 0.5], [0.5, 0.9, 0.2], [0.6, 0.3, 0.9], [0.4, 0.4, 0.8]])
HARD = np.array([[0.05, 0.05, 0.3], [0.1, 0.4, 0.1], [0.02, 0.02, 0.5], [0.2, 0.5, 0.1]])
KINDS = np.concatenate([EASY, HARD])


def truth(k: int, steps: tuple[int, ...]) -> float:
    """B less A, of the last validation or of the mean over both."""
    chance = 1 - (1 - KINDS) ** k
    last = (chance[:, 2] - chance[:, 1]).mean()
    return last / len(steps)


def outcomes(rng: np.random.Generator, kind: np.ndarray, column: int) -> list[Problem]:
    right = rng.binomial(SAMPLES, KINDS[kind, column])
    return [
        Problem(f"validation/0/{i}", "easy" if t < 4 else "hard", SAMPLES, int(r))
        for i, (t, r) in enumerate(zip(kind, right, strict=True))
    ]


def held_out(rng: np.random.Generator, kind: np.ndarray, column: int) -> HeldOut:
    logged = Validations("toy", list(STEPS), ["easy", "hard"], [1, 2, 4, 8], {})
    return HeldOut(logged, {0: outcomes(rng, kind, 0), 10: outcomes(rng, kind, column)})


@cache
def simulated(folder, problems: int, paired: bool) -> list:
    """Comparisons; unpaired ones draw the problems of each model by themselves."""
    runs = []
    for name, seed in (("a", 0), ("b", 0 if paired else 1)):
        path = folder / f"{name}{problems}{paired}"
        path.mkdir()
        env = {"id": "toy", "kwargs": {}, "seed": seed}
        (path / "config.yaml").write_text(yaml.safe_dump({"data": {"env": env}}))
        runs.append(Run(path))
    rng = np.random.default_rng(problems + paired)
    found = []
    for _ in range(COMPARISONS):
        kinds = rng.integers(len(KINDS), size=problems)
        others = kinds if paired else rng.integers(len(KINDS), size=problems)
        a = Side("A", runs[0], held_out(rng, kinds, 1))
        b = Side("B", runs[1], held_out(rng, others, 2))
        found.append((difference(b, a), a, b))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def share(hits) -> float:
    return float(np.mean(list(hits)))


def holds(low: float, high: float, value: float) -> bool:
    return low <= value <= high


@pytest.mark.slow
@pytest.mark.parametrize("paired", [True, False], ids=["paired", "unpaired"])
@pytest.mark.parametrize("problems", [64, 256])
@pytest.mark.parametrize("k", [1, 8])
def test_a_95_percent_interval_holds_the_truth_in_93_to_97_percent(folder, problems, paired, k):
    found = [each for each, *_ in simulated(folder, problems, paired)]
    assert {each.paired for each in found} == {paired}
    at = [at for each in found for at in each.at if at.k == k]
    last = share(holds(one.last.low, one.last.high, truth(k, (10,))) for one in at)
    over = share(holds(one.over_time.low, one.over_time.high, truth(k, STEPS)) for one in at)
    assert 0.93 <= last <= 0.97, (last, over)
    assert 0.93 <= over <= 0.97, (last, over)


def unclustered(a: Side, b: Side) -> tuple[float, float]:
    """The interval that takes all samples for independent, as if each were a problem."""
    value, variance = 0.0, 0.0
    for side, sign in ((b, 1), (a, -1)):
        for level in ("easy", "hard"):
            rows = [p for p in side.held_out.problems[10] if p.difficulty == level]
            n = SAMPLES * len(rows)
            rate = sum(p.right for p in rows) / n
            value += sign * rate / 2
            variance += rate * (1 - rate) / n / 4
    reach = stats.norm.ppf(0.975) * sqrt(variance)
    return value - reach, value + reach


@pytest.mark.slow
@pytest.mark.parametrize("paired", [True, False], ids=["paired", "unpaired"])
@pytest.mark.parametrize("problems", [64, 256])
def test_an_interval_that_is_not_clustered_would_fail(folder, problems, paired):
    covered = share(
        holds(*unclustered(a, b), truth(1, (10,)))
        for _, a, b in simulated(folder, problems, paired)
    )
    assert covered < 0.93, covered


def test_the_truth_is_not_what_any_interval_holds():
    assert truth(1, (10,)) == pytest.approx(np.mean([0, -0.7, 0.6, 0.4, 0.25, -0.3, 0.48, -0.4]))
    assert not holds(nan, nan, 0.0)
