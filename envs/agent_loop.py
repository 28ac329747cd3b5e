"""Plays one episode of a registered environment with verl's rollout engine.

The environment speaks text, verl speaks token ids; this is the only place where they meet. Text
that was sampled is never tokenised again: what the engine returned is what is trained, and tokens
of feedback get mask 0.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import socket
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from functools import lru_cache
from numbers import Real
from typing import Any
from uuid import uuid4

import numpy as np
import ray
from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopOutput, register
from verl.utils.profiler import simple_timer

from . import make
from .base import ReasoningEnv, Transition
from .errors import EnvContractError, OverrunError
from .failure import cause_of, shown
from .info import FAILURE_KEYS, NODE, SOURCE, TURNS, EpisodeInfo, Failure, Info
from .offload import in_own_thread
from .seeding import STREAMS
from .task import MAX_TEXT_CHARS
from .torch_dataset import AGENT_NAME

logger = logging.getLogger(__name__)

# The last resort: verification has a deadline of its own, but here its queue counts too.
STEP_TIMEOUT_S = 600.0
# On the CPU vLLM ignores the seeds of a batch in which one request has none, and a request at
# temperature 0 counts as one without. The likeliest token alone is the same choice with a seed.
_GREEDY_WITH_SEED = {"temperature": 1.0, "top_p": 1.0, "top_k": 1}


@dataclass
class _Episode:
    """Token ids of one trajectory and what the environment said about it."""

    source: str
    messages: list[dict[str, str]]
    ids: list[int]
    mask: list[int] = field(default_factory=list)
    logprobs: list[float] | None = None  # None where verl does not record them
    reward: float = 0.0
    info: Info = field(default_factory=dict)
    num_turns: int = 1
    turns: list[list[int]] = field(default_factory=list)  # of each answer: start, end, state
    extra: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)


@register(AGENT_NAME)
class ReasoningEnvLoop(AgentLoopBase):
    """Agent loop for any :class:`envs.base.ReasoningEnv`, single- and multi-turn.

    An environment that raises, hangs or breaks the contract pays 0 with ``env_error = 1``, its
    cause and its node, and cannot stall the others. The trainer counts such episodes and ends a run
    that has too many of them (``trainer.env_failures``).
    """

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """Generate, let the environment judge, feed back, until it is done or out of tokens."""
        spec = json.loads(row["env"])
        messages = list(row["raw_prompt"])
        prompt_ids = await self.ct_build_initial_tokens(messages)
        episode = _Episode(str(row["data_source"]), messages, prompt_ids)
        episode.logprobs = [] if self.rollout_config.calculate_log_probs else None
        env = await _start(spec, episode)
        budget = self.rollout_config.response_length
        request_id = uuid4().hex
        turn, done = 0, False
        while not done and len(episode.mask) < budget:
            params = {**sampling_params, **spec.get("sampling", {})}
            params["max_tokens"] = budget - len(episode.mask)
            if spec["seeded_sampling"]:
                params["seed"] = _sampling_seed(spec, row, turn)
                if params["temperature"] == 0:
                    params |= _GREEDY_WITH_SEED
            state, start = _hash(episode.messages[-1]["content"]), len(episode.mask)
            text = await self._generate(episode, request_id, params)
            episode.turns.append([start, len(episode.mask), state])
            feedback, done = await _step(env, episode, text)
            if not done:
                await self._append_feedback(episode, text, feedback)
            turn += 1
        return _output(episode, budget)

    async def _generate(self, episode: _Episode, request_id: str, params: dict[str, Any]) -> str:
        with simple_timer("generate_sequences", episode.metrics):
            output = await self.server_manager.generate(
                request_id=request_id, prompt_ids=episode.ids, sampling_params=params
            )
        if not episode.extra:
            episode.extra = dict(output.extra_fields)
        elif output.extra_fields.get("max_global_steps") is not None:
            episode.extra["max_global_steps"] = output.extra_fields["max_global_steps"]
        preempted = output.num_preempted if output.num_preempted is not None else -1
        episode.metrics["num_preempted"] = max(episode.metrics.get("num_preempted", -1), preempted)
        merged, episode.mask, episode.logprobs = await self.ct_merge_assistant_token(
            episode.ids,
            output.token_ids,
            episode.mask,
            episode.logprobs,
            assistant_logprobs=None if episode.logprobs is None else output.log_probs,
        )
        episode.ids = merged.token_ids
        episode.num_turns += 1
        return str(self.tokenizer.decode(output.token_ids, skip_special_tokens=True))

    async def _append_feedback(self, episode: _Episode, text: str, feedback: str) -> None:
        answered = [*episode.messages, {"role": "assistant", "content": text}]
        updated = [*answered, {"role": "user", "content": feedback}]
        merged, episode.mask, episode.logprobs = await self.ct_merge_context_msg(
            answered, updated, episode.ids, episode.mask, episode.logprobs
        )
        episode.ids, episode.messages = merged.token_ids, updated
        episode.num_turns += 1


async def _start(spec: dict[str, Any], episode: _Episode) -> ReasoningEnv | None:
    """Make the environment and its task; None if that fails, and the episode pays 0."""
    episode.info = vars(EpisodeInfo(env_id=spec["id"]))
    try:
        env, info = await in_own_thread(_made_and_reset, spec)
        episode.info = _plain(info)
        return env
    except Exception as error:
        _fail(episode, error)
        return None


def _made_and_reset(spec: dict[str, Any]) -> tuple[ReasoningEnv, dict[str, Any]]:
    env = make(spec["id"], **spec["kwargs"])
    options = {key: spec[key] for key in spec.keys() & {"index", "stream", "level"}}
    _, info = env.reset(seed=spec["seed"], options=options)
    return env, info


async def _step(env: ReasoningEnv | None, episode: _Episode, text: str) -> tuple[str, bool]:
    """Let the environment judge ``text``; return its feedback and whether the episode is over."""
    if env is None:
        return "", True
    started = time.perf_counter()
    try:
        step = await _within(STEP_TIMEOUT_S, env.step_async(text))
        feedback, episode.reward, terminated, truncated, info = _honest(step, episode.info)
        episode.info = {**info, **vars(Failure())}
        done = terminated or truncated
    except Exception as error:
        feedback, done = "", True
        _fail(episode, error)
    spent = time.perf_counter() - started
    episode.metrics["compute_score"] = episode.metrics.get("compute_score", 0.0) + spent
    return feedback, done


async def _within(seconds: float, step: Awaitable[Transition]) -> Transition:
    task = asyncio.ensure_future(step)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
        raise OverrunError(f"took longer than {seconds:g} s")
    return await task


def _honest(step: Transition, before: Info) -> Transition:
    """Return ``step`` if it keeps the contract: no other reward than 0 or 1 may reach verl."""
    feedback, reward, terminated, truncated, info = step
    if type(reward) is not float or reward not in (0.0, 1.0):
        kind = "" if isinstance(reward, float) else f", {type(reward).__name__}"
        raise EnvContractError(f"reward {shown(reward)}{kind}")
    if changed := sorted((info.keys() ^ before.keys()) - set(FAILURE_KEYS)):
        raise EnvContractError(f"info keys came or went: {shown(changed)}")
    if info["acc"] != reward:
        raise EnvContractError(f"info['acc'] is {shown(info['acc'])} at reward {reward}")
    if not isinstance(feedback, str):
        raise EnvContractError(f"feedback is {type(feedback).__name__}, not text")
    _bounded("feedback", feedback).encode()  # no tokenizer takes half a character; it raises here
    return feedback, reward, bool(terminated), bool(truncated), _plain(info)


def _plain(info: Info) -> Info:
    """Return ``info`` if it holds what verl's queue and log can take: numbers and short texts."""
    for name, value in info.items():
        if isinstance(value, str):
            _bounded(f"info[{name!r}]", value)
        elif not isinstance(value, Real | np.bool_):
            raise EnvContractError(f"info[{name!r}] is {type(value).__name__}, not number or text")
    return info


def _bounded(name: str, text: str) -> str:
    if len(text) > MAX_TEXT_CHARS:
        raise EnvContractError(f"{name} of {len(text):,} characters")
    return text


def _fail(episode: _Episode, error: Exception) -> None:
    """Make the episode pay 0 and say why."""
    failure = Failure(1.0, *cause_of(error))
    said = f"{failure.env_cause}: {failure.env_detail}".rstrip(": ")
    logger.warning("the environment of %s failed, its episode pays 0: %s", episode.source, said)
    episode.reward = 0.0
    failed: Info = {"acc": 0.0, "verdict": EpisodeInfo.verdict}
    episode.info = {**episode.info, **failed, **vars(failure)}


@lru_cache(maxsize=1)
def _node() -> str:
    """Name and address of this machine: `gpu-3 (10.0.0.3)`."""
    return f"{socket.gethostname()} ({ray.util.get_node_ip_address()})"


def _hash(text: str) -> int:
    """A number of 63 bits for what the environment said before a turn, the same in any process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def _sampling_seed(spec: dict[str, Any], row: dict[str, Any], turn: int) -> int:
    stream = STREAMS.index(spec["stream"])
    key = [
        spec["seed"],
        stream,
        int(row["global_steps"]),
        int(row["index"]),
        int(row["session_id"]),
        turn,
        *([spec["sampling_seed"]] if "sampling_seed" in spec else []),
    ]
    return int(np.random.SeedSequence(key).generate_state(1)[0] >> 1)


def _output(episode: _Episode, budget: int) -> AgentLoopOutput:
    n = len(episode.mask)
    extra = dict(episode.extra)
    extra[TURNS] = episode.turns
    said = {**vars(Failure()), **episode.info}
    extra["reward_extra_info"] = {**said, SOURCE: episode.source, NODE: _node()}
    return AgentLoopOutput(
        prompt_ids=episode.ids[: len(episode.ids) - n],
        response_ids=episode.ids[len(episode.ids) - n :][:budget],
        response_mask=episode.mask[:budget],
        response_logprobs=None if episode.logprobs is None else episode.logprobs[:budget],
        reward_score=episode.reward,
        num_turns=episode.num_turns,
        metrics=episode.metrics,
        extra_fields=extra,
    )
