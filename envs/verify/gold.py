"""Can a correct answer be verified at all? Asked of every one before anything is trained on it."""

from __future__ import annotations

from .answer.extract import MAX_ANSWER_CHARS, extract
from .answer.parse import read
from .ask_algebra import ask_readable
from .grade import DEFAULT_TIMEOUT

_PROBLEMS = {
    "unparsable": "the verifier cannot read it, so only the same spelling would be paid",
    "timeout": f"comparing it with itself takes more than {DEFAULT_TIMEOUT} s",
    "memory": "comparing it with itself takes too much memory",
    "crash": "comparing it with itself crashed the worker",
}


def gold_problem(gold: str) -> str:
    """Return why `gold` is no good as a correct answer, or "" if it is.

    It is good if a response that boxes it is paid, and every expression in it has a reading, so
    that another spelling of it can be paid too. Blocks, for a worker's deadline at most.

    Raises:
        VerifierError: no worker process can be started.
    """
    inside = extract(gold).text or gold
    if not inside.strip():
        return "it is empty"
    boxed = extract(rf"\boxed{{{inside}}}")
    if boxed.problem == "unparsable":
        return f"it is longer than {MAX_ANSWER_CHARS} characters"
    if boxed.problem or boxed.text != inside.strip():
        return "its braces do not match, or it holds a box"
    value = read(inside)
    if not value.tokens:
        return "nothing is left of it without typesetting"
    if next(value.expressions(), None) is None:
        return ""
    reply = ask_readable(inside, DEFAULT_TIMEOUT).result()
    return "" if reply.get("correct") else _PROBLEMS[reply.get("error", "unparsable")]
