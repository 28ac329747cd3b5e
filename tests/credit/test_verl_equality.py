"""What verl has too is verl's own, on ragged batches with interleaved groups."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from credit_plugins.batch import CreditBatch
from credit_plugins.config import build_chain

from .subjects import NEUTRAL_CREDIT


@pytest.fixture(scope="module")
def core_algos():
    return pytest.importorskip("verl.trainer.ppo.core_algos")


def ragged(seed, rows=96, slots=17, groups=14, binary=True):
    """A batch, and the same one as verl gets it: token-level rewards and uids."""
    rng = np.random.default_rng(seed)
    mask = torch.from_numpy(np.arange(slots) < rng.integers(1, slots + 1, (rows, 1)))
    reward = rng.integers(0, 2, rows) if binary else rng.normal(size=rows)
    reward_B = torch.from_numpy(reward).float()
    group = rng.integers(0, groups, rows)
    group[:3] = [1001, 1002, 1002]  # a group of one and a group of two, always
    signals = {
        "entropy_BT": torch.from_numpy(rng.exponential(size=(rows, slots))).float(),
        "planning_BT": torch.from_numpy(rng.random((rows, slots)) < 0.1),
    }
    token_level = torch.zeros(rows, slots)
    token_level[torch.arange(rows), mask.sum(1) - 1] = reward_B
    uid = np.array([f"uid-{g}" for g in group], dtype=object)
    batch = CreditBatch(reward_B, torch.from_numpy(group), mask, signals)
    return batch, {
        "token_level_rewards": token_level,
        "response_mask": mask.long(),
        "index": uid,
    }


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("std", [True, False])
def test_grpo(core_algos, seed, binary, std):
    batch, given = ragged(seed, binary=binary)
    theirs, _ = core_algos.compute_grpo_outcome_advantage(**given, norm_adv_by_std_in_grpo=std)
    ours = build_chain("grpo", {"grpo": {"std": std}})(batch, {}).advantage_BT
    assert ours.dtype == theirs.dtype
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("name", "verls", "options"),
    [
        ("rloo", "rloo", {}),
        ("opo", "opo", {}),
        ("dr_grpo", "grpo", {"norm_adv_by_std_in_grpo": False}),
    ],
)
def test_to_the_last_bit(core_algos, name, verls, options, seed, binary):
    batch, given = ragged(seed, binary=binary)
    theirs, _ = getattr(core_algos, f"compute_{verls}_outcome_advantage")(**given, **options)
    assert torch.equal(build_chain(name)(batch, {}).advantage_BT, theirs)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_reinforce_pp_baseline(core_algos, seed, binary):
    """Up to rounding: verl adds [B,T] up in float32, we add [B] up in float64."""
    batch, given = ragged(seed, binary=binary)
    theirs, _ = core_algos.compute_reinforce_plus_plus_baseline_outcome_advantage(**given)
    ours = build_chain("reinforce_pp_baseline")(batch, {}).advantage_BT
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [2, 3, 5, 16, 33, 128, 1000])
def test_any_group_size(core_algos, size):
    batch, given = ragged(size, rows=2 * size + 3, slots=2, groups=2, binary=False)
    theirs, _ = core_algos.compute_grpo_outcome_advantage(**given)
    assert torch.equal(build_chain("grpo")(batch, {}).advantage_BT, theirs)


@pytest.mark.parametrize("episode", ["grpo", "rloo", "opo"])
def test_the_whole_composition_at_neutral_numbers(core_algos, episode):
    batch, given = ragged(7)
    theirs, _ = getattr(core_algos, f"compute_{episode}_outcome_advantage")(**given)
    estimator = build_chain(f"{episode}_gtpo_sepa_hicra", NEUTRAL_CREDIT)
    assert torch.equal(estimator(batch, estimator.init_state()).advantage_BT, theirs)


def test_the_comparison_bites(core_algos):
    batch, given = ragged(3)
    theirs, _ = core_algos.compute_grpo_outcome_advantage(**given)
    for name in ("rloo", "maxrl", "dr_grpo", "opo", "reinforce_pp_baseline", "grpo_gtpo"):
        assert not torch.equal(build_chain(name)(batch, {}).advantage_BT, theirs)
