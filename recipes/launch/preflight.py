"""Everything that can be refused before the first process starts."""

from __future__ import annotations

import importlib.util
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from credit_plugins.verl_adapter import releases
from envs.errors import EnvError

from ..cluster import running_address, second_task
from ..errors import PreflightError, RecipeError
from ..foreign import hiding_in_verl
from . import outside, resources
from .compose import HOW_TO_INSTALL, VERL_MISSING
from .overrides import MODEL_PATH

_REFUSALS = (EnvError, RecipeError, TypeError, ValueError)


def check(config: DictConfig, root: Path = Path("outputs")) -> list[str]:
    """Refuse a configuration that cannot train.

    Args:
        config: the composed configuration.
        root: folder of all runs.

    Returns:
        Warnings about one that can, one sentence each.

    Raises:
        PreflightError: with every problem found, one sentence each.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        found = problems(config, root)
    if found:
        raise PreflightError(found)
    return [str(warning.message) for warning in caught if warning.category is UserWarning]


def check_prompts(config: DictConfig, console: Console) -> None:
    """Refuse prompts that are too long for the run, before a model is warm-started for it.

    A pretrained model of ours, whose tokenizer they are measured with, is downloaded for it.

    Raises:
        PreflightError: with a sentence per environment whose prompts would be cut.
    """
    if not is_our_data_set(config):
        return
    from ..warm_start import tokenizer_of
    from . import prompts

    settings = launch_section(config).get("warm_start")
    tokenizer = tokenizer_of(settings, console) if settings else prompts.tokenizer_of(config)
    if found := list(prompts.problems(config, tokenizer)):
        raise PreflightError(found)


def problems(config: DictConfig, root: Path = Path("outputs")) -> list[str]:
    """Every reason why a composed configuration cannot train; empty means it can start.

    Looks at what is installed, at what the verl adapter knows about the estimator, its numbers
    and the engine, at ``data.env`` and its streams, at where the model and the rewards come from,
    at the files, packages and disk that the configuration counts on, and at what it needs of
    CPUs, GPUs, their memory and the queue.
    """
    missing = [*_one_launch(), *_installation_problems(config), *hiding_in_verl(Path.cwd())]
    missing = missing or list(_python_problems(config))  # it needs Ray, which comes with verl
    if missing:  # the checks below need it
        return missing
    environment = list(dict.fromkeys(_environment_problems(config)))
    return [
        *_credit_problems(config),
        *(environment or _model_problems(config)),
        *_reward_problems(config),
        *outside.problems(config, root),
        *_resource_problems(config),
    ]


def is_our_data_set(config: DictConfig) -> bool:
    """Whether the rows come from an environment, so that ``data.env`` says what they are."""
    return bool(OmegaConf.select(config, "data.custom_cls.path") == outside.OUR_DATA_SET)


def _one_launch() -> Iterator[str]:
    if task := second_task():
        yield (
            f"This is task {task} of srun, and one launch trains on the whole cluster: type the "
            "command in the batch script itself, or with srun --ntasks=1."
        )


def _python_problems(config: DictConfig) -> Iterator[str]:
    """Ray starts a worker as ``bash -c "exec PYTHON ..."``, unquoted, five times for a minute each.

    ray/_private/runtime_env/context.py, `exec_worker`, in Ray 2.60. On a cluster that runs already
    it is the Python of its nodes.
    """
    if re.search(r"[^\w./+@%:=,~-]", sys.executable) and running_address(config) is None:
        yield (
            f"Ray cannot start workers with the Python at {sys.executable!r}: it passes this path "
            "to a shell unquoted. Make the environment in a folder whose path has no space or "
            "other character that a shell interprets."
        )


def _installation_problems(config: DictConfig) -> Iterator[str]:
    if not _installed("verl"):
        yield VERL_MISSING
    elif problem := releases.problem():
        yield f"{problem}."
    engine = config.actor_rollout_ref.rollout.name
    if engine == "vllm" and not _installed("vllm"):
        yield f"actor_rollout_ref.rollout.name is vllm, which is not installed. {HOW_TO_INSTALL}"


def _credit_problems(config: DictConfig) -> Iterator[str]:
    """What is wrong with the estimator, its numbers, or the engine settings that it needs."""
    from credit_plugins.verl_adapter import preflight

    yield from preflight.problems(config)


def _environment_problems(config: DictConfig) -> Iterator[str]:
    """What the data sets for training and validation would refuse when verl makes them."""
    data = config.data
    if not is_our_data_set(config):
        return
    from envs.torch_dataset import EnvDataset

    for key in ("train", "val"):
        limit = data.get(f"{key}_max_samples", -1)
        try:
            EnvDataset(data[f"{key}_files"], None, data, max_samples=limit)
        except _REFUSALS as error:
            yield _sentence("data.env", data.env, error)


def _reward_problems(config: DictConfig) -> Iterator[str]:
    """Who calls a reward function: a reward worker of verl, and nobody where there is none."""
    reward = config.reward
    function = reward.custom_reward_function.path
    if is_our_data_set(config):
        if function:
            warnings.warn(
                f"reward.custom_reward_function.path={function} is not called: the environments of "
                "data.env pay. For rows of verl's own set data.custom_cls.path=null.",
                stacklevel=2,
            )
        return
    own_loop = config.actor_rollout_ref.rollout.agent.agent_loop_config_path
    # verl/experimental/agent_loop/agent_loop.py: _compute_score chooses among no workers
    if not reward.num_workers and not reward.reward_model.enable and (function or not own_loop):
        yield (
            "reward.num_workers=0 leaves no worker to compute the reward of rows of verl's own; "
            "set reward.num_workers=8."
        )


def _model_problems(config: DictConfig) -> Iterator[str]:
    """What keeps the run from having a model: none is named, and none can be warm-started."""
    from ..warm_start import check

    if settings := launch_section(config).get("warm_start"):
        if not settings.get("env_id", True):
            yield (
                "launch.warm_start has no env_id, as for a mixture: name a model with "
                f"{MODEL_PATH}=FOLDER, or the environment to start on with "
                "launch.warm_start.env_id=ID launch.warm_start.env_kwargs={...}."
            )
            return
        try:
            check(settings)
        except _REFUSALS as error:
            yield _sentence("launch.warm_start", settings, error)
    elif config.actor_rollout_ref.model.path is None:
        yield f"{MODEL_PATH} is empty, and so is launch.warm_start; name the folder of a model."


def _resource_problems(config: DictConfig) -> Iterator[str]:
    """What the run needs more of than it is given; sizes that do not go together."""
    try:
        model = resources.model_config(config)
    except RecipeError as error:
        yield str(error)
        model = None
    yield from resources.problems(config, model)


def _sentence(section: str, given: Any, error: Exception) -> str:
    """One sentence: the text of our own errors, and the context of any other."""
    if isinstance(error, EnvError | RecipeError):
        return str(error)
    return f"{section} cannot be used: {error}; it is {plain(given)}."


def launch_section(config: DictConfig) -> dict[str, Any]:
    """The section ``launch``, which only `verl-credit` reads; empty if there is none."""
    return plain(config.get("launch")) or {}


def plain(node: Any) -> Any:
    """A config node as plain Python, interpolations resolved; None stays None."""
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
