"""What can be refused before the first worker starts, all problems in one message."""

from __future__ import annotations

import warnings
from typing import Any

from omegaconf import OmegaConf

from ..batch import ENTROPY, UNCERTAINTY
from ..chain import Chain
from ..config import build_chain
from ..config import problems as credit_problems
from ..errors import CreditConfigError
from ..options import nearest
from ..presets import estimator_names
from . import failures, notices, stall
from .estimators import credit_section, is_ours
from .legacy import refusal

WEIGHT_PRESERVING_MODES = (
    "seq-mean-token-sum-norm",
    "seq-mean-token-sum",
    "token-sum",
    "token-mean",
)


def check(config: Any) -> None:
    """Raise one CreditConfigError that lists everything that ``problems`` finds."""
    found = problems(config)
    if found:
        raise CreditConfigError("\n- ".join(["this configuration cannot train:", *found]))


def problems(config: Any) -> list[str]:
    """One sentence per setting of a verl config that cannot work with the chosen estimator.

    Runs for every estimator, also verl's own, but then only checks that the name exists, and
    the sections ``trainer.notices``, ``trainer.stall`` and ``trainer.env_failures``.
    """
    name = str(config.algorithm.adv_estimator)
    found = [*notices.problems(config), *stall.problems(config), *failures.problems(config)]
    if not is_ours(name):
        return found + _unknown_name(name)
    section = credit_section(config.algorithm)
    try:
        chain = build_chain(name, section)
    except CreditConfigError:
        # The engine is checked with default numbers instead: what they need of it is the same.
        found, chain = found + credit_problems(name, section), build_chain(name)
    _warn_about_aggregation(config, chain)
    return found + _engine_problems(config, chain)


def _unknown_name(name: str) -> list[str]:
    from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY

    if name in ADV_ESTIMATOR_REGISTRY:
        return []
    known = sorted({*ADV_ESTIMATOR_REGISTRY, *estimator_names()})
    return [f"algorithm.adv_estimator={name} is not a known estimator; {nearest(name, known)}"]


def _select(config: Any, key: str, default: Any = None) -> Any:
    value = OmegaConf.select(config, key)
    return default if value is None else value


def _engine_problems(config: Any, chain: Chain) -> list[str]:
    found = []
    if not _select(config, "trainer.use_v1", True):
        found.append(refusal("trainer.use_v1=False chooses", chain.name, "set it to True"))
    n = _select(config, "actor_rollout_ref.rollout.n", 1)
    if n < 2:
        found.append(
            f"actor_rollout_ref.rollout.n={n} gives groups of one, whose advantage is "
            "always 0; use 2 or more."
        )
    if chain.needs_binary_reward and _select(config, "algorithm.use_kl_in_reward", False):
        found.append(
            f"algorithm.use_kl_in_reward=True makes rewards fractional or negative, but "
            f"{chain.name} is defined for rewards in {{0, 1}}; set it to False and use "
            "actor_rollout_ref.actor.use_kl_loss."
        )
    if chain.needs_binary_reward and not chain.reads_acc:
        found += _shaped_rewards(config, chain)
    if chain.reads:
        found += _signal_problems(config, chain)
    return found


def _shaped_rewards(config: Any, chain: Chain) -> list[str]:
    """Settings of verl by which a score is known not to be 0 or 1."""
    remedy = (
        f"but {chain.name} is defined for rewards in {{0, 1}}; set algorithm.credit.reward=acc, "
        "which reads whether the answer was right."
    )
    overlong = "reward.reward_kwargs.overlong_buffer_cfg.enable"
    if _select(config, overlong, False):
        return [f"{overlong}=True takes off for length, {remedy}"]
    manager = "reward.reward_manager.name"
    if _select(config, manager) == "dapo":
        return [f"{manager}=dapo pays -1 and 1 for its own data sets, {remedy}"]
    return []


def _signal_problems(config: Any, chain: Chain) -> list[str]:
    found = []
    if _select(config, "algorithm.rollout_correction.bypass_mode", False) and chain.sources & {
        *UNCERTAINTY
    }:
        found.append(
            "algorithm.rollout_correction.bypass_mode=True skips the actor's log-prob pass, so "
            f"there is no entropy for {chain.name}; set it to False."
        )
    if ENTROPY in chain.sources:
        found += _precision_problems(config)
    return found


def _precision_problems(config: Any) -> list[str]:
    found = []
    fsdp = "actor_rollout_ref.actor.fsdp_config"
    param_dtype = _select(config, f"{fsdp}.mixed_precision.param_dtype", "bf16")
    if _select(config, "trainer.device") == "cpu" and param_dtype not in ("fp32", "float32"):
        found.append(
            f"{fsdp}.mixed_precision.param_dtype={param_dtype}: CPU autocast leaves entropy in "
            "bfloat16, which rounds low entropies to zero; set mixed_precision="
            "{param_dtype: fp32, reduce_dtype: fp32, buffer_dtype: fp32}."
        )
    return found


def _warn_about_aggregation(config: Any, chain: Chain) -> None:
    mode = _select(config, "actor_rollout_ref.actor.loss_agg_mode", "token-mean")
    if chain.needs_binary_reward and mode != "seq-mean-token-sum-norm":
        effect = (
            "keeps the relative weights but rescales every step by its mean length"
            if mode in WEIGHT_PRESERVING_MODES
            else "divides each rollout by its own length, so successes and failures lose balance"
        )
        warnings.warn(
            f"actor_rollout_ref.actor.loss_agg_mode={mode} {effect}; {chain.name} keeps its "
            "objective under seq-mean-token-sum-norm.",
            stacklevel=2,
        )
