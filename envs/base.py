"""The contract of a reasoning environment: a question, one or more answers, reward 0 or 1."""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np

from . import info, seeding, turns
from . import options as given
from .blame import authored
from .errors import EnvContractError, EpisodeError
from .info import Info
from .offload import in_own_thread
from .spaces import UnboundedText
from .task import Task
from .verify import (
    ANSWER_FORMATS,
    PERCENT_RULES,
    Check,
    Pending,
    Verdict,
    begin,
    final_answer,
    settle,
    worked_out,
)
from .verify.answer.formats import format_named

Transition = tuple[str, float, bool, bool, Info]

__all__ = ["NOT_OF_THE_TASK", "Info", "ReasoningEnv", "Task", "Transition"]

_MAX_DRAWS = 1000
_UNJUDGED = Verdict("none", "", "", "", 0.0)
# How often the model may answer, and what it then reads, does not change what it is asked.
NOT_OF_THE_TASK = {"max_turns", "feedback", "answer_format", "percent"}
_BETWEEN_EPISODES = {
    **{"_task": None, "_task_id": "", "_turns": None, "_done": True},
    **{"_np_random": None, "_np_random_seed": None},
}


class ReasoningEnv(gymnasium.Env[str, str]):
    r"""Ask a question, judge the text that answers it.

    A subclass gives `sample_task(rng) -> Task`, or `levels` and `sample_at(rng, level) -> Task`;
    `check`, `finished` and `feedback` may be replaced too:

        class Double(ReasoningEnv):
            def sample_task(self, rng):
                n = int(rng.integers(100))
                return Task(f"What is twice {n}?", str(2 * n))

        gymnasium.register("demo/Double-v0", entry_point=Double)

    Reward is 1.0 for a correct answer and 0.0 for everything else. `terminated` is true when the
    answer is judged final: it is correct, or `max_turns` answers have been given. `truncated` is
    always false here; it belongs to limits from outside. `info` always has the keys of
    `envs.info.EpisodeInfo`, floats and strings only.

    Args:
        max_turns: how many answers the model may give; a wrong one earns feedback and a retry. A
            question with n possible answers gets at most n-1 of them.
        feedback: "binary" (right or wrong), "hint" (also the task's hint), or "tool" (also a
            calculator between answers; asking it costs no turn).
        answer_format: how a response marks its answer, one of `envs.verify.ANSWER_FORMATS`.
        percent: "exact" (`20\%` is 0.2) or "strip" (it is also 20); data sets have their own.

    Raises:
        EnvConfigError: an argument is out of range.
    """

    levels: Sequence[float | str] = ()
    streams: tuple[str, ...] = seeding.STREAMS  # those that have tasks
    percent: str = "exact"
    held_out: bool = True  # whether the streams share no question; False where there are too few

    def __init__(
        self,
        *,
        max_turns: int = 1,
        feedback: str = "binary",
        answer_format: str = "boxed",
        percent: str | None = None,
    ) -> None:
        self.answer_format = given.one_of(ANSWER_FORMATS, answer_format=answer_format)
        self.percent = given.one_of(PERCENT_RULES, percent=percent or self.percent)
        self.max_turns, self.feedback_kind = turns.checked(max_turns, feedback)
        self.observation_space = UnboundedText()
        self.action_space = UnboundedText()
        self._task: Task | None = None
        self._task_id = ""
        self._turns = turns.Turns(max_turns)
        self._done = True

    # ---- what a subclass gives

    def sample_task(self, rng: np.random.Generator) -> Task:
        """Return a task drawn from `rng` alone: equal generators must give equal tasks."""
        if not self.levels:
            name = type(self).__name__
            raise EnvContractError(f"{name} must define sample_task(rng) -> Task.")
        return self.sample_at(rng, self.levels[int(rng.integers(len(self.levels)))])

    def sample_at(self, rng: np.random.Generator, level: Any) -> Task:
        """Return a task of one of `levels`, drawn from `rng` alone."""
        raise EnvContractError(f"{type(self).__name__} has levels but no sample_at(rng, level).")

    def check(self, task: Task, answer: str) -> bool:
        """Return whether the extracted `answer` solves `task`; replaces the mathematical verifier.

        Runs only in a limited worker process: 3 s, 512 MB on top of what its module takes, no
        files, no environment variables, one thread. There `self` is a copy without the episode
        (task, turns, random numbers). One that overruns, raises or exits pays nothing. Never
        evaluate `answer`: parse it.
        """
        raise NotImplementedError

    def finished(self, task: Task, answer: str) -> bool:
        """Return whether `answer` is worked out; one that is not pays nothing, whatever its value.

        Otherwise `47+38` would be a right answer to "What is 47+38?". Unless replaced, this refuses
        formulas copied out of the question; `envs.forms` has stricter tests, such as `is_number`.
        """
        return worked_out(task.question, answer, task.answer)

    def feedback(self, task: Task, verdict: Verdict) -> str:
        r"""Return what the model reads after a wrong answer; it must not give the answer away.

        `self.answer_place` says where the answer belongs, such as `\boxed{}`.
        """
        place = f"in {self.answer_place}."
        if verdict.outcome == "no_answer":
            return f"There is no final answer. Please put it {place}"
        if verdict.outcome == "ambiguous":
            return f"There is more than one final answer. Please put exactly one {place}"
        return f"That is not correct. Please try again and put the final answer {place}"

    def num_tasks(self, stream: str) -> int | None:
        """Return how many different tasks a stream has; None if it has no end."""
        return None

    # ---- gymnasium

    @property
    def task(self) -> Task:
        """The current task."""
        if self._task is None:
            raise EpisodeError("No task yet: call reset() first.")
        return self._task

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, Info]:
        """Start an episode and return (question, info).

        Task `options["index"]` of `options["stream"]` ("train" by default, or "validation") under
        `seed` (0 if None) is the same in every process. Without an index the generator that
        `seed` starts picks one. `options["level"]`, one of `levels`, asks for that level.

        Raises:
            EnvConfigError: an unknown option, stream or level, an index below 0, or no hint where
                hints are asked for.
        """
        super().reset(seed=seed)
        asked = given.read(options, self.levels, self.np_random, self.streams)
        self._task, self._task_id = self._draw(seed or 0, asked), self._name(seed or 0, asked)
        self._turns = turns.Turns(turns.attempts(self.max_turns, self._task))
        self._done = False
        return turns.opening(self._task, self.feedback_kind, self.env_id), self._info(_UNJUDGED)

    def step(self, action: str) -> Transition:
        """Judge `action` and return (feedback, reward, terminated, truncated, info).

        Raises:
            EpisodeError: the episode has not started or is over.
        """
        return self.begin_step(action).result()

    async def step_async(self, action: str) -> Transition:
        """Do what `step` does without blocking the event loop."""
        if not self._speaks_for_itself():
            return await self.begin_step(action)
        self._require_open(action)
        if told := self._use_tool(action):
            return told
        return await in_own_thread(self._advance, await self._judging(action))

    def begin_step(self, action: str) -> Pending[Transition]:
        """Begin what `step` does; its answer may still be on its way from a worker."""
        self._require_open(action)
        if told := self._use_tool(action):
            return Pending(told)
        return self._judging(action).then(self._advance)

    # ---- inside

    def _draw(self, seed: int, asked: given.Asked) -> Task:
        """Return the first task of this generator that belongs to its stream.

        With `held_out = False` any task does. If the problem space is too small to hold anything
        out, the last draw is returned.
        """
        level = asked.level
        rng = seeding.task_rng(self._identity(level), seed, asked.stream, asked.index)
        name = "sample_task" if level is None else "sample_at"
        for _ in range(_MAX_DRAWS if self.held_out else 1):
            with authored(name):
                task = self.sample_task(rng) if level is None else self.sample_at(rng, level)
            if not isinstance(task, Task):
                raise EnvContractError(f"{name} must return a Task; got {task!r}.")
            if seeding.stream_of(task.question) == asked.stream:
                break
        return task

    def _name(self, seed: int, asked: given.Asked) -> str:
        return asked.task_id(seed)

    def _identity(self, level: float | str | None) -> str:
        kwargs = dict(self.spec.kwargs) if self.spec else {}
        shaping = {k: v for k, v in kwargs.items() if k not in NOT_OF_THE_TASK}
        # Level 2 and level 2.0 are one level: a configuration file may write either.
        at = {} if level is None else {"level": level if isinstance(level, str) else float(level)}
        return seeding.identity(self.env_id, {**shaping, **at})

    @property
    def env_id(self) -> str:
        """The registered id, or the class's name for an instance that was not made by id."""
        return self.spec.id if self.spec else type(self).__qualname__

    @property
    def answer_place(self) -> str:
        r"""Where the final answer belongs, in words for the model: `\boxed{}`."""
        return format_named(self.answer_format).place

    def marked(self, answer: str) -> str:
        """Return `answer` as a response marks it."""
        return format_named(self.answer_format).write(answer)

    def _require_open(self, action: str) -> None:
        if not isinstance(action, str):
            raise EnvContractError(f"step takes the model's text; got {type(action).__name__}.")
        if self._done:
            raise EpisodeError("The episode is over or has not begun: call reset() first.")

    def _speaks_for_itself(self) -> bool:
        """Return whether a subclass's own code runs after the verdict, which may block."""
        names = ("feedback", "finished", "_advance")
        return any(getattr(type(self), name) is not getattr(ReasoningEnv, name) for name in names)

    def _judging(self, text: str) -> Pending[Verdict]:
        checks_itself = type(self).check is not ReasoningEnv.check
        check = Check(self._without_episode(), self.task) if checks_itself else None
        judge = functools.partial(begin, answer_format=self.answer_format, percent=self.percent)
        return judge(self.task.answer, text, check=check)

    def _without_episode(self) -> ReasoningEnv:
        """Return what is the same in every episode, so that workers need it only once."""
        bare = copy.copy(self)
        vars(bare).update(_BETWEEN_EPISODES)
        return bare

    def _use_tool(self, text: str) -> Transition | None:
        """Return the calculator's reply to a text that asks it and gives no final answer."""
        if self.feedback_kind != "tool" or final_answer(text, self.answer_format).text:
            return None
        reply = self._turns.ask(text)
        return (reply, 0.0, False, False, self._info(_UNJUDGED)) if reply else None

    def _advance(self, verdict: Verdict) -> Transition:
        verdict = settle(verdict, functools.partial(self.finished, self.task))
        judged = verdict.answered
        repeated = self._turns.take((verdict.canonical or verdict.extracted) if judged else "")
        self._done = verdict.correct or self._turns.over
        if self._done:
            said = ""
        elif not verdict.finished:
            said = turns.UNFINISHED.format(place=self.answer_place)
        elif repeated:
            said = turns.REPEATED.format(place=self.answer_place)
        else:
            said = self.feedback(self.task, verdict)
            if judged and self.feedback_kind == "hint":
                said += f" Hint: {self.task.hint}"
        return said, float(verdict.correct), self._done, False, self._info(verdict)

    def _info(self, verdict: Verdict) -> Info:
        return info.of_episode(
            verdict,
            turn=float(self._turns.taken),
            distinct=float(len(self._turns.answers)),
            task_id=self._task_id,
            env_id=self.env_id,
            difficulty=info.level(self.task.difficulty),
        )
