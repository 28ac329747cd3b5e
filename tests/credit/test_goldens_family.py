"""Worked numbers of the reference for the other members: 1.2, 2.5, 3.3, 3.5, 3.6."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from credit_plugins.batch import CreditBatch
from credit_plugins.blocks import block_of
from credit_plugins.episode.maxrl import maxrl
from credit_plugins.registry import find
from credit_plugins.schedules import Adaptive
from credit_plugins.signal.sepa import sepa
from credit_plugins.token import grpo_s as sequence
from credit_plugins.token import gtpo_paper as additive
from credit_plugins.token.gtpo import gtpo

from .batches import clean, planning
from .stats import gtpo_weights, masked_mean, masked_var
from .test_goldens import batch_of, close, wide

# ---- MaxRL ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "reward", "expected"),
    [
        ("n", [1, 0, 0, 0], [3, -1, -1, -1]),
        ("n", [0, 0, 0, 0], [-1, -1, -1, -1]),
        ("n", [1, 1, 1, 1], [0, 0, 0, 0]),
        (1, [1, 0, 0, 0], [1, -1 / 3, -1 / 3, -1 / 3]),
        # others of a success: f=3 of 3, 1+1; of a failure: f=2 of 3, 1+2/3
        (2, [1, 0, 0, 0], [2, -5 / 9, -5 / 9, -5 / 9]),
        # 1+1+1, and 1+2/3+1/3
        (3, [1, 0, 0, 0], [3, -2 / 3, -2 / 3, -2 / 3]),
        # 1+1+1+1 = N/K, and 1+2/3+1/3+0 = N/(K+1)
        (4, [1, 0, 0, 0], [4, -2 / 3, -2 / 3, -2 / 3]),
        (9, [1, 0, 0, 0], [4, -2 / 3, -2 / 3, -2 / 3]),
        (3, [0, 0, 0, 0], [0, 0, 0, 0]),
        (3, [1, 1, 1, 1], [0, 0, 0, 0]),
    ],
)
def test_maxrl_orders(order, reward, expected):
    group = torch.zeros(4).long()
    close(partial(maxrl, order=order, eps=0.0)(wide(reward), group), expected, 1e-12)


@pytest.mark.parametrize("order", ["n-1", "n", 1, 3])
@pytest.mark.parametrize("reward", [0.0, 1.0])
def test_a_group_of_one_gets_nothing_at_any_order(order, reward):
    assert partial(maxrl, order=order)(wide([reward]), torch.tensor([4])).tolist() == [0.0]


# ---- other episode operators ------------------------------------------------------------------

SPREAD = 0.5 + 1e-6  # sample standard deviation of 1, 0, 0, 0; of 1, 0, 0.5 too
WHITE = (1.5 / 7) ** 0.5  # of .75 on two tokens and -.25 on six, with n-1


@pytest.mark.parametrize(
    ("name", "reward", "expected"),
    [
        ("grpo", [1, 0, 0, 0], [0.75 / SPREAD, *[-0.25 / SPREAD] * 3]),
        ("grpo", [1, 0, 0.5], [0.5 / SPREAD, -0.5 / SPREAD, 0]),
        ("grpo", [1, 0], [0.5 / (0.5**0.5 + 1e-6), -0.5 / (0.5**0.5 + 1e-6)]),
        ("grpo", [1], [1 / (1 + 1e-6)]),
        ("dr_grpo", [1, 0, 0, 0], [0.75, -0.25, -0.25, -0.25]),
        ("rloo", [1, 0, 0, 0], [1, -1 / 3, -1 / 3, -1 / 3]),
        ("rloo", [1, 0], [1, -1]),
        ("opo", [1, 0, 0, 0], [0.75, -0.25, -0.25, -0.25]),
        ("reinforce_pp_baseline", [1, 0, 0, 0], [0.75 / WHITE, *[-0.25 / WHITE] * 3]),
    ],
)
def test_episode_operators(name, reward, expected):
    operator, n = find(name), len(reward)
    lengths = {"length_B": torch.full((n,), 2)} if operator.wants_length else {}
    answer = operator(wide(reward), torch.zeros(n).long(), **lengths)
    close(answer, expected, 1e-7)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("opo", [0.875, -0.125, -0.125, -0.125]),  # the success has one token of eight
        # Centred by the tokens: .75 - (.75 - 7 * .25) / 8 = .875 and -.125, variance .875 / 7.
        ("reinforce_pp_baseline", [0.875 * 8**0.5, *[-0.125 * 8**0.5] * 3]),
    ],
)
def test_lengths(name, expected):
    length_B = torch.tensor([1, 1, 2, 4])
    answer = find(name)(wide([1, 0, 0, 0]), torch.zeros(4).long(), length_B=length_B)
    close(answer, expected, 2e-7)


# ---- the additive forms (2.5) -----------------------------------------------------------------

ENTROPY = [[0.5, 2, 1], [1.5, 1, 9], [0.4, 0.2, 1.2], [1.6, 9, 9]]
MASK = [[1, 1, 1], [1, 1, 0], [1, 1, 1], [1, 0, 0]]


def paper_batch(reward=(1, 1, 0, 0), entropy=ENTROPY):
    mask_BT = torch.tensor(MASK).bool()
    return CreditBatch(wide(reward), torch.zeros(4).long(), mask_BT, {"entropy_BT": wide(entropy)})


def paper(batch, a1=0.9, a2=0.1):
    return partial(additive.gtpo_paper, a1=a1, a2=a2)(
        torch.zeros_like(batch.signals["entropy_BT"]), batch
    )


def test_shaped_rewards():
    shaped_BT = additive.shaped_rewards(paper_batch(), a1=0.9, a2=0.1)
    expected = [[0.95, 1.0333333, 1], [1.05, 0.9666667, 0], [-1.06, -1, -1], [-0.94, 0, 0]]
    close(shaped_BT, expected, 6e-8)
    close(shaped_BT[:2].sum(0), [2, 2, 1], 1e-8)
    close(shaped_BT[2:].sum(0), [-2, -1, -1], 1e-8)


def test_standardised():
    expected = [
        [-1.31558248, 0.87705498, 0],
        [1.31558248, -0.87705498, 0],
        [-1.41420963, 0, 0],
        [1.41420963, 0, 0],
    ]
    close(paper(paper_batch()), expected, 6e-8)


def test_the_reward_share_cancels():
    """a1 = 1 gives the identical advantage; only the columns no longer add up."""
    close(paper(paper_batch(), a1=1.0), paper(paper_batch()).tolist(), 1e-12)
    shaped_BT = additive.shaped_rewards(paper_batch(), a1=1.0, a2=0.1)
    close(shaped_BT[:2].sum(0), [2.2, 2.2, 1.1], 1e-8)


def test_a_lone_success_is_erased():
    assert paper(paper_batch((1, 0, 0, 0)))[0].abs().max() < 1e-8


def test_right_and_wrong_no_longer_show():
    adv_BT = paper(paper_batch())
    assert adv_BT[:2].sum().abs() < 1e-10
    assert adv_BT[2:].sum().abs() < 1e-10
    assert adv_BT[3, 0] > 1.4  # a wrong rollout's token, reinforced


def test_a_certain_wrong_token_takes_all_and_a_certain_column_gets_no_bonus():
    entropy = [[0, 1, 1], [0, 1, 1], [0, 1, 1], [1.6, 1, 1]]
    shaped_BT = additive.shaped_rewards(paper_batch(entropy=entropy), a1=0.9, a2=0.1)
    close(shaped_BT[:, 0], [0.9, 0.9, -1.1, -0.9], 1e-7)


def test_grpo_s():
    shaped_B = sequence.shaped_rewards(clean(paper_batch()), b1=0.9, b2=0.1)
    close(shaped_B, [0.99655172, 1.00344828, -1.04545455, -0.95454545], 6e-9)


# ---- reading a signal -------------------------------------------------------------------------


def test_a_signal_is_read_in_nats_from_0_to_50():
    nan, inf = float("nan"), float("inf")
    signal_BT = wide([[-0.5, 0, 11.9, 50, 51], [inf, -inf, 1, nan, 2], [1, nan, 2, 3, 4]])
    mask_BT = torch.ones(3, 5, dtype=torch.bool)
    mask_BT[1, 3] = False
    batch = CreditBatch(wide([1, 0, 0]), torch.zeros(3).long(), mask_BT, {"entropy_BT": signal_BT})
    block, nonfinite = block_of(batch, slice(None), frozenset({"entropy_BT"}))
    expected = [[0, 0, 11.9, 50, 50], [50, 0, 1, 0, 2], [0] * 5]
    close(block.signal("entropy_BT"), expected, 1e-12)
    assert nonfinite == 3


# ---- GTPO on negative advantages --------------------------------------------------------------


@pytest.mark.parametrize(
    ("negative", "expected"),
    [("same", [0.5, 1, 1.5]), ("inverse", [1.5, 1, 0.5]), ("off", [1, 1, 1])],
)
def test_negative(negative, expected):
    batch = batch_of([1.0], signal=[0.0, 1.0, 2.0], planning=[False] * 3)
    operator = partial(gtpo, beta=0.5, negative=negative)
    close(-operator(wide([[-1.0] * 3]), batch)[0], expected, 1e-7)
    close(operator(wide([[1.0] * 3]), batch)[0], [0.5, 1, 1.5], 1e-7)


# ---- SEPA (3.5, 3.6) --------------------------------------------------------------------------

AMPLIFIED = [0.1125, 0.3125, -0.0875, 1.5125, 0.1125, 0.3125, -0.0875, 0.1125]


def moved(mode, lam):
    batch = batch_of([1.0])
    after = partial(sepa, lam=lam, mode=mode)(batch.signals["entropy_BT"], batch)
    weight_BT = gtpo_weights(after, batch.mask_BT, beta=0.1)
    return batch, after, weight_BT


def test_amplified():
    batch, after, weight_BT = moved("amplify", 1.0)
    exec_BT = ~planning(batch)
    close(after[exec_BT], AMPLIFIED)
    close(masked_var(after, exec_BT)[0], [0.234375])
    close(weight_BT[exec_BT][:4], [0.91814516, 0.95040322, 0.88588710, 1.14395161])
    close(weight_BT[~exec_BT], [1.19032258, 1.23870967])


def test_amplified_and_clamped():
    batch, after, weight_BT = moved("amplify_clamped", 1.0)
    exec_BT = ~planning(batch)
    close(after[exec_BT], [max(s, 0.0) for s in AMPLIFIED])
    close(masked_mean(after, exec_BT)[0], [0.309375])
    close(weight_BT[exec_BT][:4], [0.91764706, 0.94901961, 0.9, 1.13725490])
    close(weight_BT[~exec_BT], [1.18235294, 1.22941176])
    close(weight_BT[~exec_BT].sum() / weight_BT.sum(), 0.24117647)


@pytest.mark.parametrize(("lam", "share"), [(0.0, 0.24290), (0.5, 0.24631), (1.0, 0.25011)])
def test_one_sided(lam, share):
    batch, _, weight_BT = moved("one_sided", lam)
    planned = weight_BT[planning(batch)]
    close(planned.sum() / weight_BT.sum(), share, 6e-6)
    if lam == 1:
        close(planned, [1.22360, 1.27753], 6e-6)


def test_scopes():
    """Execution means: rows 2 and 4, the group 3 (three tokens: 1, 3 | 4), the batch 5."""
    signals = {
        "entropy_BT": wide([[1, 3], [4, 8], [12, 9]]),
        "planning_BT": torch.tensor([[False, False], [False, True], [False, True]]),
    }
    everything = torch.ones(3, 2, dtype=torch.bool)
    batch = CreditBatch(wide([1, 0, 1]), torch.tensor([0, 0, 1]), everything, signals)
    answers = {
        "completion": [[2, 2], [4, 8], [12, 9]],
        "group": [[8 / 3, 8 / 3], [8 / 3, 8], [12, 9]],
        "batch": [[5, 5], [5, 8], [5, 9]],
    }
    for scope, expected in answers.items():
        close(partial(sepa, lam=1.0, scope=scope)(signals["entropy_BT"], batch), expected, 1e-12)


# ---- the adaptive schedule (section 8) --------------------------------------------------------


def test_adaptive():
    """The number of a step follows from the steps before it."""
    schedule = Adaptive(ema_decay=0.5, warmup=3, var_threshold=0.2)
    state, values, averages = schedule.init_state(), [], []
    for step, variance in enumerate([1, 1, 1, 0.25, 0.0625, 0.01, 0.01, 4], 1):
        state = schedule.observe(state, step, {"credit/entropy/exec_var": float(variance)})
        values.append(schedule.value(state, step + 1))
        averages.append(state["memory"]["ema"])
    assert averages == pytest.approx([1, 1, 1, 0.625, 0.34375, 0.176875, 0.0934375, 2.04671875])
    assert values == pytest.approx([0, 0, 0, 0, 0, 0.115625, 0.5328125, 0])
