"""Environments that raise, hang, lie or talk without end, each in one way."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from envs.base import ReasoningEnv, Task


class Plain(ReasoningEnv):
    def sample_task(self, rng):
        return Task("What is 1+1?", "2")


class RaisesAtReset(Plain):
    def sample_task(self, rng):
        raise KeyError("no row")


RELEASED = threading.Event()


class HangsAtReset(Plain):
    def sample_task(self, rng):
        RELEASED.wait(60)
        return Task("", "2")


class HangsInFeedback(Plain):
    def feedback(self, task, verdict):
        RELEASED.wait(60)
        return ""


class RaisesInFeedback(Plain):
    def feedback(self, task, verdict):
        raise ZeroDivisionError


class Generous(Plain):
    def _advance(self, verdict):
        feedback, _, *rest = super()._advance(verdict)
        return feedback, 0.5, *rest


class Liar(Plain):
    """Pays for what it says is wrong."""

    def _advance(self, verdict):
        feedback, _, *rest = super()._advance(verdict)
        return feedback, 1.0, *rest


class Forgetful(Plain):
    def _info(self, verdict):
        info = super()._info(verdict)
        return info if verdict.outcome == "none" else {"acc": info["acc"]}


class MissingFile(Plain):
    """Its file lies on another node."""

    def sample_task(self, rng):
        return Task(Path("/nowhere/questions.txt").read_text(), "2")


class Exits(Plain):
    def feedback(self, task, verdict):
        sys.exit("enough")


class Exhausted(Plain):
    def feedback(self, task, verdict):
        return next(iter(()))


class TimesOut(Plain):
    """A request of its own takes too long, which is not our deadline."""

    def feedback(self, task, verdict):
        raise TimeoutError("the tool server is busy")


class Unsure(Plain):
    def _advance(self, verdict):
        feedback, _, *rest = super()._advance(verdict)
        return feedback, float("nan"), *rest


class Talkative(Plain):
    """100 MB of feedback."""

    def feedback(self, task, verdict):
        return "x" * (100 << 20)


class TalkativeError(Plain):
    def feedback(self, task, verdict):
        raise ValueError("x" * (100 << 20))


class TalkativeInfo(Plain):
    def _info(self, verdict):
        return super()._info(verdict) | {"pred": "x" * (100 << 20)}


class TalkativeQuestion(Plain):
    def sample_task(self, rng):
        return Task("x" * (100 << 20), "2")


class Garbled(Plain):
    def feedback(self, task, verdict):
        return "half of a character: \ud800"


class Mumbling(Plain):
    def feedback(self, task, verdict):
        return b"no"


KINDS = (
    *(Plain, RaisesAtReset, HangsAtReset, RaisesInFeedback, Generous, Liar, Forgetful),
    *(MissingFile, Exits, Exhausted, TimesOut, Unsure, Talkative, TalkativeError, TalkativeInfo),
    *(TalkativeQuestion, Garbled, Mumbling, HangsInFeedback),
)
CAUSES = {
    RaisesAtReset: "raised KeyError",
    MissingFile: "raised FileNotFoundError",
    RaisesInFeedback: "raised ZeroDivisionError",
    Exits: "raised SystemExit",
    Exhausted: "raised StopIteration",
    TimesOut: "raised TimeoutError",
    Generous: "reward 0.5",
    Unsure: "reward nan",
    Liar: "info['acc'] is 0.0 at reward 1.0",
    Forgetful: "info keys came or went: ",
    Talkative: "feedback of 104,857,600 characters",
    TalkativeError: "raised ValueError",
    TalkativeInfo: "info['pred'] of 104,857,600 characters",
    TalkativeQuestion: "Task.question has 104,857,600 characters, must have at most 1,000,000",
    Garbled: "raised UnicodeEncodeError",
    Mumbling: "feedback is bytes, not text",
}
