"""Reading a plan: what its YAML may say, and everything that is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml

from ..errors import PreflightError, RecipeError, nearest
from .endpoint import Endpoint
from .paired import smallest_p
from .plan import STOPPING, Contrast, Evaluation, Plan

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_DECLARED = (
    " Write it there too, with the overrides of the arm it is held against and "
    "data.env.sampling_seed=1000."
)


def read(file: Path) -> Plan:
    """The plan in a YAML file.

    Raises:
        PreflightError: with a sentence for everything that is wrong with it.
    """
    plan = _parsed(file)
    if found := list(problems(plan)):
        raise PreflightError(found)
    return plan


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML in which a key that stands twice is an error: of two arms one would vanish."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := [key for place, key in enumerate(keys) if key in keys[:place]]:
            raise yaml.constructor.ConstructorError(
                None, None, f"{twice[0]!r} stands there twice", node.start_mark
            )
        return dict(super().construct_mapping(node, deep))


def _parsed(file: Path) -> Plan:
    try:
        given = yaml.load(file.read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        colon = "mapping values are not allowed" in reason
        hint = " A text with a colon in it has to stand between quotes." if colon else ""
        raise RecipeError(f"{file} is no YAML: {reason}.{hint}") from error
    if not isinstance(given, dict):
        raise RecipeError(f"{file} is no plan: a mapping with the keys {', '.join(_KEYS)}.")
    if unknown := [key for key in given if key not in _KEYS]:
        raise PreflightError(
            [f"{file.name}: there is no key {key!r} in a plan. {nearest(str(key), _KEYS)}"
             for key in unknown]
        )  # fmt: skip
    if missing := [key for key in _REQUIRED if given.get(key) is None]:
        raise PreflightError(
            [f"{file.name}: {key} is missing; {_MEANING[key]}." for key in missing]
        )
    wrong: list[str] = []
    values = {key: _value(key, value, wrong) for key, value in given.items() if value is not None}
    if wrong:
        raise PreflightError([f"{file.name}: {sentence}" for sentence in wrong])
    return Plan(**values, file=file)


def _value(key: str, value: Any, wrong: list[str]) -> Any:
    """A value of the file as `Plan` wants it; a sentence about what is wrong goes to ``wrong``."""
    if key in ("contrast", "noise"):
        return _section(key, value, Contrast, str, wrong)
    if key == "evaluation":
        return _section(key, value, Evaluation, int, wrong)
    if key == "arms":
        if not isinstance(value, dict):
            wrong.append(f"arms is {value!r}, must be names with a list of overrides each.")
            return {}
        if unread := {name: items for name, items in value.items() if not _is_texts(items)}:
            wrong += [
                f"The arm {name} is {items!r}, must be a list of overrides, such as "
                "[algorithm.adv_estimator=maxrl]."
                for name, items in unread.items()
            ]
            return {}
        wrong += [
            f"arms has a name that YAML reads as {name!r}; put it between quotes, or take another."
            for name in value
            if not isinstance(name, str)
        ]
        return {str(name): tuple(items) for name, items in value.items()}
    if key == "seeds":
        if not isinstance(value, list) or not all(map(_is_count, value)):
            wrong.append(f"seeds is {value!r}, must be a list of integers from 0.")
            return ()
        return tuple(value)
    if key in ("endpoints", "overrides", "reuse"):
        if not _is_texts(value):
            wrong.append(f"{key} is {value!r}, must be a list of texts.")
            return ()
        return tuple(value)
    wanted, words = _PLAIN[key]
    if isinstance(value, bool) or not isinstance(value, wanted):
        wrong.append(f"{key} is {value!r}, must be {words}.")
    return value


def _section(key: str, value: Any, kind: Any, of: type, wrong: list[str]) -> Any:
    known = [one.name for one in fields(kind)]
    required = known[:1] if kind is Evaluation else known
    sound = (
        isinstance(value, dict)
        and set(required) <= set(value) <= set(known)
        and all(isinstance(one, of) and not isinstance(one, bool) for one in value.values())
    )
    if not sound:
        unknown = [name for name in value if name not in known] if isinstance(value, dict) else []
        hint = f" There is no {unknown[0]!r} in it." if unknown else ""
        wrong.append(f"{key} is {value!r}, must be a mapping of {', '.join(known)}.{hint}")
        return None
    return kind(**value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def problems(plan: Plan) -> Iterator[str]:
    """What is wrong with a plan by itself, one sentence each."""
    yield from _arm_problems(plan)
    yield from _number_problems(plan)
    endpoints = []
    for name in plan.endpoints:
        try:
            endpoints.append(Endpoint.named(name))
        except RecipeError as error:
            yield str(error)
    if len(set(plan.endpoints)) < len(plan.endpoints):
        yield f"endpoints has one twice: {', '.join(plan.endpoints)}."
    samples = plan.evaluation.samples
    for endpoint in endpoints:
        if samples and endpoint.k > samples:
            yield f"{endpoint} needs evaluation.samples of at least {endpoint.k}; it is {samples}."
    for name in plan.reuse:
        other = plan.file.parent / name
        if not other.is_file():
            yield f"reuse names {name!r}, and there is no plan {other}."
    lowest = smallest_p(len(plan.seeds))
    if lowest > plan.alpha:
        enough = next(n for n in range(2, 60) if 2 / 2**n <= plan.alpha)
        yield (
            f"{len(plan.seeds)} seeds can give no p below {lowest:.3g} in a sign-flip test, so the "
            f"plan cannot reject at alpha={plan.alpha:g}; take at least {enough} seeds."
        )
    if plan.hours > plan.budget_h:
        yield (
            f"{len(plan.order)} runs of {plan.hours_per_run:g} h are {plan.hours:.1f} h, more than "
            f"budget_h={plan.budget_h:g}; take fewer arms or seeds, or shorten a run."
        )


def _arm_problems(plan: Plan) -> Iterator[str]:
    if len(plan.arms) < 2:
        yield f"arms has {len(plan.arms)} arm, and a contrast needs two."
    for name in plan.arms:
        if not _NAME.fullmatch(name):
            yield f"The arm {name!r} needs a name of letters, digits and _; files are named by it."
    for key, contrast in (("contrast", plan.contrast), ("noise", plan.noise)):
        if contrast is None:
            continue
        for name in (contrast.arm, contrast.against):
            if name not in plan.arms:
                yield (
                    f"{key} names the arm {name!r}, which is not under arms: "
                    f"{', '.join(plan.arms)}.{_DECLARED if key == 'noise' else ''}"
                )
        if contrast.arm == contrast.against:
            yield f"{key} compares {contrast.arm!r} with itself."
    if len(set(plan.seeds)) < len(plan.seeds):
        yield f"seeds has a seed twice: {list(plan.seeds)}."


def _number_problems(plan: Plan) -> Iterator[str]:
    for key in ("steps", "budget_h", "hours_per_run"):
        value = getattr(plan, key)
        if not 0 < value < math.inf:
            yield f"{key} is {value}, must be a number above 0."
    for key in ("smallest_effect", "margin", "sd"):
        value = getattr(plan, key)
        if value is not None and not 0 < value < 1:
            yield f"{key} is {value}, must be a share between 0 and 1: 2 points are 0.02."
    for key, value in asdict(plan.evaluation).items():
        if value is not None and value < 1:
            yield f"evaluation.{key} is {value}, must be at least 1."
    if plan.evaluation.every > plan.steps:
        yield (
            f"evaluation.every is {plan.evaluation.every}, must be at most the {plan.steps} steps "
            "of a run."
        )
    if not 0 < plan.alpha < 0.5:
        yield f"alpha is {plan.alpha:g}, must lie between 0 and .5."
    if plan.retries < 0:
        yield f"retries is {plan.retries}, must be at least 0."
    if plan.margin > plan.smallest_effect:
        yield (
            f"margin={plan.margin:g} is above smallest_effect={plan.smallest_effect:g}, so an "
            "effect of interest could be called no difference; take a margin of at most that."
        )
    if not plan.endpoints:
        yield "endpoints is empty; name the primary one first, such as 'integrated pass@1'."
    if plan.stopping != STOPPING:
        yield f"stopping is {plan.stopping!r}; the only rule is {STOPPING!r}."


_MEANING = {
    "question": "say in words what is asked",
    "recipe": "name the recipe that every arm trains",
    "arms": "name two or more, each with its list of Hydra overrides",
    "seeds": "list them, such as [1, 2, 3, 4, 5, 6, 7, 8]",
    "steps": "say how many steps a run trains",
    "evaluation": "write {every: STEPS, problems: N, samples: N}",
    "endpoints": "list them, the primary first, such as [integrated pass@1, final pass@1]",
    "contrast": "write {arm: NAME, against: NAME}",
    "smallest_effect": "say which difference of the primary endpoint would matter, such as 0.02",
    "margin": "say which difference counts as none, such as 0.01",
    "budget_h": "say how many hours the campaign may take",
    "hours_per_run": "measure one run and write its hours",
}
_REQUIRED = tuple(_MEANING)
_KEYS = tuple(one.name for one in fields(Plan) if one.name != "file")
_NUMBER = ((int, float), "a number")
_PLAIN: Mapping[str, tuple[Any, str]] = {
    **dict.fromkeys(("question", "recipe", "stopping"), (str, "a text")),
    **dict.fromkeys(("steps", "retries"), (int, "an integer")),
    **dict.fromkeys(
        ("smallest_effect", "margin", "budget_h", "hours_per_run", "alpha", "sd"), _NUMBER
    ),
}
