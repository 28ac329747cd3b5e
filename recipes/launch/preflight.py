"""Everything that can be refused before the first process starts, in one list."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import PreflightError, WarmStartError
from .compose import HOW_TO_INSTALL, MODEL_PATH, VERL_MISSING

if TYPE_CHECKING:
    from omegaconf import DictConfig

VERL_VERSION = "0.9.1"


def check(config: DictConfig) -> list[str]:
    """Refuse a configuration that cannot train.

    Returns:
        Warnings about one that can, one sentence each.

    Raises:
        PreflightError: with every problem found, one sentence each.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        found = problems(config)
    if found:
        raise PreflightError(found)
    return [str(warning.message) for warning in caught if warning.category is UserWarning]


def problems(config: DictConfig) -> list[str]:
    """Every reason why a composed configuration cannot train; empty means it can start.

    Looks at what is installed, at what the verl adapter knows about the estimator, its numbers
    and the engine, at the environment ``data.env``, and at where the model comes from.
    """
    missing = list(_installation_problems(config))
    if missing:  # the checks below import verl
        return missing
    environment = list(_environment_problems(config))
    return [*_credit_problems(config), *(environment or _model_problems(config))]


def _installation_problems(config: DictConfig) -> Iterator[str]:
    if not _installed("verl"):
        yield VERL_MISSING
    elif (version := importlib.metadata.version("verl")) != VERL_VERSION:
        yield f"verl {version} is installed; this plugin is made for verl {VERL_VERSION}."
    engine = config.actor_rollout_ref.rollout.name
    if engine == "vllm" and not _installed("vllm"):
        yield f"actor_rollout_ref.rollout.name is vllm, which is not installed. {HOW_TO_INSTALL}"


def _credit_problems(config: DictConfig) -> Iterator[str]:
    """Estimator name, ``algorithm.credit``, and engine settings that cannot serve them."""
    from credit_plugins.verl_adapter import preflight

    yield from preflight.problems(config)


def _environment_problems(config: DictConfig) -> Iterator[str]:
    spec = plain(config.data.get("env"))
    if spec is None:  # verl's own data files
        return
    if spec.get("id") in (None, "???"):
        yield "data.env.id is missing; set it to an environment id, e.g. reasoning/Addition-v0."
        return
    import envs
    from envs.errors import EnvError

    kwargs = spec.get("kwargs") or {}
    try:
        envs.make(spec["id"], **kwargs).close()
    except EnvError as error:
        yield str(error)
    except TypeError as error:  # an argument the environment does not have
        yield f"data.env.kwargs is {kwargs!r}, which {spec['id']} refuses: {error}"


def _model_problems(config: DictConfig) -> Iterator[str]:
    """A model is named, or there are worked solutions to warm-start one on."""
    from envs.errors import EnvError

    from ..warm_start import check

    settings = (plain(config.get("launch")) or {}).get("warm_start")
    if settings:
        try:
            check(settings)
        except (EnvError, WarmStartError) as error:
            yield str(error)
    elif config.actor_rollout_ref.model.path is None:
        yield f"{MODEL_PATH} is empty, and so is launch.warm_start; name the folder of a model."


def plain(node: Any) -> Any:
    """A config node as plain Python, interpolations resolved; None stays None."""
    from omegaconf import OmegaConf

    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
