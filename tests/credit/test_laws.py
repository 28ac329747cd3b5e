"""Every registered operator and every estimator keeps the laws."""

from __future__ import annotations

import pickle

import pytest
import torch

from credit_plugins.blocks import block_of
from credit_plugins.check import check, laws
from credit_plugins.check.batches import batches, to_dtype
from credit_plugins.config import build_chain
from credit_plugins.presets import estimator_names
from credit_plugins.registry import own

from .laws import same_bits
from .subjects import ESTIMATORS, NEUTRAL_CREDIT, REPLACING, WITH_NEUTRAL

# Those that need no more than a subject's answer and scope.
OF_ESTIMATORS = (
    laws.masked_is_zero,
    laws.masked_content,
    laws.finite,
    laws.scope,
    laws.permutation,
    laws.padding,
    laws.labels,
    laws.precision,
)


@pytest.mark.parametrize("name", own())
def test_an_operator_keeps_the_laws(name):
    assert check(own()[name], seed=1, count=20) == []


@pytest.mark.parametrize("name", estimator_names())
def test_an_estimator_keeps_the_laws(name):
    for batch in batches(seed=2, count=5):
        for law in OF_ESTIMATORS:
            law(ESTIMATORS[name], batch)


@pytest.mark.parametrize("name", estimator_names())
def test_an_estimator_leaves_its_inputs_alone_and_pickles(name):
    (batch,) = batches(seed=3, count=1)
    before = [x.clone() for x in laws.tensors(batch)]
    answer = ESTIMATORS[name](batch)
    for now, copy in zip(laws.tensors(batch), before, strict=True):
        same_bits(now.nan_to_num(7.0), copy.nan_to_num(7.0))
    copy = pickle.loads(pickle.dumps(ESTIMATORS[name]))
    same_bits(copy(batch), answer)


@pytest.mark.parametrize("name", WITH_NEUTRAL)
def test_at_neutral_numbers_an_estimator_is_its_episode_operator(name):
    chain = build_chain(name, NEUTRAL_CREDIT)
    alone = build_chain("credit", {"operators": [chain.episode.operator.name]})
    for batch in batches(seed=4, count=8):
        same_bits(chain(batch, chain.init_state()).advantage_BT, alone(batch, {}).advantage_BT)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["maxrl_gtpo_sepa_hicra", "gtpo_paper"])
def test_half_precision_is_computed_in_float32(name, dtype):
    for batch in batches(seed=5, count=8):
        half = to_dtype(batch, dtype)
        answer = ESTIMATORS[name](half)
        assert answer.dtype == torch.float32
        torch.testing.assert_close(answer, ESTIMATORS[name](to_dtype(half, torch.float32)))


def test_only_operators_that_replace_and_episode_operators_have_no_neutral_number():
    without = {name for name, operator in own().items() if not operator.neutral}
    assert without == {*own("episode"), *REPLACING}


def test_what_a_block_promises():
    """Masked slots 0, finite numbers, uncertainty from 0 to 50 nats."""
    for batch in batches(seed=6, count=20):
        reads = frozenset({"entropy_BT", "surprisal_BT", "planning_BT", "adv_BT"})
        block, _ = block_of(batch, slice(None), reads)
        for name, x_BT in block.signals.items():
            assert torch.isfinite(x_BT).all()
            assert (x_BT[~batch.mask_BT] == 0).all(), name
        assert block.signals["entropy_BT"].min() >= 0
