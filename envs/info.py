"""What is said of an answer and of an episode beside the reward: every key of `info`, once.

verl wants the same keys of all samples, floats and texts only. An environment's `info` has the
fields of `EpisodeInfo`; the agent loop adds those of `Failure`, `node`, the name and address of the
machine that played the episode, and `source`, the row's `data_source`: an entry's name in a
mixture, which two entries with one environment do not share, else the environment's id. The reward
function returns those of `AnswerInfo` with `score`, `difficulty` and `source`. The defaults are
those of an episode that failed before anything could be said.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from .verify import Verdict

Info = dict[str, "str | float"]
_BY_WORKER = {"symbolic", "check"}


@dataclass(frozen=True)
class AnswerInfo:
    """What a grading says.

    Attributes:
        acc: 1.0 if the answer is paid, else 0.0; what verl's validation reports first.
        pred: the answer in normal form, over which verl takes majority votes.
        verdict: one of `envs.verify.OUTCOMES`, "none" before the first answer, or "env_error".
        extracted: the answer as the model wrote it.
        has_answer: 1.0 if there is one, else 0.0.
        timed_out: 1.0 if judging it took longer than allowed, else 0.0.
        verify_ms: milliseconds of judging; 0.0 unless a worker was asked, because the cheap tiers
            take about 0.1 ms and reporting that would make equal episodes differ.
    """

    acc: float = 0.0
    pred: str = ""
    verdict: str = "env_error"
    extracted: str = ""
    has_answer: float = 0.0
    timed_out: float = 0.0
    verify_ms: float = 0.0


@dataclass(frozen=True)
class EpisodeInfo(AnswerInfo):
    """What an environment says.

    Attributes:
        turn: answers given so far.
        distinct: different ones among them.
        task_id: names the task within its environment: stream, seed and index, or the row.
        env_id: the registered id.
        difficulty: the task's level, a number or a name.
    """

    turn: float = 0.0
    distinct: float = 0.0
    task_id: str = ""
    env_id: str = ""
    difficulty: float | str = "unknown"


@dataclass(frozen=True)
class Failure:
    """What the agent loop says of an environment that failed; by default it did not.

    Attributes:
        env_error: 1.0 if it failed, else 0.0.
        env_cause: why, in the same few words for all failures of one kind: `raised KeyError`,
            `took longer than 60 s`, `reward 0.5`, `feedback of 104,857,600 characters`.
        env_detail: what is particular to this episode: the error's text and the line that raised.
    """

    env_error: float = 0.0
    env_cause: str = ""
    env_detail: str = ""


INFO_KEYS = tuple(field.name for field in fields(EpisodeInfo))
FAILURE_KEYS = tuple(field.name for field in fields(Failure))
ENV_ERROR = "env_error"
NODE = "node"
SOURCE = "source"
TURNS = "turns"
"""Beside the info, in verl's ``extra_fields``: ``[[start, end, state], ...]``, the positions of
every answer in the response, and a number that is the same wherever the environment said the same
before it.
"""


def of_answer(verdict: Verdict) -> Info:
    """Return the keys of `AnswerInfo` for a verdict."""
    said = AnswerInfo(
        acc=float(verdict.correct),
        pred=verdict.canonical,
        verdict=verdict.outcome,
        extracted=verdict.extracted,
        has_answer=float(bool(verdict.extracted)),
        timed_out=float(verdict.outcome == "timeout"),
        verify_ms=verdict.elapsed_ms if verdict.tier in _BY_WORKER else 0.0,
    )
    return vars(said)


def of_episode(verdict: Verdict, **said: Any) -> Info:
    """Return the keys of `EpisodeInfo`; `said` are those that it adds to `AnswerInfo`."""
    return vars(EpisodeInfo(**{**of_answer(verdict), **said}))


def level(difficulty: Any) -> float | str:
    """Return a difficulty as `info` holds it: a name, or a number as a float; 0.0 for none."""
    if difficulty is None:
        return 0.0
    return difficulty if isinstance(difficulty, str) else float(difficulty)
