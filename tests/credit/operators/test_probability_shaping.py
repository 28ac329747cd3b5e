"""probability_shaping: worked numbers, its mask, and its neutral numbers."""

from __future__ import annotations

import math

import pytest
import torch

from credit_plugins.batch import CreditBatch
from credit_plugins.token.probability_shaping import probability_shaping


def answer(p, adv=1.0, **numbers):
    surprisal = torch.tensor([[-math.log(x) for x in p]])
    mask_BT = torch.ones(1, len(p), dtype=torch.bool)
    batch = CreditBatch(torch.ones(1), torch.zeros(1).long(), mask_BT, {"surprisal_BT": surprisal})
    return probability_shaping(torch.full((1, len(p)), adv), batch, **numbers)[0]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"alpha": 0.3}, [1.0, 0.85, 0.73]),
        ({"alpha": 0.3, "threshold": 0.9}, [0.0, 0.85, 0.73]),
        ({"alpha": 0.0, "threshold": 0.5}, [0.0, 1.0, 1.0]),
        ({"alpha": 1.0}, [1.0, 0.5, 0.1]),
        ({"alpha": 0.0}, [1.0, 1.0, 1.0]),
    ],
)
def test_likely_tokens_keep_more(numbers, expected):
    torch.testing.assert_close(answer([1.0, 0.5, 0.1], **numbers), torch.tensor(expected))


def test_failures_are_weighed_alike():
    positive, negative = (answer([0.9, 0.2], adv=adv) for adv in (2.0, -2.0))
    assert torch.equal(positive, -negative)
