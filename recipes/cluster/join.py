"""Joining a cluster: its address, and what a launch hands to it."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import OmegaConf

from ..errors import RecipeError

if TYPE_CHECKING:
    from omegaconf import DictConfig

_INIT = "ray_kwargs.ray_init"
# Ray takes these where it starts, and refuses them where it joins.
_OF_A_START = ("num_cpus", "num_gpus", "resources", "labels", "object_store_memory")
_PATIENCE_S = 5.0


def running_address(config: DictConfig) -> str | None:
    """HOST:PORT of the cluster that verl will join; None where it starts a Ray of its own.

    As Ray decides it: ``ray_kwargs.ray_init.address``; else ``RAY_ADDRESS``, which `ray job submit`
    sets; else a cluster that `ray start` has left running here.
    """
    from ray._private.services import canonicalize_bootstrap_address

    try:
        found = canonicalize_bootstrap_address(OmegaConf.select(config, f"{_INIT}.address"))
    except ConnectionError:  # "auto", and there is none
        return None
    return None if found is None else str(found)


def check_found(config: DictConfig) -> None:
    """Refuse to start where a cluster is asked for and none is there.

    Raises:
        RecipeError: ``ray_kwargs.ray_init.address`` is "auto", and no Ray runs here.
    """
    if OmegaConf.select(config, f"{_INIT}.address") == "auto" and not running_address(config):
        raise RecipeError(
            f"{_INIT}.address=auto, and no Ray runs on this machine: start one with `ray start`, "
            "set RAY_ADDRESS=HOST:PORT, or start one with the run: " + f"{_INIT}.address=null."
        )


def check_answers(address: str) -> None:
    """Refuse a cluster that is gone; Ray itself would try for minutes.

    Raises:
        RecipeError: nobody listens at ``address``.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE_S).close()
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"There should be a Ray cluster at {address}, but it does not answer ({error}): start "
            "it with `ray start`, or, for a Ray of the run's own, end what is left of it with "
            "`ray stop` and unset RAY_ADDRESS."
        ) from error


def authentication() -> dict[str, str]:
    """The variable with which Ray shows the token that lies here; {} without one, or if it is set.

    A cluster that `ray start` has made where a token lay wants it from everybody who names its
    address, and Ray shows it only when told to.
    """
    named = os.environ.get("RAY_AUTH_TOKEN"), os.environ.get("RAY_AUTH_TOKEN_PATH")
    usual = Path.home() / ".ray" / "auth_token"
    if "RAY_AUTH_MODE" in os.environ or not (any(named) or usual.is_file()):
        return {}
    return {"RAY_AUTH_MODE": "token"}


def second_task() -> str:
    """Which task of `srun` this is, as "3 of 4"; "" for the first one, and outside of it."""
    number, count = (os.environ.get(f"SLURM_{key}", "") for key in ("PROCID", "NTASKS"))
    # A batch script is task 0 of as many tasks as the job asks for.
    return f"{int(number) + 1} of {count}" if number.isdigit() and int(number) > 0 else ""


def join_overrides(config: DictConfig, variables: Mapping[str, str]) -> list[str]:
    """What a configuration has to say to a cluster that runs.

    Processes there inherit nothing from ours, so the variables of a launch travel with the job.

    Args:
        config: the composed configuration.
        variables: for every process of the run, as Hydra reads them.
    """
    given = OmegaConf.select(config, _INIT) or {}
    dropped = [f"{_INIT}.{key}=null" for key in _OF_A_START if given.get(key) is not None]
    place = f"++{_INIT}.runtime_env.env_vars"
    return [*dropped, *(f"{place}.{key}={value}" for key, value in variables.items())]
