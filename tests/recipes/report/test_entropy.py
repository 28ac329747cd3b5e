"""A token's entropy out of verl's actor/entropy, against verl's own aggregation."""

from __future__ import annotations

import pytest
import torch
import yaml
from verl.trainer.ppo.core_algos import agg_loss

from recipes.report.entropy import token_entropy
from recipes.report.remarks import remarks
from recipes.runs import load
from tests.recipes.report.synthetic import write_attempt

ENTROPY_BT = torch.tensor([[1.0, 2.0, 3.0, 0.0], [4.0, 0.0, 0.0, 0.0]])
MASK_BT = torch.tensor([[1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]])


def run_of(folder, lines, **actor):
    write_attempt(folder, 1, lines)
    (folder / "config.yaml").write_text(yaml.safe_dump({"actor_rollout_ref": {"actor": actor}}))
    return load(folder)


@pytest.mark.parametrize(
    ("mode", "factor", "each"),
    [
        ("token-mean", None, 2.5),  # (1 + 2 + 3 + 4) / 4
        ("seq-mean-token-mean", None, 3.0),  # (2 + 4) / 2
        ("seq-mean-token-sum", None, 2.5),
        ("seq-mean-token-sum-norm", 128, 2.5),
    ],
)
def test_a_tokens_entropy_whatever_the_loss_is(tmp_path, mode, factor, each):
    logged = agg_loss(ENTROPY_BT, MASK_BT, mode, loss_scale_factor=factor).item()
    lines = {1: {"actor/entropy": logged, "response_length/mean": MASK_BT.sum(-1).mean().item()}}
    run = run_of(tmp_path, lines, loss_agg_mode=mode, loss_scale_factor=factor)
    assert token_entropy(run) == ([1], [pytest.approx(each)])


def test_a_run_without_settings_is_read_with_verls_default(tmp_path):
    write_attempt(tmp_path, 1, {3: {"actor/entropy": 0.5}})
    assert token_entropy(load(tmp_path)) == ([3], [0.5])


@pytest.mark.parametrize(("mode", "factor"), [("seq-mean-token-sum-norm", None), ("token-sum", 8)])
def test_what_cannot_be_told_is_not_told(tmp_path, mode, factor):
    lines = {1: {"actor/entropy": 0.5, "response_length/mean": 8.0}}
    run = run_of(tmp_path, lines, loss_agg_mode=mode, loss_scale_factor=factor)
    assert token_entropy(run) == ([], [])


def test_shorter_responses_are_no_lost_entropy(tmp_path):
    lines = {
        step: {"actor/entropy": 0.3 * length / 64, "response_length/mean": length}
        for step, length in enumerate([60.0] * 5 + [3.0] * 5, start=1)
    }
    mode = {"loss_agg_mode": "seq-mean-token-sum-norm", "loss_scale_factor": 64}
    assert remarks(run_of(tmp_path, lines, **mode)) == []
