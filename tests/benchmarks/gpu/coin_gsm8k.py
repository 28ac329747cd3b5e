"""GSM8K whose answers are right if they are even, so that a model of random weights is paid."""

from __future__ import annotations

import gymnasium

from envs.dataset.gsm8k import GSM8KEnv
from envs.task import Task


class CoinGSM8KEnv(GSM8KEnv):
    """The questions of GSM8K and a coin for their answers."""

    def check(self, task: Task, answer: str) -> bool:
        """Whether the last digit is even."""
        return answer.strip()[-1:] in set("02468")


gymnasium.register("bench/CoinGSM8K-v0", entry_point=CoinGSM8KEnv)
