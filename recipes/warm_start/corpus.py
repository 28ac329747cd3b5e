"""Worked solutions of an environment's training problems: what the warm start learns from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import envs

from ..errors import WarmStartError


@dataclass(frozen=True)
class Example:
    """One problem and its worked solution."""

    question: str
    solution: str


def examples(
    env_id: str, env_kwargs: Mapping[str, Any], seed: int, count: int, first: int = 0
) -> list[Example]:
    """`count` problems of the environment's training stream with their solutions, from `first` on.

    Raises:
        EnvError: no such environment, or arguments that it refuses.
        WarmStartError: a problem has no worked solution.
    """
    env = envs.make(env_id, **env_kwargs)
    found = []
    for index in range(first, first + count):
        env.reset(seed=seed, options={"index": index, "stream": "train"})
        found.append(Example(env.task.question, env.task.solution))
    if not all(example.solution for example in found):
        raise WarmStartError(
            f"{env_id} has problems without a worked solution, so no model can be warm-started on "
            "it: name a model with actor_rollout_ref.model.path=FOLDER, or give every problem a "
            "Task.solution (a data set: data.env.kwargs.solutions=true)."
        )
    return found


def feedback(env_id: str, env_kwargs: Mapping[str, Any], seed: int) -> list[str]:
    """What the environment says to a missing, an ambiguous and a wrong answer to problem 0."""
    env = envs.make(env_id, **env_kwargs)
    env.max_turns = 2
    said = []
    for answer in ("", r"\boxed{1} or \boxed{2}", r"\boxed{-1}"):
        env.reset(seed=seed, options={"index": 0, "stream": "train"})
        said.append(env.step(answer)[0])
    return said
