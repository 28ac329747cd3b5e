"""ktae: a table worked by hand, Fisher's p against enumeration, and degenerate groups."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
import torch

from credit_plugins.batch import CreditBatch
from credit_plugins.token.ktae import _fisher, _gain, ktae


def batch_of(ids, reward, mask=None):
    ids_BT = torch.tensor(ids)
    mask_BT = torch.ones_like(ids_BT, dtype=torch.bool) if mask is None else torch.tensor(mask)
    group_B = torch.zeros(len(ids)).long()
    return CreditBatch(torch.tensor(reward), group_B, mask_BT.bool(), {"ids_BT": ids_BT})


def test_a_table_by_hand():
    """Right: 5 5 6 and 5 6 6; wrong: 5 6 6 and 6 6 6. Id 5 is in 2 of 2 and in 1 of 2."""
    batch = batch_of([[5, 5, 6], [5, 6, 6], [5, 6, 6], [6, 6, 6]], [1.0, 1.0, 0.0, 0.0])
    answer = ktae(torch.zeros(4, 3, dtype=torch.float64), batch)
    # p: of C(4, 3) = 4 draws of three rollouts, a = 2 in two and a = 1 in two, so p = 1 and F = 0.
    gain = 1 - 3 / 4 * -(2 / 3 * math.log2(2 / 3) + 1 / 3 * math.log2(1 / 3))
    h = math.asin(1) - math.asin(math.sqrt(1 / 2))
    f, g = (3 * s / (s + 2) for s in (3 / 6, 1 / 6))  # both sides have six tokens, so l = 1
    bonus = math.tanh(gain * (h + f / (g + 1e-5) - g / (f + 1e-5)) / 4)
    assert answer[0].tolist() == pytest.approx([bonus, bonus, 0.0])  # 6 is in all four
    assert answer[2].tolist() == pytest.approx([bonus, 0.0, 0.0])


@pytest.mark.parametrize(("a", "b", "rights", "wrongs"), [(3, 0, 3, 4), (2, 1, 4, 3), (1, 3, 2, 5)])
def test_fishers_p_by_enumeration(a, b, rights, wrongs):
    whole = rights + wrongs
    seen = [sum(i < rights for i in rows) for rows in combinations(range(whole), a + b)]
    chance = {k: seen.count(k) / len(seen) for k in set(seen)}
    expected = sum(x for x in chance.values() if x <= chance[a] * (1 + 1e-7))
    p = _fisher(*(torch.tensor([float(x)]).double() for x in (a, b)), rights, wrongs)
    assert p.item() == pytest.approx(expected)


def test_the_information_of_an_id_that_separates_the_sides_is_one_bit():
    two, none = torch.tensor([2.0]).double(), torch.tensor([0.0]).double()
    assert _gain(two, none, 2, 2).item() == pytest.approx(1.0)
    assert _gain(two, two, 2, 2).item() == pytest.approx(0.0)


@pytest.mark.parametrize("reward", [[1.0, 1.0], [0.0, 0.0]])
def test_a_group_of_one_side_changes_nothing(reward):
    adv_BT = torch.randn(2, 2)
    assert torch.equal(ktae(adv_BT, batch_of([[1, 2], [3, 4]], reward)), adv_BT)


def test_what_the_mask_excludes_is_not_counted():
    mask = [[1, 1, 0], [1, 1, 0]]
    some = batch_of([[5, 6, 7], [5, 7, 6]], [1.0, 0.0], mask)
    other = batch_of([[5, 6, 9], [5, 7, 9]], [1.0, 0.0], mask)
    zeros = torch.zeros(2, 3)
    assert torch.equal(ktae(zeros, some), ktae(zeros, other))
    assert (ktae(zeros, some)[:, 2] == 0).all()
