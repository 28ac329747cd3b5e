"""entropy_shaping: worked numbers and its bound."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins.batch import CreditBatch
from credit_plugins.token.entropy_shaping import entropy_shaping

from ..batches import batches, clean


def answer(adv, entropy, **numbers):
    mask_BT = torch.ones(1, len(adv), dtype=torch.bool)
    signals = {"entropy_BT": torch.tensor([entropy])}
    batch = CreditBatch(torch.ones(1), torch.zeros(1).long(), mask_BT, signals)
    return entropy_shaping(torch.tensor([adv]), batch, **numbers)[0]


@pytest.mark.parametrize(
    ("adv", "entropy", "expected"),
    [
        ([1.0, 1.0, 1.0], [0.0, 1.0, 9.0], [1.0, 1.4, 1.5]),
        ([-1.0, -1.0, -1.0], [0.0, 1.0, 9.0], [-1.0, -0.6, -0.5]),
        ([0.0, 4.0], [5.0, 5.0], [0.0, 6.0]),
    ],
)
def test_the_bonus_is_bounded_by_half_of_the_advantage(adv, entropy, expected):
    torch.testing.assert_close(answer(adv, entropy), torch.tensor(expected))


@settings(max_examples=30, deadline=None)
@given(batches(), st.floats(0, 10), st.floats(1, 100))
def test_no_sign_is_flipped(batch, alpha, kappa):
    block = clean(batch)
    adv_BT = block.signal("adv_BT")
    after_BT = entropy_shaping(adv_BT, block, alpha=alpha, kappa=kappa)
    assert (after_BT * adv_BT >= 0).all()
    assert (after_BT >= adv_BT).all()
