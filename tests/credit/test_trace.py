"""The trace of a chain: what every operator makes of some groups."""

from __future__ import annotations

import pytest
import torch

from credit_plugins.chain import Run
from credit_plugins.check.batches import batches
from credit_plugins.config import build_chain
from credit_plugins.presets import estimator_names
from credit_plugins.stats import row_counts

from .subjects import ACTIVE_CREDIT


def run_of(chain, batch):
    length_B = row_counts(batch.mask_BT) if chain.episode.operator.wants_length else None
    return Run(chain, chain.init_state(), batch.step, batch.reward_B, batch.group_B, length_B)


@pytest.mark.parametrize("name", estimator_names())
def test_the_last_advantage_is_the_answer_and_nothing_is_counted(name) -> None:
    chain = build_chain(name, ACTIVE_CREDIT)
    for batch in batches(seed=5, count=6):
        rows = torch.nonzero(batch.group_B == batch.group_B[0])[:, 0]
        run = run_of(chain, batch)
        seen = run.trace(batch, run.adv_B, rows)
        assert list(seen) == [step.operator.name for step in chain.steps]
        answer = chain(batch, chain.init_state())
        last = [s.operator.name for s in chain.steps if s.operator.kind != "signal"][-1]
        torch.testing.assert_close(seen[last], answer.advantage_BT[rows].to(seen[last].dtype))
        run.add(batch, run.adv_B, run.answer(batch))
        assert run.end()[1] == pytest.approx(answer.metrics, nan_ok=True)


def test_each_operator_is_shown_after_it_ran() -> None:
    from credit_plugins.batch import CreditBatch

    credit = {"operators": ["maxrl", "sepa", "gtpo", "hicra"], "sepa": {"lam": 1.0}}
    credit |= {"gtpo": {"beta": 1.0}, "hicra": {"alpha": 0.5}}
    chain = build_chain("credit", credit)
    batch = CreditBatch(
        torch.tensor([1.0, 0.0]),
        torch.zeros(2, dtype=torch.long),
        torch.tensor([[True, True, True, False]] * 2),
        {
            "entropy_BT": torch.tensor([[1.0, 4.0, 3.0, 9.0]] * 2),
            "planning_BT": torch.tensor([[False, True, False, False]] * 2),
        },
    )
    run = run_of(chain, batch)
    seen = run.trace(batch, run.adv_B, torch.tensor([0, 1]))
    # By hand: A = (r - p) / p = 1, -1; entropy 1, 3 pooled to 2; weights over their mean 8/3;
    # planning: A + .5 |A|.
    by_hand = {
        "maxrl": [[1, 1, 1, 0], [-1, -1, -1, 0]],
        "sepa": [[2, 4, 2, 0], [2, 4, 2, 0]],
        "gtpo": [[0.75, 1.5, 0.75, 0], [-0.75, -1.5, -0.75, 0]],
        "hicra": [[0.75, 2.25, 0.75, 0], [-0.75, -0.75, -0.75, 0]],
    }
    for name, wanted in by_hand.items():
        torch.testing.assert_close(seen[name], torch.tensor(wanted).float(), rtol=0, atol=1e-5)
