"""Dumps: what verl's queue and our chain know of whole groups, written and read back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from credit_plugins.dump import Dump, load
from credit_plugins.errors import CreditError
from credit_plugins.verl_adapter import estimators
from credit_plugins.verl_adapter.dumps import MOST_TOKENS, choose
from credit_plugins.verl_adapter.outcomes import Outcomes
from envs.info import NODE, SOURCE, EpisodeInfo, Failure

from ..credit.tokenizers_for_tests import byte_level
from .in_memory_queue import Queue, rollouts, trainer

SLOTS, N = 40, 4
INFO = {**vars(EpisodeInfo(verdict="wrong")), **vars(Failure()), SOURCE: "x", NODE: "a (1.1.1.1)"}
FULL = "algorithm.adv_estimator=maxrl_gtpo_sepa_hicra"
EVERY = "algorithm.credit.dump={every: 2, groups: 2}"


def infos() -> list[dict]:
    """Groups g0 and g1 without a success, g2 and g3 with two of four."""
    right = INFO | {"acc": 1.0, "verdict": "correct", "extracted": "12", "task_id": "train/0/7"}
    right |= {"difficulty": 2.0}
    return [INFO] * 8 + [right, INFO, right, INFO] * 2


@pytest.fixture
def dumped(queue: Queue, tmp_path):
    """A step of verl's trainer with ours before it, whose dump is read back."""

    def run(*overrides: str, step: int = 2, holes: bool = False) -> tuple[Dump | None, Queue]:
        made = trainer(*overrides, f"trainer.default_local_dir={tmp_path}")
        made.global_steps, made.tokenizer, made._entropies = step, byte_level(), None
        batch = rollouts(queue, infos(), N, slots=SLOTS)
        for key, row in queue.rows.items():
            row["prompts"] = torch.tensor(byte_level().encode("What is 5+7?"))
            row["reward_model"] = {"style": "rule", "ground_truth": "12"}
            row["responses"] = torch.tensor(answer_ids(int(key[1])))
            row["extra_fields"]["turns"] = [[0, SLOTS, 5]]
            if holes:  # a token of each that the environment wrote, another one in every rollout
                row["response_mask"][-2 - int(key[1]) - N * int(key[3])] = 0
        made._compute_advantage(batch, {})
        file = tmp_path / "dumps" / f"step_{step:06d}.parquet"
        return (load(file) if file.exists() else None), queue

    return run


def answer_ids(group: int) -> list[int]:
    ids = byte_level().encode(f"{'=' * group}wait, let me think: 5+7 é€ is {group}")
    long = ids + byte_level().encode("." * SLOTS)
    return [*long[: SLOTS - 1], byte_level().eos_token_id]


def test_whole_groups_with_contrast_come_first_and_hold_what_was_paid(dumped) -> None:
    dump, _ = dumped(FULL, EVERY)
    assert list(dump.groups) == ["g2", "g3"]
    assert [[r.rollout for r in group] for group in dump.groups.values()] == [[0, 1, 2, 3]] * 2
    first = dump.groups["g2"][0]
    assert (dump.step, first.step, first.reward) == (2, 2, 1.0)
    assert (first.verdict, first.answer, first.gold) == ("correct", "12", "12")
    assert (first.task, first.source, first.turns) == ("train/0/7", "x", [(0, SLOTS)])
    assert (first.prompt, first.difficulty) == ("What is 5+7?", "2")
    assert first.prompt_ids == byte_level().encode("What is 5+7?")
    assert [one.reward for one in dump.groups["g2"]] == [1.0, 0.0, 1.0, 0.0]


def test_the_text_of_tokens_is_the_response_with_its_special_tokens(dumped) -> None:
    dump, _ = dumped(FULL, EVERY)
    for rollout in dump.rollouts:
        assert rollout.response == byte_level().decode(rollout.id)
        assert rollout.text[-1] == "<|im_end|>"
        assert "é€" in rollout.response


@pytest.mark.parametrize("chunk_bytes", [1 << 28, 1], ids=["one chunk", "a chunk per group"])
def test_numbers_are_those_of_the_step(dumped, monkeypatch, chunk_bytes) -> None:
    monkeypatch.setattr(estimators, "CHUNK_BYTES", chunk_bytes)
    dump, queue = dumped(FULL, EVERY, "algorithm.credit.sepa.lam=0.5", holes=True)
    assert [one.column for one in dump.operators] == [
        *("advantage:maxrl", "signal:sepa", "advantage:gtpo", "advantage:hicra")
    ]
    assert dict(dump.operators[1].numbers)["lam"] == 0.5
    for rollout in dump.rollouts:
        row = queue.rows[f"{rollout.group}_{rollout.rollout}_0"]
        np.testing.assert_allclose(rollout.advantage, row["advantages"], rtol=1e-6)
        np.testing.assert_allclose(rollout.entropy, row["entropy"], rtol=1e-6)
        np.testing.assert_allclose(rollout.surprisal, -row["old_log_probs"], rtol=1e-6)
        assert rollout.mask.tolist() == row["response_mask"].bool().tolist()
        assert rollout.mask.sum() == SLOTS - 1
        ratio = rollout.advantage[rollout.mask] / rollout.base[rollout.mask]
        np.testing.assert_allclose(rollout.weight[rollout.mask], ratio, rtol=1e-5)
        assert np.isnan(rollout.weight[~rollout.mask]).all()
        planning = "".join(np.array(rollout.text)[rollout.planning])
        assert planning.strip(", ") in "wait, let me think"
        assert len(planning) > 10


def test_a_chain_without_signals_dumps_them_all_the_same(dumped) -> None:
    dump, queue = dumped("algorithm.adv_estimator=maxrl", EVERY)
    first = dump.groups["g2"][0]
    np.testing.assert_allclose(first.entropy, queue.rows["g2_0_0"]["entropy"], rtol=1e-6)
    assert first.planning is None
    assert first.weight.tolist() == [1.0] * SLOTS


def test_what_is_not_known_or_not_finite_is_null(queue, tmp_path) -> None:
    made = trainer(FULL, EVERY, f"trainer.default_local_dir={tmp_path}")
    made.global_steps, made.tokenizer, made._entropies = 2, byte_level(), None
    nan = torch.full((SLOTS,), 0.5).index_fill(0, torch.tensor([1]), torch.nan)
    nan[2] = torch.inf
    batch = rollouts(queue, infos(), N, slots=SLOTS, entropy={8: nan})
    for row in queue.rows.values():
        row["prompts"] = torch.tensor([1, 2])
    made._compute_advantage(batch, {})
    first = load(tmp_path / "dumps" / "step_000002.parquet").groups["g2"][0]
    assert np.isnan(first.entropy).tolist() == [False, True, True] + [False] * (SLOTS - 3)
    assert (first.gold, first.turns) == ("", [])


@pytest.mark.parametrize(
    ("overrides", "step"),
    [((FULL,), 2), ((FULL, EVERY), 3), (("algorithm.adv_estimator=grpo_vectorized", EVERY), 2)],
)
def test_nothing_is_written_unless_asked_for(dumped, overrides, step) -> None:
    assert dumped(*overrides, step=step)[0] is None


def test_the_first_step_is_dumped_too(dumped) -> None:
    assert dumped(FULL, EVERY, step=1)[0] is not None


def test_a_folder_that_cannot_be_written_costs_the_dump_alone(dumped, tmp_path, capsys) -> None:
    (tmp_path / "dumps").write_text("in the way")
    dump, queue = dumped(FULL, EVERY)
    assert dump is None
    assert all("advantages" in row for row in queue.rows.values())
    assert "step 2 is not dumped" in capsys.readouterr().err


def test_an_option_out_of_range_is_refused() -> None:
    with pytest.raises(CreditError, match=r"credit\.dump\.every is -1, must be an integer"):
        trainer(FULL, "algorithm.credit.dump={every: -1}")


def test_sessions_of_two_outputs_are_laid_one_after_the_other(queue, tmp_path) -> None:
    """Also where a session that is not dumped has more of them; the second one is shorter."""
    short = SLOTS - 7
    made = trainer(FULL, EVERY, f"trainer.default_local_dir={tmp_path}")
    made.global_steps, made.tokenizer, made._entropies = 2, byte_level(), None
    batch = rollouts(queue, infos(), N, slots=SLOTS)
    for key, row in list(queue.rows.items()):
        row["prompts"] = torch.tensor([1, 2])
        row["reward_model"] = {"ground_truth": 12}
        row["extra_fields"]["turns"] = [[0, 3, 5]]
        tensors = {n: x for n, x in row.items() if isinstance(x, torch.Tensor) and len(x) == SLOTS}
        for number in range(1, 3 if key == "g0_0_0" else 2):
            other = {name: x_T[-short:] for name, x_T in tensors.items()}
            other |= {"responses": torch.arange(short), "prompts": torch.tensor([3])}
            other["entropy"] = row["entropy"][:short] * 2
            queue.rows[f"{key[:-1]}{number}"] = {**row, **other}
            queue.tags[f"{key[:-1]}{number}"] = queue.tags[key]
        queue.rows[key] = {**row, "rm_scores": torch.zeros(SLOTS)}
    batch = queue.batch(queue.rows)
    made._compute_advantage(batch, {})
    dump = load(tmp_path / "dumps" / "step_000002.parquet")
    assert list(dump.groups) == ["g2", "g3"]
    for one in dump.rollouts:
        rows = [queue.rows[f"{one.group}_{one.rollout}_{number}"] for number in (0, 1)]
        assert len(one.id) == len(one.text) == SLOTS + short
        assert one.id[SLOTS:] == list(range(short))
        assert one.turns == [(0, 3), (SLOTS, SLOTS + 3)]
        assert (one.prompt_ids, one.gold) == ([1, 2], "12")
        entropy, advantage = (
            torch.cat([row[n] for row in rows]) for n in ("entropy", "advantages")
        )
        np.testing.assert_allclose(one.entropy, entropy, rtol=1e-6)
        np.testing.assert_allclose(one.advantage, advantage, rtol=1e-6)
        assert (one.advantage != 0).all()


def test_a_dump_is_bounded_by_its_sessions() -> None:
    outcomes = Outcomes(infos=[{}] * 6, rewards=[0.0] * 6, groups=["a", "a", "b", "b", "c", "c"])
    assert choose(outcomes, groups=3, most=5) == [0, 1, 2, 3]
    assert choose(outcomes, groups=3, most=4) == [0, 1, 2, 3]
    assert choose(outcomes, groups=3, most=0) == [0, 1]


def test_a_dump_of_long_responses_has_fewer_groups(dumped) -> None:
    long = f"data.max_response_length={MOST_TOKENS // N}"
    assert list(dumped(FULL, EVERY, long)[0].groups) == ["g2"]


def test_dumps_go_where_they_are_told(dumped, tmp_path) -> None:
    elsewhere = f"algorithm.credit.dump={{every: 1, folder: {tmp_path / 'here'}}}"
    assert dumped(FULL, elsewhere)[0] is None
    assert load(tmp_path / "here" / "step_000002.parquet").step == 2
