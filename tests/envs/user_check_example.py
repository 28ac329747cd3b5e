import gymnasium

from envs.base import ReasoningEnv, Task


class MultipleEnv(ReasoningEnv):
    def sample_task(self, rng):
        n = int(rng.integers(10, 10_000))
        return Task(question=f"Name a multiple of {n} above {n}.", answer=str(2 * n))

    def check(self, task, answer):
        n = int(task.answer) // 2
        return answer.isdecimal() and int(answer) > n and int(answer) % n == 0


gymnasium.register("demo/Multiple-v0", entry_point=MultipleEnv)
