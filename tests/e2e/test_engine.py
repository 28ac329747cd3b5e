"""Stock ``verl.trainer.main_ppo`` with our estimators: FSDP2 actor, vLLM rollout, weight sync."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

NEUTRAL = (
    "algorithm.adv_estimator=grpo_gtpo_sepa_hicra",
    "algorithm.credit.gtpo.beta=0",
    "algorithm.credit.sepa.lam=0",
    "algorithm.credit.hicra.alpha=0",
)
LOG_PROB_TOLERANCE = 1e-4  # nats, rollout against actor
ENTROPY_TOLERANCE = 1e-4  # nats, against float64


def spied_steps(folder: Path) -> list[dict]:
    return [torch.load(path, weights_only=False) for path in sorted(folder.glob("step_*.pt"))]


def recomputed_entropy(model_path: Path, rows: dict) -> list[torch.Tensor]:
    """Entropy of each response position in float64, from a float32 forward pass."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(model_path, dtype=torch.float32).eval()
    out = []
    with torch.no_grad():
        for prompt, response in zip(rows["prompts"], rows["responses"], strict=True):
            ids = torch.cat([prompt, response])[None]
            logits = model(input_ids=ids).logits[0, len(prompt) - 1 : -1].double()
            logp = logits.log_softmax(-1)
            out.append(-(logp.exp() * logp).sum(-1))
    return out


def test_one_rank_neutral_numbers_equal_verls_grpo_bit_for_bit(
    run_verl: Callable, warm_model: Path
) -> None:
    run = run_verl(*NEUTRAL)
    assert run.returncode == 0, run.log[-3000:]
    steps = spied_steps(run.spied)
    assert len(steps) == 2
    mixed = [step["advantage"].abs().max() > 0 for step in steps]
    assert any(mixed), "no group had mixed rewards: the test proves nothing"
    for step in steps:
        assert torch.equal(step["advantage"], step["verl_grpo"])
        assert step["entropy"].dtype == torch.float32
        valid = step["mask"].bool() & ~step["padding"][:, None]
        gap = (step["surprisal"] - step["rollout_surprisal"])[valid].abs().max()
        assert gap < LOG_PROB_TOLERANCE
    # Step 1 was rolled out by the warm start itself, so its entropy can be recomputed from there.
    for row, expected in enumerate(recomputed_entropy(warm_model, steps[0])):
        if not steps[0]["padding"][row]:
            actual = steps[0]["entropy"][row, : len(expected)].double()
            assert (actual - expected).abs().max() < ENTROPY_TOLERANCE


def test_two_ranks_full_composition_reports_credit(run_verl: Callable, monkeypatch) -> None:
    monkeypatch.setenv("E2E_CHUNK_BYTES", "4000")  # a group or two of four rows
    run = run_verl(
        "trainer.n_gpus_per_node=2",
        "algorithm.credit.sepa.lam.delay=0",
        "algorithm.credit.sepa.lam.gate=0",
    )
    assert run.returncode == 0, run.log[-3000:]
    assert "CreditPPOTrainerSync" in run.log
    first, second = run.metrics[1], run.metrics[2]
    assert first["credit/sepa/lam"] < second["credit/sepa/lam"]
    assert second["training/rollout_probs_diff_max"] < LOG_PROB_TOLERANCE
    assert first["credit/planning_ratio"] > 0
    assert first["credit/entropy/exec_var_sepa"] <= first["credit/entropy/exec_var"]
    for step in spied_steps(run.spied):
        # Chunk by chunk from the queue, whole groups each: the same answer and the same metrics.
        assert len(step["trips"]) > 1
        assert sum(step["trips"]) == 8 * 4
        assert all(rows % 4 == 0 for rows in step["trips"])
        assert torch.allclose(step["chunked"], step["advantage"], rtol=1e-5, atol=1e-7)
        assert step["chunked_metrics"] == pytest.approx(step["metrics"], rel=1e-5, abs=1e-7)


def test_colocate_async_trainer(run_verl: Callable) -> None:
    run = run_verl("trainer.v1.trainer_mode=colocate_async", "algorithm.adv_estimator=maxrl_gtpo")
    assert run.returncode == 0, run.log[-3000:]
    assert "CreditPPOTrainerColocateAsync" in run.log
    assert {"credit/weight/mean", "credit/group/all_fail"} <= set(run.metrics[2])


def test_multi_turn_recipe_masks_feedback_and_turns_have_credit_of_their_own(
    run_verl: Callable,
) -> None:
    run = run_verl(
        "algorithm.adv_estimator=credit",
        "algorithm.credit.operators=[maxrl,gigpo]",
        recipe="cpu_addition_retry",
    )
    assert run.returncode == 0, run.log[-3000:]
    step = spied_steps(run.spied)[0]
    lengths = [int(row.nonzero().max()) + 1 for row in step["mask"].bool() if row.any()]
    assert lengths
    masked_inside = (~step["mask"].bool())[:, :-1] & step["mask"].bool()[:, 1:]
    assert masked_inside.any(), "no rollout went past its first turn"
    assert (step["advantage"][~step["mask"].bool()] == 0).all()
    apart = 0
    for adv, mask in zip(step["advantage"], step["mask"].bool(), strict=True):
        starts = (mask & ~mask.roll(1).index_fill(0, torch.tensor([0]), False)).nonzero()[:, 0]
        turns = [adv[start:][mask[start:].cumprod(0).bool()] for start in starts.tolist()]
        assert all(turn.unique().numel() == 1 for turn in turns)
        apart += len({float(turn[0]) for turn in turns}) > 1
    assert apart, "no rollout had turns of different credit: the test proves nothing"
    first = run.metrics[1]
    assert first["training/num_turns/max"] == 4
    verdicts = {k: v for k, v in first.items() if k.startswith("env/verdict/")}
    assert sum(verdicts.values()) == 8 * 4, verdicts
    assert first["env/verdict/correct"] == round(first["critic/score/mean"] * 8 * 4)
    assert first["env/turns/mean"] > 1
    assert first["env/error"] == 0


def test_verls_own_loop_with_our_reward_function(run_verl: Callable, tmp_path: Path) -> None:
    """A user's parquet and verl's single_turn_agent; nothing of ours but reward and estimator."""
    rows = additions(tmp_path / "rows.parquet", 32)
    run = run_verl(
        "data.custom_cls.path=null",
        "data.custom_cls.name=null",
        f"data.train_files={rows}",
        f"data.val_files={rows}",
        "actor_rollout_ref.rollout.agent.default_agent_loop=single_turn_agent",
        "reward.num_workers=1",
        "reward.custom_reward_function.path=pkg://envs.reward_function",
        "reward.custom_reward_function.name=compute_score",
    )
    assert run.returncode == 0, run.log[-3000:]
    for metrics in (run.metrics[1], run.metrics[2]):
        verdicts = {name: v for name, v in metrics.items() if name.startswith("env/verdict/")}
        assert sum(verdicts.values()) == 8 * 4
        assert verdicts["env/verdict/correct"] == round(metrics["critic/score/mean"] * 8 * 4) > 0
        assert metrics["credit/group/count"] == 8


def additions(path: Path, n: int) -> Path:
    """Rows as verl wants them in a parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    import envs

    env = envs.make("reasoning/Addition-v0", digits=[1, 2])
    rows = []
    for index in range(n):
        question, _ = env.reset(seed=0, options={"index": index})
        rows.append(
            {
                "prompt": [{"role": "user", "content": question}],
                "data_source": "additions",
                "reward_model": {"style": "rule", "ground_truth": env.task.answer},
                "extra_info": {"index": index, "difficulty": env.task.difficulty},
            }
        )
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_hostile_episodes_cost_themselves_only(run_verl: Callable) -> None:
    """One prompt in twenty is judged by code that hangs (step 1), raises (2) or lies (3)."""
    n, prompts = 4, 20
    run = run_verl(
        "data.env.id=hostile_env:demo/Hostile-v0",
        "data.env.kwargs.digits=[1,2]",
        "data.shuffle=False",
        f"data.train_batch_size={prompts}",
        "trainer.total_training_steps=3",
    )
    assert run.returncode == 0, run.log[-3000:]
    for step, (outcome, others) in {
        1: ("env/verdict/timeout", ("env/verdict/crash", "env/error")),
        2: ("env/verdict/crash", ("env/verdict/timeout", "env/error")),
        3: ("env/error", ("env/verdict/timeout", "env/verdict/crash")),
    }.items():
        metrics = run.metrics[step]
        # A rollout without an answer is not judged, so not every one of the n meets the code.
        assert 1 <= metrics[outcome] <= n, (step, outcome)
        assert all(metrics.get(other, 0.0) == 0.0 for other in others), step
        verdicts = {name: v for name, v in metrics.items() if name.startswith("env/verdict/")}
        assert sum(verdicts.values()) + metrics["env/error"] == n * prompts
        assert verdicts["env/verdict/correct"] == round(metrics["critic/score/mean"] * n * prompts)
        assert verdicts["env/verdict/correct"] > n * prompts / 4
    assert run.metrics[1]["env/verify_ms/max"] >= 3000


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (
            "algorithm.rollout_correction.bypass_mode=True",
            "algorithm.rollout_correction.bypass_mode=True skips",
        )
    ],
)
def test_refused_before_the_first_worker(run_verl: Callable, override: str, sentence: str) -> None:
    run = run_verl(override, "actor_rollout_ref.rollout.n=1", "algorithm.credit.gtpo.beta=-1")
    assert run.returncode != 0
    for expected in (sentence, "actor_rollout_ref.rollout.n=1", "beta"):
        assert expected in run.log
    assert "WorkerDict" not in run.log
