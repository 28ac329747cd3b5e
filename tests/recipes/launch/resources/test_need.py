"""What a run needs of Ray, the queue and the weight bucket, and what is too little."""

from __future__ import annotations

import subprocess
import sys

import pytest
from transformers import AutoConfig

from recipes.launch.resources import need, problems

from ...published import hf_config
from .small import with_keys

ACTOR, ROLLOUT = "actor_rollout_ref.actor", "actor_rollout_ref.rollout"
RAY, STORAGE = "ray_kwargs.ray_init", "transfer_queue.backend.SimpleStorage"
ALONE = {
    "trainer.v1.trainer_mode": "separate_async",
    f"{ACTOR}.ppo_mini_batch_size": 16,
    f"{ROLLOUT}.nnodes": 1,
    f"{ROLLOUT}.n_gpus_per_node": 2,
}


def told(changes, model_config=None):
    return list(problems(with_keys(changes), model_config))


def test_what_is_enough_says_nothing():
    assert told({}) == []


def test_cpus_go_with_gpus_and_with_the_queue():
    found = need(with_keys({}))
    assert (found.cpus, found.gpus, found.gpus_per_node) == (3 * 4 + 2 + 1, 4, 4)
    found = need(with_keys({"trainer.nnodes": 3, f"{STORAGE}.num_data_storage_units": 6}))
    assert (found.cpus, found.gpus, found.gpus_per_node) == (3 * 12 + 6 + 1, 12, 4)
    assert need(with_keys(ALONE)).cpus == 3 * 4 + 2 * 2 + 2 + 1
    pool = {"enable_resource_pool": True, "nnodes": 1, "n_gpus_per_node": 2}
    beside = need(with_keys({f"reward.reward_model.{key}": n for key, n in pool.items()}))
    assert (beside.cpus, beside.gpus) == (3 * 6 + 2 + 1, 6)
    mooncake = {"transfer_queue.backend.storage_backend": "MooncakeStore"}
    assert need(with_keys(mooncake)).cpus == 3 * 4 + 1


def test_the_numbers_are_those_of_verl_and_the_queue():
    """As in their source; no Ray is started for it."""
    from transfer_queue.controller import TransferQueueController
    from transfer_queue.storage.simple_storage import SimpleStorageUnit
    from verl.single_controller.ray import ResourcePoolManager

    fields = ResourcePoolManager.__dataclass_fields__
    assert fields["max_colocate_count"].default == 3
    for actor in (TransferQueueController, SimpleStorageUnit):
        assert actor._default_options["num_cpus"] == 1


def test_rows_of_a_step_and_of_its_validation_are_there_together():
    assert need(with_keys({})).rows == 64 * 8 + 100 * 4
    before = {"trainer.test_freq": -1}
    assert need(with_keys(before)).rows == max(64 * 8, 100 * 4)
    assert need(with_keys({**before, f"{ROLLOUT}.val_kwargs.n": 9})).rows == 900
    assert need(with_keys({**before, "trainer.val_before_train": False})).rows == 64 * 8


def test_rows_of_a_validation_with_entries_of_its_own(tmp_path):
    add = {"id": "reasoning/Addition-v0", "kwargs": {}}
    entries = {"a": {**add, "size": 10, "samples": 3}, "b": {**add, "temperature": 0}}
    changes = {"data.env.validation": entries}
    assert need(with_keys(changes)).rows == 64 * 8 + 10 * 3 + 100
    batched = {**changes, "data.val_batch_size": 20}
    assert need(with_keys(batched)).rows == 64 * 8 + 20 * 3  # at most, whichever rows they are
    one = {"data.val_max_samples": 7}
    assert need(with_keys(one)).rows == 64 * 8 + 7 * 4


def test_rows_that_are_not_ours_to_count():
    stock = {"data.custom_cls.path": None}
    assert need(with_keys(stock)).rows == 64 * 8
    wrong = {"data.env.id": "reasoning/Adition-v0"}  # told elsewhere
    assert need(with_keys(wrong)).rows == 64 * 8


def test_asynchronous_trainers_store_prompts_and_a_batch_ahead():
    assert need(with_keys(ALONE)).rows == 64 * (8 + 1) * 2 + 100 * 4


def test_filtered_groups_are_generated_in_several_batches():
    filtered = {"enable": True, "max_inflight_gen_batches": 3}
    changes = {"algorithm.filter_groups": filtered}
    assert need(with_keys(changes)).rows == 3 * 64 * 8 + 100 * 4


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {f"{RAY}.num_cpus": 14},
            f"{RAY}.num_cpus=14, and the run waits for ever without 15: 3 for each GPU, 2 for one "
            "that only generates, 1 for each storage unit of the queue and 1 for its controller; "
            "set 15 or more",
        ),
        ({f"{RAY}.num_gpus": 3}, f"{RAY}.num_gpus=3, and the run needs 4."),
        (
            {f"{RAY}.num_cpus": 64, f"{RAY}.num_gpus": 8, "trainer.nnodes": 2},
            f"{RAY}.num_cpus=64 and {RAY}.num_gpus=8 start a Ray of this machine alone, and "
            "trainer.nnodes=2",
        ),
        (
            {f"{STORAGE}.total_storage_size": 911},
            f"{STORAGE}.total_storage_size=911, and a step holds 912 rows: every rollout, and "
            "every answer of its validation; set it to 912 or more.",
        ),
        ({"trainer.nnodes": 0}, "trainer.nnodes=0 must be a whole number from 1."),
        ({f"{ROLLOUT}.n": "many"}, f"{ROLLOUT}.n=many must be a whole number from 1."),
        (
            {f"{ROLLOUT}.gpu_memory_utilization": 1.5},
            f"{ROLLOUT}.gpu_memory_utilization=1.5 must be a number above 0 and at most 1.",
        ),
        ({"launch.gpu_memory_gb": 0}, "launch.gpu_memory_gb=0 must be a number above 0."),
        ({"launch.gpu_memory_gb": "80GB"}, "launch.gpu_memory_gb=80GB must be a number above 0."),
    ],
)
def test_what_is_too_little_is_refused(changes, sentence):
    (problem,) = told(changes)
    assert problem.startswith(sentence)


@pytest.mark.parametrize(
    "changes",
    [
        {f"{RAY}.num_cpus": 15, f"{RAY}.num_gpus": 4},
        {f"{RAY}.address": "auto", "trainer.nnodes": 2},
        {f"{STORAGE}.total_storage_size": 912},
        {f"{STORAGE}.total_storage_size": None},
        {
            f"{STORAGE}.total_storage_size": 1,
            "transfer_queue.backend.storage_backend": "MooncakeStore",
        },
        {"launch.gpu_memory_gb": None},
    ],
)
def test_the_edges_are_accepted(changes):
    assert told(changes) == []


CPU = {"trainer.device": "cpu", "launch.gpu_memory_gb": None}
BUCKET = f"{ROLLOUT}.checkpoint_engine.update_weights_bucket_megabytes"


def test_through_shared_memory_the_embedding_has_to_fit_into_the_bucket():
    tiny = AutoConfig.for_model("llama", vocab_size=2**16, hidden_size=64)  # 16 MB
    assert told({**CPU, BUCKET: 16}, tiny) == []
    (problem,) = told({**CPU, BUCKET: 15}, tiny)
    assert problem == f"{BUCKET}=15, and the model's embedding has 16 MB; set it to 16."
    # GPUs share memory, and vLLM that has read the base model gets adapters alone.
    assert told({BUCKET: 15, "launch.gpu_memory_gb": None}, tiny) == []
    adapters = {"actor_rollout_ref.model.lora_rank": 8, f"{ROLLOUT}.load_format": "safetensors"}
    assert told({**CPU, BUCKET: 15, **adapters}, tiny) == []
    assert len(told({**CPU, BUCKET: 15, **adapters, f"{ROLLOUT}.load_format": "dummy"}, tiny)) == 1


def test_memory_is_estimated_where_card_and_model_are_known():
    model = hf_config("Qwen/Qwen3-0.6B")
    assert need(with_keys({}), model).memory is not None
    for changes in (
        {"launch.gpu_memory_gb": None},
        {"trainer.device": "cpu"},
        {f"{ACTOR}.strategy": "megatron"},
        {"critic.enable": True},
    ):
        assert need(with_keys(changes), model).memory is None
    assert need(with_keys({})).memory is None


def test_a_card_too_small_is_refused():
    model = hf_config("Qwen/Qwen3-4B-Base")
    assert told({}, model) == []
    assert told({"launch.gpu_memory_gb": 16}, model)


def test_what_is_needed_is_told_without_torch():
    program = (
        "import sys; from omegaconf import OmegaConf; from recipes.launch.resources import need;"
        "config = OmegaConf.load(sys.argv[1]); print(need(config).cpus, 'torch' in sys.modules)"
    )
    from recipes.catalog import RECIPES_DIR

    done = subprocess.run(
        [sys.executable, "-c", program, str(RECIPES_DIR / "base_cpu_platform.yaml")],
        capture_output=True,
        text=True,
    )
    assert done.stdout == "5 False\n", done.stderr


def test_counts_of_a_start_are_not_asked_of_a_cluster_that_runs(monkeypatch):
    """The launch takes them back; doctor and launch look at what the cluster has."""
    changes = {f"{RAY}.num_cpus": 1, "trainer.nnodes": 2}
    assert told(changes)
    monkeypatch.setenv("RAY_ADDRESS", "10.1.2.3:6379")
    assert told(changes) == []
