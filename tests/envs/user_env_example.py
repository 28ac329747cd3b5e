import gymnasium

from envs.base import ReasoningEnv, Task


class SquareEnv(ReasoningEnv):
    def sample_task(self, rng):
        n = int(rng.integers(10, 10_000))
        return Task(question=f"What is {n} squared?", answer=str(n * n), difficulty=len(str(n)))


gymnasium.register("demo/Square-v0", entry_point=SquareEnv)
