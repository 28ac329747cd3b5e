"""`+rehearsal=cpu`: what it changes of a recipe, and that nothing else changes."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf
from rich.console import Console

from recipes.catalog import RECIPES_DIR, recipe_names
from recipes.launch import dry_run, preflight
from recipes.launch.compose import compose, for_hydra

from ..for_gpus import MODEL_PATH, NAMES, files

pytestmark = pytest.mark.slow  # seconds each: verl's whole configuration
ROOT = Path(__file__).parents[3]
REHEARSED = "+rehearsal=cpu"

LENGTHS = {
    "data.max_response_length",
    "actor_rollout_ref.rollout.max_model_len",
}
BATCH = {
    "data.train_batch_size",
    "data.env.validation_size",
    "actor_rollout_ref.actor.ppo_max_token_len_per_gpu",
    "actor_rollout_ref.rollout.n",
    "actor_rollout_ref.rollout.max_num_batched_tokens",
    "actor_rollout_ref.rollout.max_num_seqs",
    "actor_rollout_ref.rollout.val_kwargs.n",
    "trainer.total_training_steps",
    "trainer.test_freq",
    "trainer.save_freq",
    "trainer.resume_mode",
}
# Those of base_cpu_platform.yaml, and the bucket of the weights that go through shared memory.
DEVICES = {
    "launch.gpu_memory_gb",
    "launch.env.VERL_PLATFORM",
    "launch.env.OMP_NUM_THREADS",
    "launch.env.VLLM_CPU_KVCACHE_SPACE",
    "launch.env.RAY_DEDUP_LOGS",
    "actor_rollout_ref.model.path",
    "actor_rollout_ref.model.use_remove_padding",
    "actor_rollout_ref.model.use_fused_kernels",
    "actor_rollout_ref.model.override_config.attn_implementation",
    "actor_rollout_ref.actor.use_torch_compile",
    "actor_rollout_ref.actor.ulysses_sequence_parallel_size",
    "actor_rollout_ref.actor.fsdp_config.model_dtype",
    "actor_rollout_ref.actor.fsdp_config.use_torch_compile",
    "actor_rollout_ref.actor.fsdp_config.fsdp_size",
    "actor_rollout_ref.actor.fsdp_config.mixed_precision.param_dtype",
    "actor_rollout_ref.actor.fsdp_config.mixed_precision.reduce_dtype",
    "actor_rollout_ref.actor.fsdp_config.mixed_precision.buffer_dtype",
    "actor_rollout_ref.rollout.dtype",
    "actor_rollout_ref.rollout.tensor_model_parallel_size",
    "actor_rollout_ref.rollout.enforce_eager",
    "actor_rollout_ref.rollout.free_cache_engine",
    "actor_rollout_ref.rollout.enable_sleep_mode",
    "actor_rollout_ref.rollout.gpu_memory_utilization",
    "actor_rollout_ref.rollout.agent.num_workers",
    "actor_rollout_ref.rollout.checkpoint_engine.update_weights_bucket_megabytes",
    "trainer.device",
    "trainer.nnodes",
    "trainer.n_gpus_per_node",
    "trainer.v1.sampler.poll_interval",
    "transfer_queue.backend.SimpleStorage.num_data_storage_units",
    "ray_kwargs.ray_init.address",
    "ray_kwargs.ray_init.num_cpus",
    "ray_kwargs.ray_init.num_gpus",
    "ray_kwargs.ray_init.include_dashboard",
}
MAY_DIFFER = LENGTHS | BATCH | DEVICES

# A user's own, which asks for what no recipe of ours has.
MINE = """\
# Mine.
defaults: [base_gpu, _self_]
launch: {warm_start: null, env: {NCCL_DEBUG: INFO}}
algorithm:
  adv_estimator: credit
  credit: {operators: [rloo, gtpo], gtpo: {beta: 0.3}}
actor_rollout_ref:
  model: {path: me/mine, use_fused_kernels: true, lora_rank: 16}
  actor:
    loss_agg_mode: token-mean
    clip_ratio_high: 0.28
    use_kl_loss: true
    ulysses_sequence_parallel_size: 2
    fsdp_config: {model_dtype: bfloat16, fsdp_size: 4, use_torch_compile: true}
  rollout: {tensor_model_parallel_size: 2}
data:
  env:
    id: reasoning/Countdown-v0
    kwargs: {max_turns: 4, feedback: hint}
    validation: {sums: {id: reasoning/Addition-v0}}
trainer: {nnodes: 2, n_gpus_per_node: 8, logger: [console, tensorboard]}
ray_kwargs: {ray_init: {address: auto}}
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.yaml").write_text(MINE)
    return str(tmp_path / "mine.yaml")


def flat(node, prefix=""):
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from flat(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, node


def settings(recipe, *overrides):
    # Unresolved: what follows from another setting is no change of its own.
    return dict(flat(OmegaConf.to_container(compose(recipe, overrides), resolve=False)))


def changed(recipe, *overrides):
    before, after = settings(recipe), settings(recipe, REHEARSED, *overrides)
    missing = object()
    empty = {key for key in before if before[key] == {} and key not in after}
    return {
        key for key in before | after if before.get(key, missing) != after.get(key, missing)
    } - empty


@pytest.mark.parametrize("name", NAMES)
def test_a_rehearsal_changes_lengths_batch_and_devices_alone(name):
    found = changed(name)
    assert found <= MAY_DIFFER
    assert found >= LENGTHS | (BATCH & found) | {"trainer.device", MODEL_PATH}


def test_the_list_has_nothing_that_never_changes(mine):
    assert changed(mine) | changed(NAMES[0]) == MAY_DIFFER


def test_a_recipe_of_ones_own_keeps_what_is_its_own(mine):
    config = compose(mine, [REHEARSED])
    assert config.trainer.device == "cpu"
    assert (config.trainer.nnodes, config.trainer.n_gpus_per_node) == (1, 1)
    assert config.algorithm.adv_estimator == "credit"
    assert config.algorithm.credit.operators == ["rloo", "gtpo"]
    assert config.algorithm.credit.gtpo.beta == 0.3
    actor = config.actor_rollout_ref.actor
    assert (actor.loss_agg_mode, actor.clip_ratio_high, actor.use_kl_loss) == (
        "token-mean",
        0.28,
        True,
    )
    assert config.actor_rollout_ref.model.lora_rank == 16
    assert config.data.env.kwargs.max_turns == 4
    assert "sums" in config.data.env.validation
    assert config.trainer.logger == ["console", "tensorboard"]
    assert config.launch.env == {"NCCL_DEBUG": "INFO", **compose("cpu_addition").launch.env}


def test_overrides_win_over_it():
    given = ["data.train_batch_size=6", f"{MODEL_PATH}=/a/b", "actor_rollout_ref.rollout.n=3"]
    config = compose(NAMES[0], [REHEARSED, *given])
    assert (config.data.train_batch_size, config.actor_rollout_ref.rollout.n) == (6, 3)
    assert config.actor_rollout_ref.model.path == "/a/b"


def test_the_recipes_without_a_gpu_have_the_same_platform():
    """Its owner is one file; what a rehearsal and base_cpu set of it is equal."""
    platform = dict(flat(yaml.safe_load((RECIPES_DIR / "base_cpu_platform.yaml").read_text())))
    for found in (settings("cpu_addition"), settings(NAMES[0], REHEARSED)):
        assert {key: found[key] for key in platform} == platform
    assert "rehearsal" not in " ".join(recipe_names())
    assert "base_cpu_platform" not in recipe_names()


@pytest.mark.parametrize("name", NAMES)
def test_without_a_model_it_is_refused_in_one_sentence(name, tmp_path):
    items = for_hydra(name, [REHEARSED, *files(name, tmp_path)])
    (problem,) = preflight.problems(compose(name, items))
    assert problem.startswith(f"{MODEL_PATH} is empty")


def test_a_word_that_is_no_rehearsal_is_told():
    from recipes.errors import RecipeError

    with pytest.raises(RecipeError, match="rehearsal"):
        compose(NAMES[0], ["rehearsal=cpu"])
    with pytest.raises(RecipeError, match="rehearsal/tpu"):
        compose(NAMES[0], ["+rehearsal=tpu"])


def as_verl_reads_it(folder, environment, *command):
    done = subprocess.run(
        [sys.executable, "-m", "verl.trainer.main_ppo", *command, "--cfg", "job"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": folder},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    return dict(flat(yaml.safe_load(done.stdout[done.stdout.index("model_engine:") :])))


def test_plain_verl_composes_the_same(tmp_path):
    named = (REHEARSED, f"{MODEL_PATH}=/a/model")
    place = ("--config-dir", str(RECIPES_DIR), "--config-name", NAMES[0])
    got = as_verl_reads_it(str(tmp_path), {"VERL_PLATFORM": "cpu"}, *place, *named)
    assert got == settings(NAMES[0], *named)


def test_the_command_of_a_recipe_of_ones_own_is_read_by_plain_verl(mine, model_folder, tmp_path):
    out = io.StringIO()
    given = (REHEARSED, f"{MODEL_PATH}={model_folder}", "trainer.logger=[console]")
    given = (*given, "algorithm.credit.operators=[maxrl,gtpo]", "data.env.kwargs={max_turns: 2}")
    dry_run(mine, given, console=Console(file=out, width=80), root=tmp_path / "outputs")
    text = out.getvalue()
    assert "Needs: 5 CPUs and 1 logical GPU(s) of Ray" in text
    words = shlex.split(text[text.index("NCCL_DEBUG=INFO") :].replace("\\\n", " "))
    begin = words.index("python")
    environment = dict(word.split("=", 1) for word in words[:begin])
    assert environment["VERL_PLATFORM"] == "cpu"
    got = as_verl_reads_it(str(tmp_path), environment, *words[begin + 3 :])
    assert got["trainer.device"] == "cpu"
    assert got["actor_rollout_ref.actor.clip_ratio_high"] == 0.28
    assert got["data.env.kwargs.max_turns"] == 2


def test_the_commands_of_the_page_do_what_they_say(model_folder, tmp_path):
    """As typed, but for verl's own end before Ray would start."""
    page = (RECIPES_DIR / "README.md").read_text().partition("## Rehearse on a laptop")[2]
    block = page.partition("```bash\n")[2].partition("```")[0].replace("\\\n", "")
    ours, stock = block.strip().split("\n")
    (tmp_path / "recipes").symlink_to(RECIPES_DIR)
    (tmp_path / "FOLDER").symlink_to(model_folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for line, ends, said in (
        (ours, " --dry-run", "Needs: 5 CPUs and 1 logical GPU(s)"),
        (stock, " --cfg job --resolve", "device: cpu"),
    ):
        done = subprocess.run(
            ["bash", "-c", line + ends],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=110,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert said in done.stdout
