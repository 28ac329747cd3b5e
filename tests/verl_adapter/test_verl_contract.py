"""The verl surfaces we touch, pinned: names, signatures, field lists.

It passes on every release of `releases.SUPPORTED`; `make test-extras` runs it on the older ones.
When it goes red on a new one, read the change upstream first; every assertion names the file of
ours that depends on it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import inspect
from pathlib import Path

import pytest

from credit_plugins.verl_adapter.releases import SUPPORTED, installed


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)


def source(function: object) -> str:
    return inspect.getsource(function)


def test_verl_is_a_release_that_works() -> None:
    import verl

    assert importlib.metadata.version("verl") in SUPPORTED
    assert installed() == verl.__version__ == importlib.metadata.version("verl")


def test_estimator_registry_and_call() -> None:
    """estimators.py: registry, and that a custom name gets rewards, mask, config and index only."""
    from verl.trainer.ppo import core_algos
    from verl.trainer.ppo.ray_trainer import compute_advantage

    assert parameters(core_algos.register_adv_est) == ["name_or_enum"]
    assert isinstance(core_algos.ADV_ESTIMATOR_REGISTRY, dict)
    body = source(compute_advantage)
    for word in ("token_level_rewards", "response_mask", '"config"', 'adv_kwargs["index"]'):
        assert word in body


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("__init__", ["self", "config"]),
        ("init", ["self"]),
        ("fit", ["self", "agent_loop_manager"]),
        ("_compute_advantage", ["self", "batch", "metrics"]),
        ("_save_checkpoint", ["self"]),
        ("_load_checkpoint", ["self"]),
        ("_validate", ["self"]),
        ("_submit_batch_to_rollout", ["self", "batch"]),
        ("_init_resource_pool_mgr", ["self"]),
    ],
)
def test_trainer_methods_we_override(method: str, expected: list[str]) -> None:
    """trainer.py and cpu/trainer.py."""
    from verl.trainer.ppo.v1 import PPOTrainer

    assert parameters(getattr(PPOTrainer, method)) == expected


def test_what_validation_hands_to_its_metrics() -> None:
    """trainer.py names the first four and hands on the rest, which verl 0.9.0 does not have."""
    from verl.trainer.ppo.v1 import PPOTrainer

    names = parameters(PPOTrainer._val_metrics_update)
    named = ["self", "data_sources", "sample_uids", "reward_extra_infos_dict", "sample_turns"]
    assert names[:5] == named
    assert names[5:] in ([], ["expected_acc_counts"])


def test_the_three_trainers_are_ours_where_main_ppo_looks_them_up() -> None:
    from verl.trainer.main_ppo import TaskRunnerV1
    from verl.trainer.ppo.v1 import get_trainer_cls
    from verl.trainer.ppo.v1.trainer_base import TRAINER_REGISTRY

    from credit_plugins.verl_adapter.trainer import CreditTrainer

    assert set(TRAINER_REGISTRY) == {"sync", "colocate_async", "separate_async"}
    assert all(issubclass(get_trainer_cls(name), CreditTrainer) for name in TRAINER_REGISTRY)
    body = source(TaskRunnerV1.__ray_metadata__.modified_class.run)
    assert "from verl.trainer.ppo.v1 import get_trainer_cls" in body


def test_what_legacy_trainers_call_before_they_start_workers() -> None:
    """legacy.py; tests/verl_adapter/test_legacy.py runs them as far as that."""
    from verl.experimental.fully_async_policy.fully_async_trainer import FullyAsyncTrainer
    from verl.experimental.separation.ray_trainer import SeparateRayPPOTrainer

    for trainer in (SeparateRayPPOTrainer, FullyAsyncTrainer.__ray_metadata__.modified_class):
        lines = [line.strip() for line in source(trainer.init_workers).splitlines()]
        first = next(line for line in lines if line.startswith("self."))
        assert first == "self._init_resource_pools()"


def test_queue_fields_and_padding_tag() -> None:
    """fields.py: what is written under which name before the advantage step."""
    from verl.trainer.ppo import padding_utils
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    written = source(PPOTrainer._compute_old_log_prob)
    assert '"old_log_probs", "entropy"' in written
    assert '"calculate_entropy": True' in written
    assert "is_padding=True" in source(padding_utils)
    loop = source(__import__("verl.trainer.ppo.v1.agent_loop_tq", fromlist=["x"]))
    assert 'f"{uid}_{session_id}_{i}"' in loop


def test_what_shows_that_a_run_moves() -> None:
    """stall.py: timing_raw has the phases that ended; waits for rollouts look at the queue."""
    from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    assert "self.timing_raw = {}" in source(PPOTrainer.fit)
    waits = source(ReplayBuffer.sample)
    assert waits.index("while True:") < waits.index("self._sync_metadata_from_transfer_queue()")
    looked = source(ReplayBuffer._sync_metadata_from_transfer_queue)
    for name in ("partitions", "finished_keys", "failure_keys"):
        assert f"self.{name}" in looked


def test_how_verl_loses_sessions() -> None:
    """failures.py and dropped.py: what is sampled, what is replaced, and where an error is told."""
    from verl.trainer.ppo.v1 import agent_loop_tq, replay_buffer
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    buffer = replay_buffer.ReplayBuffer
    evict = ["self", "global_steps", "partition_id", "eviction_reasons"]
    assert parameters(buffer._evict_terminal_groups) == evict
    assert "stale_uids, dapo_uids, failed_uids, dapo_counts = eviction_reasons" in source(
        buffer._evict_terminal_groups
    )
    assert "no materializable trajectories" in source(buffer.sample)
    assert "ordered_keys[:batch_size]" in source(buffer._select_prompt_uids)
    step = source(PPOTrainer.step)
    assert "sample_batch_size = train_batch_size // self.parameter_sync_step" in step
    assert "self._submit_batch_to_rollout(batch)" in source(PPOTrainer._add_prompts_to_generate)
    assert (
        agent_loop_tq.logger.name == agent_loop_tq.__name__ == "verl.trainer.ppo.v1.agent_loop_tq"
    )
    worker = agent_loop_tq.AgentLoopWorkerTQ.__ray_metadata__.modified_class
    assert "exc_info=(type(error), error, error.__traceback__)" in source(worker._run_prompt)


def test_what_shows_a_nan_in_log_probs_and_what_becomes_of_its_update() -> None:
    """nonfinite.py."""
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer
    from verl.utils.debug import metrics
    from verl.workers.engine.fsdp import transformer_impl

    logged = source(PPOTrainer._compute_old_log_prob)
    assert '"actor/entropy": entropy_agg' in logged
    assert "calculate_debug_metrics(data)" in logged
    assert '"training/rollout_probs_diff_mean": torch.mean' in source(metrics)
    step = source(transformer_impl.FSDPEngine.optimizer_step)
    assert "if not torch.isfinite(grad_norm):" in step
    assert "self.optimizer.zero_grad()" in step


def test_what_a_checkpoint_brings_along() -> None:
    """resuming.py: a shard per rank, and the optimizer's and scheduler's own numbers."""
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer
    from verl.utils.checkpoint import checkpoint_manager
    from verl.utils.checkpoint.fsdp_checkpoint_manager import FSDPCheckpointManager

    load = source(FSDPCheckpointManager.load_checkpoint)
    assert 'f"model_world_size_{self.world_size}_rank_{self.rank}.pt"' in load
    assert "self.lr_scheduler.load_state_dict(" in load
    assert "latest_checkpointed_iteration.txt" in source(checkpoint_manager)
    assert 'os.path.join(global_step_folder, "data.pt")' in source(PPOTrainer._load_checkpoint)


def test_checkpoint_order() -> None:
    """state.py: our file is written before verl's tracker file, which its save writes last."""
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    body = source(PPOTrainer._save_checkpoint)
    assert body.index("save_checkpoint(") < body.index("latest_checkpointed_iteration.txt")


def test_agent_loop_surface() -> None:
    """envs/agent_loop.py, and envs/agent_loop_090.py for verl 0.9.0."""
    from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopOutput, register

    context = getattr(AgentLoopBase, "ct_merge_context_msg", None)
    if context is None:
        context = AgentLoopBase.ct_merge_non_assistant_msg
    assert parameters(register) == ["agent_name"]
    assert parameters(AgentLoopBase.ct_build_initial_tokens)[:2] == ["self", "messages"]
    assert parameters(AgentLoopBase.ct_merge_assistant_token) == [
        "self",
        "runtime_token_ids",
        "assistant_token_ids",
        "response_mask",
        "response_logprobs",
        "assistant_logprobs",
    ]
    assert parameters(context)[:6] == [
        "self",
        "previous_messages",
        "updated_messages",
        "runtime_token_ids",
        "response_mask",
        "response_logprobs",
    ]
    assert {"prompt_ids", "response_ids", "response_mask", "reward_score", "extra_fields"} <= set(
        AgentLoopOutput.model_fields
    )


def test_rollout_server_surface() -> None:
    """rollout.py and cpu/rollout.py; read, because importing it asks for vLLM's own package."""
    (folder,) = importlib.util.find_spec("verl").submodule_search_locations
    body = Path(folder, "workers/rollout/vllm_rollout/vllm_async_server.py").read_text()
    assert "self.server_class = ray.remote(vLLMHttpServer)" in body
    assert "async def launch_server(self, " in body
    assert "def _preprocess_engine_kwargs(self, engine_kwargs: dict) -> None:" in body
    own, given = body.index('"max_num_batched_tokens": self.config'), body.index("**engine_kwargs,")
    assert body.index('"enable_chunked_prefill": self.config') < own < given


def test_weights_are_processed_after_loading_for_the_models_that_one_method_names() -> None:
    """cpu/weights.py names none: its layerwise reload has packed them, and twice fails with AMX."""
    (folder,) = importlib.util.find_spec("verl").submodule_search_locations
    body = Path(folder, "workers/rollout/vllm_rollout/utils.py").read_text()
    loop = "in self._iter_all_models_with_config():\n"
    then = "process_weights_after_loading(model, model_config, self.device)"
    assert body.count("self._iter_all_models_with_config()") == body.count(loop) == 1
    assert body.split(loop)[1].split("\n")[0].strip() == then


def test_adapters_come_alone_once_the_base_model_is_there() -> None:
    """cpu/weights.py leaves the layers as they are then; without the two it reloads them all."""
    (folder,) = importlib.util.find_spec("verl").submodule_search_locations
    body = Path(folder, "workers/rollout/vllm_rollout/utils.py").read_text()
    given = "peft_config: dict = None, base_sync_done=False, use_shm: bool = False"
    assert f"def update_weights_from_ipc(self, {given}):" in body
    assert "lora_weights: dict[str, torch.Tensor] | None = {} if (peft_config and base" in body
    sent = Path(folder, "workers/rollout/vllm_rollout/vllm_rollout.py").read_text()
    assert 'kwargs={**kwargs, "use_shm": self.use_shm}' in sent


def test_cpu_platform_surface() -> None:
    """cpu/: registries, and the class attributes verl offers for replacement."""
    from verl.utils.distributed import initialize_global_process_group_ray
    from verl.workers.engine import EngineRegistry
    from verl.workers.engine_workers import ActorRolloutRefWorker
    from verl.workers.rollout.replica import RolloutReplicaRegistry

    assert "backend" in parameters(initialize_global_process_group_ray)
    assert {"model_type", "backend", "device"} <= set(parameters(EngineRegistry.register))
    assert hasattr(ActorRolloutRefWorker, "actor_worker_cls")
    assert hasattr(ActorRolloutRefWorker, "ref_worker_cls")
    assert parameters(RolloutReplicaRegistry.register)[:2] == ["name", "loader"]


def test_number_of_samples_of_a_row() -> None:
    """envs/torch_dataset.py gives it to validation rows as `__rollout_n__`."""
    from verl.trainer.ppo.v1 import agent_loop_tq
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    validate = source(PPOTrainer._validate)
    if "expected_acc_counts" in validate:  # what failed counts as wrong; 0.9.0 leaves it out
        assert '"__rollout_n__", [self.config.actor_rollout_ref.rollout.val_kwargs.n]' in validate
    # Its parameter `batch_size` counts prompts, so a prompt may have any number of samples.
    assert 'partition_id="val", batch_size=len(batch)' in validate
    assert 'n = prompt.pop("__rollout_n__", ' in source(agent_loop_tq)


def test_what_an_agent_loop_is_given() -> None:
    """envs/agent_loop.py reads `data_source` and `index`, and changes the sampling parameters."""
    loop = source(__import__("verl.experimental.agent_loop.agent_loop", fromlist=["x"]))
    assert "await agent_loop.run(sampling_params, **kwargs)" in loop
    (folder,) = importlib.util.find_spec("verl").submodule_search_locations
    body = Path(folder, "workers/rollout/vllm_rollout/vllm_async_server.py").read_text()
    assert "SamplingParams(max_tokens=max_tokens, **sampling_params)" in body


def test_a_request_without_a_seed_drops_the_seeds_of_its_batch_on_the_cpu() -> None:
    """envs/agent_loop.py asks for the likeliest token by top_k=1 because of it."""
    spec = importlib.util.find_spec("vllm")
    if spec is None:
        pytest.skip("vLLM is not installed")
    body = Path(spec.submodule_search_locations[0], "v1/sample/ops/topk_topp_sampler.py")
    assert "if len(generators) != logits.shape[0] and" in body.read_text()


def test_greedy_sampling_drops_top_p_and_top_k() -> None:
    """envs/data_env.py: `temperature: 0` of an entry beside the top_p and top_k of `val_kwargs`."""
    vllm = pytest.importorskip("vllm")
    params = vllm.SamplingParams(max_tokens=4, temperature=0, top_p=0.9, top_k=5, logprobs=0)
    assert (params.temperature, params.top_p, params.top_k) == (0.0, 1.0, 0)
