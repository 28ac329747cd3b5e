"""Our reward function inside verl's own reward loop, without Ray."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys

import numpy as np
import pytest

from envs.errors import EnvConfigError
from envs.reward_function import compute_score

KEYS = [
    "score",
    "acc",
    "pred",
    "verdict",
    "extracted",
    "has_answer",
    "timed_out",
    "verify_ms",
    "difficulty",
    "source",
]


def score(text, gold="42", **kwargs):
    return asyncio.run(compute_score("mine", text, gold, **kwargs))


@pytest.mark.parametrize(
    ("text", "gold", "expected"),
    [
        (r"So it is \boxed{42}.", "42", 1.0),
        (r"So it is \boxed{41}.", "42", 0.0),
        ("So it is 42.", "42", 0.0),
        (r"\boxed{0.5}", r"\frac{1}{2}", 1.0),
        (r"\boxed{42}", 42, 1.0),
        (r"\boxed{42}", np.int64(42), 1.0),
        (r"\boxed{1/2}", 0.5, 1.0),
        (r"\boxed{43}", 43.0, 1.0),
        (r"\boxed{42}", ["42"], 1.0),
        (r"\boxed{2, 1}", ["1", "2"], 1.0),
        (r"\boxed{1}", ["1", "2"], 0.0),
        (r"\boxed{2, 1}", '["1", "2"]', 1.0),
        (r"\boxed{x, \frac{1}{2}}", (0.5, "x"), 1.0),
        (r"\boxed{3 \text{ and } 1}", np.array(["1", "3"], dtype=object), 1.0),
        (r"\boxed{3, 1.5}", np.array([1.5, 3.0]), 1.0),
        (r"\boxed{[2, 1]}", "[1, 2]", 0.0),
        (r"\boxed{\frac{\sqrt{8}}{2}}", r"\sqrt{2}", 1.0),
        ("\ud800\x00", "42", 0.0),
    ],
)
def test_score(text, gold, expected):
    result = score(text, gold)
    assert list(result) == KEYS
    assert {type(value) for value in result.values()} <= {float, str}
    assert result["score"] == result["acc"] == expected


def test_only_what_a_worker_judged_took_time():
    """As in an environment's info, so that the metric means the same on both ways into verl."""
    assert score(r"\boxed{0.5}", r"\frac{1}{2}")["verify_ms"] == 0.0
    assert score(r"\boxed{\frac{\sqrt{8}}{2}}", r"\sqrt{2}")["verify_ms"] > 0.0


def test_other_answer_formats():
    assert score("Then\n#### 42", answer_format="hash")["score"] == 1.0
    assert score("<answer>42</answer>", answer_format="answer_tag")["score"] == 1.0
    assert score(r"\boxed{42}", answer_format="hash")["score"] == 0.0
    with pytest.raises(ValueError, match="boxed"):
        score("42", answer_format="boxes")


@pytest.mark.parametrize(
    "gold", [None, "", "  ", {"a": 1}, True, [], [""], [["1"]], [None], float("nan"), ["1, 2", "3"]]
)
def test_a_gold_that_is_none_is_told(gold):
    with pytest.raises(EnvConfigError, match="'mine'") as error:
        score(r"\boxed{1}", gold)
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


@pytest.mark.parametrize(
    ("extra_info", "level"),
    [
        (None, 0.0),
        ({"index": 7}, 0.0),
        ({"difficulty": None}, 0.0),
        ({"difficulty": 3}, 3.0),
        ({"difficulty": "5/8"}, "5/8"),
    ],
)
def test_level_of_the_row(extra_info, level):
    assert score(r"\boxed{1}", extra_info=extra_info)["difficulty"] == level


def test_many_at_once_do_not_wait_for_a_hostile_one():
    async def scores():
        hostile = compute_score("mine", r"\boxed{\int e^{x^{9^{9^9}}} dx + 100000000!}", r"\pi^2")
        good = [compute_score("mine", rf"\boxed{{{n}}}", str(n)) for n in range(200)]
        return await asyncio.gather(hostile, *good)

    hostile, *good = asyncio.run(scores())
    assert hostile["score"] == 0.0
    assert all(result["score"] == 1.0 for result in good)


def test_needs_no_verl():
    program = "import sys, envs.reward_function; print([m for m in ('verl', 'torch', 'ray', "
    program += "'datasets', 'pyarrow') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert answer.stdout == "[]\n", answer.stderr


# ---- verl's own classes


@pytest.fixture(scope="module")
def tokenizer_folder(tmp_path_factory):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = {chr(code): code - 31 for code in range(32, 127)} | {"<eos>": 0}
    inner = Tokenizer(models.BPE(vocab=letters, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    folder = tmp_path_factory.mktemp("tokenizer")
    fast = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<eos>", pad_token="<eos>")
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def reward_worker(tokenizer_folder):
    """verl's RewardLoopWorker with the configuration that the overrides in the module give."""
    from hydra import compose, initialize_config_module
    from verl.experimental.reward_loop.reward_loop import RewardLoopWorker

    overrides = [
        "reward.custom_reward_function.path=pkg://envs.reward_function",
        "reward.custom_reward_function.name=compute_score",
        "+reward.custom_reward_function.reward_kwargs.answer_format=boxed",
        "+reward.custom_reward_function.reward_kwargs.timeout=2.5",
        f"actor_rollout_ref.model.path={tokenizer_folder}",
    ]
    with initialize_config_module("verl.trainer.config", version_base=None):
        config = compose("ppo_trainer", overrides=overrides)

    async def make():  # as Ray does it: the worker takes the loop that it is made in
        return RewardLoopWorker(config)

    loop = asyncio.new_event_loop()
    yield loop, loop.run_until_complete(make())
    loop.close()


def as_batch(tokenizer, rows):
    """The DataProto that verl's agent loop hands to its reward worker."""
    import torch
    from verl import DataProto

    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text, _ in rows]
    width = max(map(len, ids))
    responses = torch.tensor([row + [0] * (width - len(row)) for row in ids])
    prompts = torch.ones(len(ids), 3, dtype=torch.long)
    valid = torch.tensor([[1] * (3 + len(row)) + [0] * (width - len(row)) for row in ids])
    return DataProto.from_dict(
        tensors={"prompts": prompts, "responses": responses, "attention_mask": valid},
        non_tensors={
            "data_source": np.array(["mine"] * len(rows), dtype=object),
            "reward_model": np.array([{"style": "rule", "ground_truth": g} for _, g in rows]),
            "extra_info": np.array([{"index": i, "difficulty": "hard"} for i in range(len(rows))]),
        },
    )


def test_in_the_reward_loop_of_verl(reward_worker):
    loop, worker = reward_worker
    assert worker.reward_manager.is_async_reward_score  # else it would go through a thread
    rows = [
        (r"I think \boxed{42}.", "42"),
        (r"I think \boxed{\frac{2}{4}}.", "1/2"),
        ("No box.", "42"),
        (r"\boxed{41}", "42"),
    ]
    batch = as_batch(worker.input_tokenizer, rows)
    results = loop.run_until_complete(worker.compute_score_batch(batch))
    assert [result["reward_score"] for result in results] == [1.0, 1.0, 0.0, 0.0]
    assert [list(result["reward_extra_info"]) for result in results] == [KEYS] * 4
    infos = [result["reward_extra_info"] for result in results]
    assert [info["verdict"] for info in infos] == ["correct", "correct", "no_answer", "wrong"]
    assert {info["difficulty"] for info in infos} == {"hard"}
    assert {info["source"] for info in infos} == {"mine"}


def test_what_verl_reports_at_validation(reward_worker):
    """The names that `acc` and `pred` earn in verl's own metrics, and our exact pass@k."""
    from verl.trainer.ppo.metric_utils import process_validation_metrics

    from credit_plugins.verl_adapter.validation import outcome_infos, pass_at_k_metrics

    loop, worker = reward_worker
    rows = [(r"\boxed{1}", "1"), (r"\boxed{2}", "1"), (r"\boxed{1.0}", "1"), ("", "1")]
    batch = as_batch(worker.input_tokenizer, rows)
    results = loop.run_until_complete(worker.compute_score_batch(batch))
    infos = {key: [result["reward_extra_info"][key] for result in results] for key in KEYS}
    columns = {**outcome_infos(infos), "reward": infos["score"]}
    reported = process_validation_metrics(["mine"] * 4, ["a"] * 4, columns)["mine"]
    assert reported["acc"]["mean@4"] == 0.5
    assert "maj@4/mean" in reported["acc"]
    exact = pass_at_k_metrics(["mine"] * 4, ["a"] * 4, infos)
    assert exact["val-credit/mine/difficulty=hard/pass@1"] == 0.5
    assert exact["val-credit/mine/difficulty=hard/pass@4"] == 1.0
