"""psr_nsr: fixed rewards, and REINFORCE at lam=1."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from credit_plugins.episode.psr_nsr import psr_nsr
from credit_plugins.errors import RewardContractError

from ..test_maxrl_identity import GRAD_P, expected_gradient


@pytest.mark.parametrize(("lam", "right"), [(0.1, 0.1), (0.0, 0.0), (1.0, 1.0)])
def test_a_success_and_a_failure(lam, right):
    answer = psr_nsr(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([3, 3, 9]), lam=lam)
    torch.testing.assert_close(answer, torch.tensor([right, -1.0, -1.0]))


@pytest.mark.parametrize("lam", [0.0, 0.1, 1.0, 3.0])
def test_on_policy_lam_is_only_a_scale(lam):
    gradient = expected_gradient(partial(psr_nsr, lam=lam), 2)
    np.testing.assert_allclose(gradient, (1 + lam) * GRAD_P, rtol=1e-9)


def test_rewards_that_are_not_binary_are_refused():
    with pytest.raises(RewardContractError, match="psr_nsr needs rewards of exactly 0 or 1"):
        psr_nsr(torch.tensor([-1.0, 1.0]), torch.zeros(2).long())
