"""Numbers with their ranges, declared once, next to what reads them.

``number``, ``integer``, ``choice``, ``flag`` and ``option`` are the defaults of an operator's
keyword arguments, and the fields of an ``Options`` dataclass. ``problems`` reports instead of
raising, so that a whole configuration is judged in one message.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from .errors import CreditConfigError


@dataclass(frozen=True)
class Option:
    """A default, and what a value must be, in words and as a test.

    Attributes:
        default: the value where the configuration names none.
        must: what a value must be, to follow "must be".
        holds: whether a value is so.
        span: lowest and highest value of a real number, which alone may follow a schedule.
        words: the values to choose from, where there are few.
    """

    default: Any
    must: str
    holds: Callable[[Any], bool]
    span: tuple[float, float] | None = None
    words: tuple[Any, ...] = ()


def option(default: Any, must: str, holds: Callable[[Any], bool]) -> Any:
    """A value that obeys a rule of its own."""
    return Option(default, must, holds)


def _is_real(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def number(default: float | Mapping[str, Any], low: float, high: float) -> Any:
    """A real number with ``low <= value <= high``; by default it may follow a schedule."""
    return Option(
        default,
        f"a number from {low:g} to {high:g}",
        lambda value: _is_real(value) and low <= value <= high,
        span=(low, high),
    )


def integer(default: int, low: int) -> Any:
    """An integer that is at least ``low``."""
    return Option(
        default,
        f"an integer of at least {low}",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= low,
    )


def choice(default: str, allowed: Sequence[str]) -> Any:
    """One of a few words."""
    words = tuple(allowed)
    return Option(default, "one of " + ", ".join(words), lambda value: value in words, words=words)


def flag(default: bool) -> Any:
    """True or false."""
    return Option(
        default, "true or false", lambda value: isinstance(value, bool), words=(True, False)
    )


def path_or_null() -> Any:
    """The path of a file or folder; null by default."""
    return Option(
        None,
        "null or a path",
        lambda value: value is None or (isinstance(value, str) and value != ""),
    )


def nearest(word: object, known: Sequence[str]) -> str:
    """'did you mean ...' when something is close, else the full list; never empty."""
    close = get_close_matches(str(word), known, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(name) for name in close) + "?"
    return "known: " + (", ".join(known) if known else "none")


def problems(options: Mapping[str, Option], given: Mapping[str, Any], path: str = "") -> list[str]:
    """One sentence per unknown key or value out of range, each naming ``path`` + key."""
    unknown = [
        f"{path}{key}: unknown key; {nearest(key, sorted(options))}"
        for key in given
        if key not in options
    ]
    broken = [
        f"{path}{key} is {value!r}, must be {options[key].must}"
        for key, value in given.items()
        if key in options and not options[key].holds(value)
    ]
    return unknown + broken


def declared_by(
    function: Callable[..., Any], what: str, takes: Sequence[str], besides: Sequence[str] = ()
) -> dict[str, Option]:
    """The keyword-only arguments of a function, each declared by ``number`` and the like.

    Args:
        function: what is declared.
        what: names its kind in a message, as "a token operator".
        takes: the arguments that it takes by position.
        besides: keyword-only arguments that are no numbers.

    Raises:
        CreditConfigError: its signature is another.
    """
    where = f"{function.__module__}:{function.__name__}"
    found, positional = {}, []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(name)
        elif isinstance(parameter.default, Option):
            found[name] = parameter.default
        elif name not in besides:
            raise CreditConfigError(
                f"{where}: {name} must be declared with its range, as in {name}=number(0.1, 0, 1)"
            )
    if len(positional) != len(takes):
        raise CreditConfigError(
            f"{where}: {what} takes ({', '.join(takes)}) and its numbers after *; "
            f"it takes ({', '.join(positional)})"
        )
    return found


@dataclass(frozen=True)
class Options:
    """Base of sections that are dataclasses; ``CreditConfigError`` names every bad field."""

    def __init_subclass__(cls) -> None:
        """Make a dataclass field of every declared option."""
        for name, declared in list(vars(cls).items()):
            if isinstance(declared, Option):
                field = dataclasses.field(default=declared.default, metadata={"option": declared})
                setattr(cls, name, field)

    def __post_init__(self) -> None:
        """Check every field of a section that was built in Python rather than read from YAML."""
        found = self.problems(vars(self))
        if found:
            raise CreditConfigError(f"{type(self).__name__}: " + "; ".join(found))

    @classmethod
    def options(cls) -> dict[str, Option]:
        """The declared fields by name."""
        return {field.name: field.metadata["option"] for field in dataclasses.fields(cls)}

    @classmethod
    def problems(cls, given: Mapping[str, Any], path: str = "") -> list[str]:
        """One sentence per unknown key or value out of range, each naming ``path`` + key."""
        return problems(cls.options(), given, path)
