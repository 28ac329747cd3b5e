"""Many independent episodes of one environment at once, for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import make
from .base import Info, ReasoningEnv, Transition
from .errors import EnvConfigError, EpisodeError
from .verify import Pending


class BatchEnv:
    r"""`size` episodes of `env_id` side by side; each is what it would be alone.

    Unlike gymnasium's vector environments they do not walk in step: an episode that is over stays
    over, and nothing resets by itself. Answers that need a worker are judged by all workers at
    once.

        batch = BatchEnv("reasoning/Addition-v0", 256, max_turns=2)
        questions, infos = batch.reset_batch(seed=0, indices=range(256), stream="validation")
        while any(batch.open):
            texts = [answer(q) if is_open else None for q, is_open in zip(questions, batch.open)]
            transitions = batch.step_batch(texts)

    Args:
        env_id: as for `envs.make`.
        size: how many episodes, at least 1.
        kwargs: arguments of the environment.

    Raises:
        EnvConfigError: `size` is below 1.
        UnknownEnvError: no such id.
    """

    def __init__(self, env_id: str, size: int, **kwargs: Any) -> None:
        if not isinstance(size, int) or size < 1:
            raise EnvConfigError(f"size must be a whole number from 1; got {size!r}.")
        self.envs: list[ReasoningEnv] = [make(env_id, **kwargs) for _ in range(size)]
        self._open = [False] * size

    @property
    def open(self) -> list[bool]:
        """Which episodes wait for an answer."""
        return list(self._open)

    def reset_batch(
        self,
        seed: int | None = None,
        indices: Sequence[int] | None = None,
        stream: str = "train",
    ) -> tuple[list[str], list[Info]]:
        """Start an episode per index and return (questions, infos).

        Fewer indices than episodes, as in the last batch of a data set, leave the others closed.
        Without indices it is the tasks 0 to size - 1.

        Raises:
            EnvConfigError: more indices than episodes, or one that `reset` refuses.
        """
        indices = range(len(self.envs)) if indices is None else indices
        if len(indices) > len(self.envs):
            raise EnvConfigError(
                f"reset_batch got {len(indices)} indices for {len(self.envs)} episodes."
            )
        self._open = [i < len(indices) for i in range(len(self.envs))]
        pairs = [
            env.reset(seed=seed, options={"index": index, "stream": stream})
            for env, index in zip(self.envs, indices, strict=False)
        ]
        return [question for question, _ in pairs], [info for _, info in pairs]

    def step_batch(self, texts: Sequence[str | None]) -> list[Transition | None]:
        """Give each open episode its text and return its transition; None where there was none.

        Raises:
            EpisodeError: there are more texts than episodes, or an episode that is not open was
                given one.
        """
        return self._closed([p.result() if p else None for p in self._begin(texts)])

    async def step_batch_async(self, texts: Sequence[str | None]) -> list[Transition | None]:
        """Do what `step_batch` does without blocking the event loop."""
        return self._closed([await p if p else None for p in self._begin(texts)])

    def _begin(self, texts: Sequence[str | None]) -> list[Pending[Transition] | None]:
        given = [i for i, text in enumerate(texts) if text is not None]
        if len(texts) > len(self.envs) or not all(self._open[i] for i in given):
            raise EpisodeError(
                f"step_batch takes one text per episode, {len(self.envs)} at most, and None for "
                f"those that are over; got {len(texts)} texts, open are "
                f"{sum(self._open)} episodes."
            )
        return [
            None if text is None else env.begin_step(text)
            for env, text in zip(self.envs, texts, strict=False)
        ]

    def _closed(self, transitions: list[Transition | None]) -> list[Transition | None]:
        for i, transition in enumerate(transitions):
            if transition is not None:
                self._open[i] = not (transition[2] or transition[3])
        return transitions
