"""Addition whose answers a verifier worker judges, so that there is one to kill."""

from __future__ import annotations

import gymnasium

from envs.procedural.addition import AdditionEnv
from envs.task import Task


class CheckedAdditionEnv(AdditionEnv):
    """As addition, with a check of its own."""

    def check(self, task: Task, answer: str) -> bool:
        """The sum, in digits."""
        return answer.strip() == task.answer


gymnasium.register("drills/CheckedAddition-v0", entry_point=CheckedAdditionEnv)
