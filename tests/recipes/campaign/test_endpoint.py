"""Endpoints: the area under pass@k, and its end."""

from __future__ import annotations

import numpy as np
import pytest

from recipes.campaign.endpoint import Endpoint, lookup
from recipes.errors import RecipeError

STEPS = (0, 10, 30)
RIGHT = np.array([[0, 4], [2, 4], [4, 0]])  # [steps, problems], of 4 samples


def test_the_integral_is_numpys_trapezoid_over_the_steps() -> None:
    values = Endpoint.named("integrated pass@1").values(STEPS, RIGHT, 4)
    area = np.trapezoid(RIGHT / 4, STEPS, axis=0) / 30
    assert values == pytest.approx(area)
    constant = Endpoint("integrated", 1).values(STEPS, np.full((3, 5), 3), 4)
    assert constant == pytest.approx(0.75)


def test_the_end_is_the_last_validation() -> None:
    assert Endpoint.named("final pass@1").values(STEPS, RIGHT, 4).tolist() == [1.0, 0.0]


def test_pass_at_k_is_unbiased() -> None:
    assert lookup(4, 2).tolist() == [0.0, 0.5, pytest.approx(5 / 6), 1.0, 1.0]
    draws = np.random.default_rng(0).binomial(4, 0.3, 200_000)
    assert lookup(4, 3)[draws].mean() == pytest.approx(1 - 0.7**3, abs=3e-3)


@pytest.mark.parametrize("name", ["pass@1", "integrated pass@0", "final pass", "mean pass@2"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match=f"'{name}' is no endpoint; write 'integrated pass@K'"):
        Endpoint.named(name)
