"""NaN and infinities on their way through verl's own advantage stage: counted, said, refused."""

from __future__ import annotations

import math

import pytest
import torch

from credit_plugins.batch import ENTROPY
from credit_plugins.errors import NonFiniteSignalError, RewardContractError
from credit_plugins.operator import token_operator
from credit_plugins.options import number
from credit_plugins.verl_adapter.nonfinite import ADVANTAGE, OLD_LOG_PROBS, NonFinite, cleared

from .in_memory_queue import Queue, rollouts, trainer

NAN, INF = math.nan, math.inf
SLOTS, SESSIONS = 50, 16
INFOS = [{"acc": float(i % 2)} for i in range(SESSIONS)]
SOUND = {"actor/entropy": 1.0, "training/rollout_probs_diff_mean": 1e-5}
MAXRL, GTPO = "algorithm.adv_estimator=maxrl", "algorithm.adv_estimator=maxrl_gtpo"
SURPRISAL = "algorithm.credit.gtpo.signal=surprisal"


@token_operator(reads=ENTROPY)
def divides(adv_BT, batch, *, size: float = number(1.0, 0, 10)):
    """By zero where entropy is exactly 1: a mistake of a user's."""
    return adv_BT * size / (batch.signal(ENTROPY) != 1.0)


DIVIDES = (
    "algorithm.adv_estimator=credit",
    f"algorithm.credit.operators=[maxrl,{__name__}:divides]",
)


def row(*wrong: float) -> torch.Tensor:
    """Values of a session's tokens, the first of them wrong."""
    values = torch.full((SLOTS,), -0.5)
    values[: len(wrong)] = torch.tensor(wrong)
    return values


def step(queue: Queue, made, metrics=SOUND, **changed) -> dict:
    """One advantage step of verl's trainer with ours before it."""
    batch = rollouts(queue, INFOS, 4, slots=SLOTS, **changed)
    made._entropies = None  # made with the tokenizer; its own range check is tested elsewhere
    logged = dict(metrics)
    made._compute_advantage(batch, logged)
    return logged


def answers(queue: Queue) -> torch.Tensor:
    return torch.stack([row["advantages"] for row in queue.rows.values()])


@pytest.mark.parametrize("overrides", [(MAXRL,), (GTPO,), (GTPO, SURPRISAL)])
def test_sound_signals_leave_no_trace(overrides, queue, capsys) -> None:
    logged = step(queue, trainer(*overrides))
    assert not [name for name in logged if name.startswith("credit/nonfinite/")]
    assert "NaN" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("overrides", "field", "signal"),
    [
        ((GTPO,), "entropy", "entropy"),
        ((GTPO, SURPRISAL), "old_log_probs", "surprisal"),
        ((GTPO, SURPRISAL), "rollout_log_probs", "rollout_log_probs"),
        ((MAXRL,), "old_log_probs", "old_log_probs"),
        ((MAXRL,), "rollout_log_probs", "rollout_log_probs"),
    ],
)
def test_a_few_are_counted_and_said_once(overrides, field, signal, queue, capsys) -> None:
    made = trainer(*overrides)
    wrong = {field: {3: row(NAN, INF, -INF)}}
    for _ in range(2):
        logged = step(queue, made, metrics={"actor/entropy": NAN}, **wrong)
        assert logged[f"credit/nonfinite/{signal}"] == 3.0
        found = [name for name in logged if name.startswith("credit/nonfinite/")]
        assert found == [f"credit/nonfinite/{signal}"]
        assert answers(queue).isfinite().all()
    said = [line for line in capsys.readouterr().err.splitlines() if "NaN or infinite" in line]
    assert len(said) == 1
    assert f"3 of 800 {signal} values of step 1 are NaN or infinite" in said[0]


def test_a_completion_with_a_nan_is_weighed_uniformly_and_the_others_as_ever(queue) -> None:
    made = trainer(GTPO)
    step(queue, made)
    before = answers(queue)
    step(queue, made, entropy={3: row(NAN)})
    after = answers(queue)
    assert after[3].unique().numel() == 1
    others = [i for i in range(SESSIONS) if i != 3]
    torch.testing.assert_close(after[others], before[others])


@pytest.mark.parametrize(
    ("overrides", "field", "sentence"),
    [
        ((GTPO,), "entropy", r"1\.1% of the entropy values of step 1 .*actor/grad_norm"),
        ((GTPO, SURPRISAL), "old_log_probs", r"1\.1% of the surprisal values"),
        ((MAXRL,), "old_log_probs", r"1\.1% of the old_log_probs values .*half precision"),
        ((MAXRL,), "rollout_log_probs", r"1\.1% of the rollout_log_probs .*rollout engine"),
    ],
)
def test_more_than_a_hundredth_is_refused(overrides, field, sentence, queue) -> None:
    with pytest.raises(NonFiniteSignalError, match=sentence):
        step(queue, trainer(*overrides), metrics={}, **{field: {0: row(*[NAN] * 9)}})


def test_what_the_mask_leaves_out_does_not_count(queue) -> None:
    mask = torch.ones(SLOTS, dtype=torch.long)
    mask[:20] = 0
    wrong = {name: {0: row(*[NAN] * 20)} for name in ("entropy", "old_log_probs")}
    logged = step(queue, trainer(GTPO), metrics={}, response_mask={0: mask}, **wrong)
    assert not [name for name in logged if name.startswith("credit/nonfinite/")]


def test_padding_rows_do_not_count(queue) -> None:
    wrong = {name: {15: row(*[NAN] * SLOTS)} for name in ("entropy", "old_log_probs")}
    batch = rollouts(queue, INFOS, 4, slots=SLOTS, **wrong)
    queue.tags["g3_3_0"]["is_padding"] = True  # what verl reads of a batch that it wrote
    made, logged = trainer(GTPO), {}
    made._entropies = None
    made._compute_advantage(queue.batch(batch.keys), logged)
    assert not [name for name in logged if name.startswith("credit/nonfinite/")]


def test_log_probs_are_fetched_only_where_verls_metrics_show_a_trace(queue, monkeypatch) -> None:
    import transfer_queue as tq

    asked: list[list[str]] = []

    def counted(keys, partition_id, select_fields=None):
        asked.append(list(select_fields))
        return queue.kv_batch_get(keys, partition_id, select_fields)

    monkeypatch.setattr(tq, "kv_batch_get", counted)
    log_probs = [OLD_LOG_PROBS, "rollout_log_probs", "response_mask"]
    for metrics, fetched in ((SOUND, False), ({}, True), (SOUND | {"actor/entropy": NAN}, True)):
        asked.clear()
        step(queue, trainer(MAXRL), metrics=metrics)
        assert (log_probs in asked) == fetched


def test_an_operator_that_divides_by_zero_moves_no_weight(queue, capsys) -> None:
    made = trainer(*DIVIDES)
    logged = step(queue, made, entropy={3: row(1.0, 1.0)})
    assert logged["credit/nonfinite/advantage"] == 2.0
    assert answers(queue)[3, :3].tolist()[:2] == [0.0, 0.0]
    assert answers(queue).isfinite().all()
    assert "these tokens get an advantage of 0" in capsys.readouterr().err
    with pytest.raises(NonFiniteSignalError, match=r"advantage values .*check-operator"):
        step(queue, made, entropy={3: row(*[1.0] * 9)})


@pytest.mark.parametrize("reward", [NAN, INF, -INF])
@pytest.mark.parametrize("name", ["maxrl", "maxrl_gtpo", "dr_grpo_gtpo", "quantile_baseline"])
def test_a_reward_that_is_no_number_is_refused(name, reward, queue) -> None:
    scores = torch.zeros(SLOTS)
    scores[-1] = reward
    with pytest.raises(RewardContractError, match="reward"):
        step(queue, trainer(f"algorithm.adv_estimator={name}"), rm_scores={5: scores})


def test_integers_are_always_finite() -> None:
    counts, mask_BT = NonFinite(), torch.ones(2, 3).bool()
    counts.begin(mask_BT)
    assert counts.count("ids_BT", torch.ones(2, 3, dtype=torch.long), mask_BT) == 0
    assert counts.settle(1) == {}


def test_names_do_not_make_verl_add_them_up() -> None:
    counts = NonFinite()
    mask_BT = torch.ones(1, 1000, dtype=torch.bool)
    counts.begin(mask_BT)
    for name in (ENTROPY, "surprisal_BT", ADVANTAGE, OLD_LOG_PROBS, "rollout_log_probs"):
        x_BT = torch.zeros(1, 1000)
        x_BT[0, 0] = NAN
        counts.count(name, x_BT, mask_BT)
    for name in counts.settle(1):
        assert not [word for word in ("max", "min", "sum", "total", "lr") if word in name]


def test_cleared_keeps_what_is_finite() -> None:
    given = torch.tensor([NAN, INF, -INF, 1e38, -2.0])
    assert cleared(given).tolist() == [0.0, 0.0, 0.0, pytest.approx(1e38), -2.0]
