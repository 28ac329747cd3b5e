"""Several answers per question, for an environment that is made already.

`gymnasium.make(env_id, max_turns=3, feedback="hint")` is the short way and does the same: what an
episode's turns are belongs to `ReasoningEnv`, so that the agent loop, which takes the bare
environment, sees them too. The wrapper is for environments whose constructor takes neither.
"""

from __future__ import annotations

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from . import turns
from .base import ReasoningEnv, Task, Transition
from .errors import EnvContractError


class MultiTurn(gymnasium.Wrapper, RecordConstructorArgs):
    """Let the model answer up to `max_turns` times; only the answer that ends the episode pays.

    Args:
        env: any `ReasoningEnv`; it keeps what is set here.
        max_turns: as in `ReasoningEnv`.
        feedback: "binary", "hint" or "tool", as in `ReasoningEnv`.

    Raises:
        EnvConfigError: `max_turns` is below 1, or `feedback` is unknown.
        EnvContractError: `env` is no `ReasoningEnv`.
    """

    def __init__(self, env: gymnasium.Env, max_turns: int = 3, feedback: str = "binary") -> None:
        RecordConstructorArgs.__init__(self, max_turns=max_turns, feedback=feedback)
        gymnasium.Wrapper.__init__(self, env)
        if not isinstance(env.unwrapped, ReasoningEnv):
            raise EnvContractError(
                f"MultiTurn wraps a ReasoningEnv; got a {type(env.unwrapped).__name__}."
            )
        self.base = env.unwrapped
        self.base.max_turns, self.base.feedback_kind = turns.checked(max_turns, feedback)

    @property
    def task(self) -> Task:
        """The current task."""
        return self.base.task

    @property
    def max_turns(self) -> int:
        """How many answers a question may get."""
        return self.base.max_turns

    async def step_async(self, action: str) -> Transition:
        """Do what `step` does without blocking the event loop."""
        return await self.base.step_async(action)
