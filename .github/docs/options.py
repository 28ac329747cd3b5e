"""The option reference, made from what the code declares: names, defaults, ranges, docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

import griffe
import gymnasium
from doctests import fenced

import envs
from credit_plugins.dump import DumpConfig
from credit_plugins.operator import KINDS, Operator
from credit_plugins.options import Option
from credit_plugins.planning.config import detectors
from credit_plugins.planning.config import options as planning_options
from credit_plugins.presets import CREDIT, DEFAULT_LIST, PRESETS
from credit_plugins.registry import own
from credit_plugins.schedules import SCHEDULES, Schedule
from envs.base import ReasoningEnv
from recipes.catalog import description, recipe_names

TITLES = {
    "Estimators": "options/estimators.md",
    "Operators": "options/operators.md",
    "Schedules": "options/schedules.md",
    "Environments": "options/environments.md",
    "Recipes": "options/recipes.md",
}


def collect() -> dict[str, str]:
    """Markdown of each page of the reference, by path."""
    pages = (estimators(), operators(), schedules(), environments(), recipes())
    return dict(zip(TITLES.values(), map(_joined, pages), strict=True))


def estimators() -> Iterable[str]:
    """Names of `algorithm.adv_estimator` and the operators that they stand for."""
    yield "# Estimators"
    yield (
        "`algorithm.adv_estimator` is one of these names. "
        f"`{CREDIT}` stands for the operators that `algorithm.credit.operators` lists, in the "
        "order in which they run, "
        f"by default `[{', '.join(DEFAULT_LIST)}]`."
    )
    rows = [(f"`{name}`", ", ".join(parts)) for name, parts in PRESETS.items()]
    yield _table(("name", "operators"), rows)


def operators() -> Iterable[str]:
    """Every operator with its section of `algorithm.credit`."""
    yield "# Operators"
    yield "Each operator reads its numbers from its own section of `algorithm.credit`."
    for kind in KINDS:
        yield f"## {kind.capitalize()} operators"
        for name, operator in own(kind).items():
            yield f"### {name}"
            yield _text(operator.function)
            yield _facts(operator)
            yield _table_of(operator.options, _described(operator.function))
    yield "## Detectors of planning tokens"
    yield (
        "Section `algorithm.credit.planning`: the name of a detector, or `MODULE:NAME` for your "
        "own, and its numbers."
    )
    (detector,) = (x for name, x in planning_options().items() if name == "detector")
    yield _table_of({"detector": detector}, {"detector": "Which of these marks the tokens."})
    for name, found in detectors().items():
        yield f"### {name}"
        yield _text(found.function)
        yield f"Reads {f'`{found.reads}`' if found.reads else 'text'}."
        yield _table_of(found.options, _described(found.function))
    yield "## Dumps"
    yield (
        "Section `algorithm.credit.dump`: whole groups of a step, token by token, for "
        "`verl-credit inspect`. `credit_plugins/dump/schema.py` says what the files hold."
    )
    yield _table_of(DumpConfig.options(), _described(DumpConfig))


def schedules() -> Iterable[str]:
    """Every schedule with the keys that it reads."""
    yield "# Schedules"
    yield (
        "Any real number of an operator may follow a schedule, written in its place: "
        "`algorithm.credit.gtpo.beta={schedule: linear, start: 0.0, end: 0.3, steps: 100}`."
    )
    for name, schedule in SCHEDULES.items():
        yield f"## {name}"
        yield _text(schedule)
        yield _table_of(schedule.options(), _described(Schedule, schedule))


def environments() -> Iterable[str]:
    """Every environment with its arguments."""
    yield "# Environments"
    yield "`data.env.id` is one of these names, and `data.env.kwargs` holds the arguments."
    yield "## Arguments of every environment"
    yield _arguments([ReasoningEnv])
    for env_id in envs.env_ids():
        cls = _class_of(env_id)
        yield f"## {env_id}"
        yield _text(cls)
        yield _arguments([base for base in cls.__mro__ if _is_own(base)])


def recipes() -> Iterable[str]:
    """Every recipe with what the first line of its file says."""
    yield "# Recipes"
    rows = [(f"`{n}`", description(n), f"`verl-credit train {n}`") for n in recipe_names()]
    yield _table(("recipe", "what it trains", "command"), rows)


def _is_own(cls: type) -> bool:
    return issubclass(cls, ReasoningEnv) and cls is not ReasoningEnv


def _class_of(env_id: str) -> type:
    module, _, name = str(gymnasium.spec(env_id).entry_point).partition(":")
    found: type = getattr(import_module(module), name)
    return found


def _facts(operator: Operator) -> str:
    scope, reads = operator.scope(operator.defaults), operator.reads(operator.defaults)
    facts = [f"Section `algorithm.credit.{operator.name}`. Scope: {scope}."]
    if reads:
        facts.append(f"Reads {', '.join(f'`{name}`' for name in reads)}.")
    if operator.binary:
        facts.append("Refuses rewards other than 0 and 1.")
    if operator.replaces:
        facts.append("Puts an advantage of its own in place of the incoming one.")
    return " ".join(facts)


def _table_of(options: Mapping[str, Option], described: Mapping[str, str]) -> str:
    rows = [
        (f"`{name}`", f"`{declared.default!r}`", declared.must, described.get(name, ""))
        for name, declared in options.items()
    ]
    return _table(("key", "default", "must be", "what it is"), rows) if rows else "It has no keys."


def _arguments(classes: Iterable[type]) -> str:
    rows = []
    for cls in classes:
        if "__init__" in vars(cls):
            described = _described(cls)
            for name, default in _parameters(cls.__init__).items():
                shown = "" if default is inspect.Parameter.empty else f"`{default!r}`"
                rows.append((f"`{name}`", shown, described.get(name, "")))
    return (
        _table(("argument", "default", "what it is"), rows) if rows else "No arguments of its own."
    )


def _parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """Name and default of each parameter that is named, but self."""
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in found if p.kind in named and p.name != "self"}


def _text(documented: Any) -> str:
    """The docstring without its sections of parameters, attributes and errors."""
    text = griffe.DocstringSectionKind.text
    return "\n\n".join(fenced(part.value) for part in _parsed(documented) if part.kind is text)


def _described(*documented: Any) -> dict[str, str]:
    """What the docstrings say of each parameter and attribute, on one line."""
    listing = (griffe.DocstringSectionKind.parameters, griffe.DocstringSectionKind.attributes)
    return {
        name.strip(): " ".join(item.description.split())
        for each in documented
        for part in _parsed(each)
        if part.kind in listing
        for item in part.value
        for name in item.name.split(",")
    }


def _parsed(documented: Any) -> list[Any]:
    text = inspect.getdoc(documented) or ""
    return griffe.Docstring(text).parse("google", warnings=False)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    """A pipe would end the cell, except within code."""
    return re.sub(r"`[^`]*`|\|", lambda found: found[0] if len(found[0]) > 1 else r"\|", text)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
