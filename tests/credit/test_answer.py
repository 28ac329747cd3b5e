"""Recycled memory: lent again once nobody holds it, never while somebody does."""

from __future__ import annotations

import threading
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins.config import build_estimator
from credit_plugins.fused.answer import ALIGNED, Recycled

from .batches import batches
from .subjects import ACTIVE_CREDIT

HOLDERS = {
    "itself": lambda x: x,
    "a view": lambda x: x[1:, 2:],
    "a transposed view": lambda x: x.T,
    "its storage": lambda x: x.untyped_storage(),
    "an array over it": lambda x: x.numpy(),
    "a detached alias": lambda x: x.detach(),
    "other bits of it": lambda x: x.view(torch.int32),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_is_held_stays(holder):
    memory = Recycled()
    first = memory.empty(4, 8, torch.float32).fill_(1.0)
    place, held = first.data_ptr(), HOLDERS[holder](first)
    del first
    second = memory.empty(4, 8, torch.float32).fill_(2.0)
    assert second.data_ptr() != place
    seen = torch.tensor([], dtype=torch.float32)
    if holder == "its storage":
        seen.set_(held)
    else:
        seen = torch.as_tensor(held).view(torch.float32)
    assert (seen == 1).all()


def test_what_nobody_holds_is_lent_again():
    memory = Recycled()
    place = memory.empty(4, 8, torch.float32).data_ptr()
    for shape, dtype in (((4, 8), torch.float32), ((2, 2), torch.float64), ((1, 1), torch.half)):
        again = memory.empty(*shape, dtype)
        assert (again.shape, again.dtype, again.data_ptr()) == (shape, dtype, place)
        del again


def test_more_than_there_is_gets_a_block_of_its_own():
    memory = Recycled()
    memory.empty(2, 2, torch.float32)
    assert memory.empty(64, 64, torch.float64).fill_(3.0).sum() == 3 * 64 * 64


@pytest.mark.parametrize("size", range(1, 6))
def test_alignment(size):
    assert Recycled().empty(size, 3, torch.float32).data_ptr() % ALIGNED == 0


def test_threads_get_memory_of_their_own():
    """Two estimators at once, as in a service: both look for a free block before one has it."""
    memory = Recycled()
    memory.empty(32, 32, torch.float32)
    memory._holder = lambda: time.sleep(0.1)
    lent = []
    threads = [
        threading.Thread(target=lambda: lent.append(memory.empty(32, 32, torch.float32)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({x.data_ptr() for x in lent}) == 2


@settings(max_examples=20, deadline=None)
@given(batches(), batches(), st.booleans())
def test_the_next_step_leaves_the_answer_alone(batch, following, keeps_a_row):
    estimator = build_estimator("maxrl_gtpo_sepa_hicra", ACTIVE_CREDIT)
    answer = estimator(batch, estimator.init_state()).advantage_BT
    held = answer[:1] if keeps_a_row else answer
    expected = held.clone()
    del answer
    estimator(following, estimator.init_state())
    assert torch.equal(held, expected)
