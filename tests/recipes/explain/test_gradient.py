"""The cosine of two gradients equals autograd's on the whole loss, and what follows from it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from credit_plugins.dump import load
from recipes.errors import RecipeError
from recipes.explain.gradient import doses_of, read
from recipes.explain.policy import load as load_policy

from .groups import SUMS, dumped, measured, parts_of, tiny_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def policy(folder):
    return load_policy(str(folder))


def scaled(dump, by, which=None):
    """The dump with its advantages times a factor; ``which`` alone, or all."""
    return replace(
        dump,
        rollouts=tuple(
            replace(
                one,
                layers={k: x * (by if which in (None, k) else 1) for k, x in one.layers.items()},
            )
            for one in dump.rollouts
        ),
    )


def flat(loss, policy):
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, parts_of(policy))])


def whole_gradient(dump, policy, which):
    """Of one padded batch of all rollouts, by one backward through one loss."""
    rows = [one.prompt_ids + one.id for one in dump.rollouts]
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    seen = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    logp = policy.net(ids, attention_mask=seen).logits.log_softmax(-1)[:, :-1]
    logp = logp.gather(-1, ids[:, 1:, None])[..., 0]
    weight = torch.zeros_like(logp)
    for row, one in enumerate(dump.rollouts):
        start = len(one.prompt_ids) - 1
        weight[row, start : start + len(one.id)] = torch.from_numpy(getattr(one, which))
    return flat(-(weight * logp).sum(), policy)


def test_it_is_autograds_on_the_whole_loss(folder, policy):
    dump = measured(folder, gtpo={"beta": 1.0}).dump
    (dose,) = doses_of(dump, policy)
    chain, uniform = (whole_gradient(dump, policy, name) for name in ("advantage", "base"))
    cosine = torch.nn.functional.cosine_similarity(chain, uniform, 0).item()
    assert dose.cosine == pytest.approx(cosine, abs=1e-5)
    assert dose.ratio == pytest.approx((chain.norm() / uniform.norm()).item(), rel=1e-4)
    assert 0.1 < cosine < 0.999
    assert (dose.rollouts, dose.tokens) == (3, sum(len(one.id) for one in dump.rollouts))


@pytest.mark.parametrize("beta", [0.0, 0.1, 0.5, 1.0])
def test_uniform_weights_turn_nothing_and_larger_ones_turn_more(folder, policy, beta):
    (dose,) = doses_of(measured(folder, gtpo={"beta": beta}).dump, policy)
    if beta == 0:
        assert dose.cosine == pytest.approx(1, abs=1e-6)
        assert dose.ratio == pytest.approx(1, abs=1e-6)
    else:
        smaller = doses_of(measured(folder, gtpo={"beta": beta / 2}).dump, policy)[0]
        assert dose.cosine < smaller.cosine < 1 - 1e-7


def test_a_scale_changes_the_norm_alone(folder, policy):
    dump = measured(folder, gtpo={"beta": 1.0}).dump
    (plain,), (both,) = doses_of(dump, policy), doses_of(scaled(dump, 100), policy)
    (chain,) = doses_of(scaled(dump, 100, "advantage:gtpo"), policy)
    assert both.cosine == pytest.approx(plain.cosine, abs=1e-6)
    assert chain.cosine == pytest.approx(plain.cosine, abs=1e-6)
    assert both.ratio == pytest.approx(plain.ratio, rel=1e-5)
    assert chain.ratio == pytest.approx(100 * plain.ratio, rel=1e-5)


def test_groups_add_up_and_one_without_contrast_has_no_direction(folder, policy, tmp_path):
    told = measured(folder, gtpo={"beta": 1.0})
    dump = load(dumped(tmp_path, told, rewards_of_second=1.0))
    first, second, whole = doses_of(dump, policy)
    assert math.isnan(second.cosine)
    assert math.isnan(second.ratio)
    assert second.reason.startswith("every advantage of the episode operator is 0")
    assert "every advantage of the chain is 0" in second.reason
    assert (whole.group, whole.rollouts, whole.reason) == ("all", 6, "")
    assert whole.cosine == pytest.approx(first.cosine, abs=1e-6)
    assert whole.tokens == first.tokens + second.tokens


def test_two_groups_are_the_sum_of_their_gradients(folder, policy):
    dump = measured(folder, gtpo={"beta": 1.0}).dump
    parts = ("g0", "g0", "g1")
    moved = [replace(one, group=g) for one, g in zip(dump.rollouts, parts, strict=True)]
    *groups, whole = doses_of(replace(dump, rollouts=tuple(moved)), policy)
    (together,) = doses_of(dump, policy)
    assert [one.rollouts for one in groups] == [2, 1]
    assert whole.cosine == pytest.approx(together.cosine, abs=1e-6)
    assert all(one.cosine != pytest.approx(together.cosine, abs=1e-4) for one in groups)


def test_a_chain_that_takes_all_credit_away_has_a_ratio_of_0(folder, policy):
    dump = scaled(measured(folder).dump, 0, "advantage:gtpo")
    (dose,) = doses_of(dump, policy)
    assert (dose.ratio, dose.reason) == (
        0,
        "every advantage of the chain is 0, so its gradient is 0",
    )


def test_what_the_environment_said_has_no_gradient(folder, policy):
    """Masked tokens are read as context; neither they nor their advantages count."""
    dump = measured(folder, gtpo={"beta": 1.0}).dump
    first = dump.rollouts[0]
    mask = np.arange(len(first.id)) > 3
    junk = {k: np.where(mask, x, np.nan) for k, x in first.layers.items()}
    zero = {k: np.where(mask, x, 0) for k, x in first.layers.items()}
    rest = dump.rollouts[1:]
    (a,), (b,) = (
        doses_of(replace(dump, rollouts=(replace(first, mask=mask, layers=x), *rest)), policy)
        for x in (junk, zero)
    )
    assert a == b
    assert a.tokens == sum(len(one.id) for one in dump.rollouts) - 4


def test_another_policy_than_that_of_the_dump_is_seen(folder, policy, tmp_path):
    dump = measured(folder).dump
    assert doses_of(dump, policy)[0].surprisal_gap < 1e-5
    other = load_policy(str(tiny_folder(tmp_path)))
    with torch.no_grad():
        parts_of(other)[0].mul_(1.5)
    (dose,) = doses_of(dump, other)
    gap = [
        abs(a - b)
        for mine, row in zip(dump.rollouts, other_surprisals(other), strict=True)
        for a, b in zip(mine.surprisal, row, strict=True)
    ]
    assert dose.surprisal_gap == pytest.approx(np.mean(gap), rel=1e-4)
    assert dose.surprisal_gap > 0.05
    bare = replace(dump, rollouts=tuple(replace(r, surprisal=None) for r in dump.rollouts))
    assert math.isnan(doses_of(bare, policy)[0].surprisal_gap)


def other_surprisals(policy):
    for row in SUMS:
        prompt_ids, ids = policy.encode(row["prompt"], row["text"])
        logp = policy.logits(prompt_ids, ids).log_softmax(-1)
        yield (-logp[torch.arange(len(ids)), ids]).tolist()


def test_weights_that_are_not_trained_do_not_count(folder):
    dump = measured(folder, gtpo={"beta": 1.0}).dump
    part = load_policy(str(folder))
    for p in parts_of(part)[1:]:
        p.requires_grad_(False)
    (dose,) = doses_of(dump, part)
    (whole,) = doses_of(dump, load_policy(str(folder)))
    assert dose.cosine != pytest.approx(whole.cosine, abs=1e-4)
    chain, uniform = (whole_gradient(dump, part, name) for name in ("advantage", "base"))
    cosine = torch.nn.functional.cosine_similarity(chain, uniform, 0).item()
    assert dose.cosine == pytest.approx(cosine, abs=1e-5)


def test_a_file_that_is_no_dump_is_refused(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    for name, said in {"nowhere": "is no file", "x.parquet": "is no dump of verl-credit"}.items():
        with pytest.raises(RecipeError, match=said):
            read(tmp_path / name)


def test_one_rollout_is_in_memory_at_a_time(folder):
    policy, seen = load_policy(str(folder)), []
    policy.net.register_forward_pre_hook(
        lambda _, __, given: seen.append(tuple(given["input_ids"].shape)), with_kwargs=True
    )
    dump = measured(folder).dump
    doses_of(dump, policy)
    assert seen == [(1, len(one.prompt_ids) + len(one.id)) for one in dump.rollouts]
