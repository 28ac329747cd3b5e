"""Laws of what a task says: how long its prompt is, what stands in it, how its answer is written.

short        no prompt has more than 8,000 characters
unsaid       the answer does not stand in the question, unless `Task.choices` counts the answers
             that the question offers
verifiable   the verifier confirms every answer against itself, and none is prose; an
             environment with its own `check` is exempt, because nothing else reads its answers
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import gymnasium

from .base import ReasoningEnv
from .probes import Problem, bare, begin, mentions, method_of
from .turns import choices_of
from .verify import gold_problem

MAX_PROMPT_CHARS = 8000
_TASKS = 32
_VERIFIED = 8  # each may take the algebra's time
_MAX_WORDS = 3
_WORD = re.compile(r"(?<![\\\w])[^\W\d_]{2,}(?!\w)")


def short(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Measure the prompts."""
    longest = max((begin(env, index).question for index in range(_TASKS)), key=len)
    if len(longest) > MAX_PROMPT_CHARS:
        yield Problem(
            f"a question has {len(longest):,} characters; more than {MAX_PROMPT_CHARS:,} is more "
            "than a prompt holds, and verl would cut it.",
            "ask for less, or leave the longest tasks out.",
            method_of(env),
        )


def unsaid(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Look for the answer in the question: by chance it may stand in one or the other."""
    tasks = [begin(env, index) for index in range(_TASKS)]
    tasks = [t for t in tasks if not (t.choices or choices_of(t.question, t.answer))]
    said = [task for task in tasks if mentions(task.question, task.answer)]
    if len(said) > _TASKS // 2:
        yield Problem(
            f"the answer stands in the question in {len(said)} of {_TASKS} tasks, like "
            f"{said[0].answer!r} in {said[0].question[:80]!r}.",
            "leave it out; if the model is to choose among answers that the question shows, say "
            "how many there are with Task.choices.",
            method_of(env),
        )


def verifiable(env: gymnasium.Env, env_id: str, kwargs: dict[str, Any]) -> Iterator[Problem]:
    """Let the verifier confirm each answer against itself."""
    if type(bare(env)).check is not ReasoningEnv.check:
        return
    for index in range(_VERIFIED):
        answer = begin(env, index).answer
        words = len(_WORD.findall(re.sub(r"\\[a-z]+", " ", answer)))
        prose = "it is prose, so only the same words would be paid"
        why = prose if words > _MAX_WORDS else gold_problem(answer)
        if why:
            yield Problem(
                f"the verifier cannot confirm the answer of task {index}, {answer[:80]!r}: {why}.",
                "write Task.answer as a number, LaTeX or a few words, which `verl-credit verify` "
                "accepts, or override check.",
                method_of(env),
            )
            return
