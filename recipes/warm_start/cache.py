"""The warm-started model of an environment: trained the first time, then read from a cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from .. import pretrained
from ..cache import cache_dir as user_cache
from ..cache import in_one_rename
from ..errors import WarmStartError
from .corpus import examples
from .recipe import Recipe

_FINGERPRINT_EXAMPLES = 256


def ensure(
    env_id: str = "reasoning/Addition-v0",
    *,
    cache_dir: str | Path | None = None,
    console: Console | None = None,
    **inputs: Any,
) -> Path:
    """Return the folder of a model warm-started on an environment's worked solutions.

    The folder holds config, weights (float32), tokenizer and chat template, and `warm_start.json`
    with the inputs. The model is `model`, trained further, or a small Qwen3 trained from nothing,
    whose vocabulary is exactly its tokenizer's. It is found again under a hash of all inputs: the
    arguments, the environment's first problems, this package's code, and the versions of torch,
    transformers and tokenizers. It appears in one rename, so an interrupted run leaves no half
    model; that of a named `model` goes on where it was. The same inputs give the same weights.

    Args:
        env_id: a registered environment that gives worked solutions.
        cache_dir: default `warm_start` in the user's cache folder; see `recipes.cache`.
        console: where progress goes; default standard output.
        inputs: the other fields of `Recipe`.

    Raises:
        EnvError: no such environment, or arguments that it refuses.
        WarmStartError: the environment gives no worked solutions, or an input is wrong.
    """
    recipe = Recipe(env_id, **inputs)
    found = _inputs(recipe)
    target = _folder(found, cache_dir)
    if not target.exists():
        _make(recipe, found, target, console or Console())
    return target


def check(settings: Mapping[str, Any]) -> Path:
    """Return the folder that `ensure(**settings)` will fill, if it is not there yet.

    Raises what `ensure` would raise before it trains.
    """
    recipe, cache_dir = _read(settings)
    return _folder(_inputs(recipe), cache_dir)


def tokenizer_of(settings: Mapping[str, Any], console: Console) -> Any:
    """The tokenizer of the model that `ensure(**settings)` returns, before it is trained.

    A pretrained model of ours is downloaded and converted for it.
    """
    from transformers import AutoTokenizer

    recipe, cache_dir = _read(settings)
    made = _folder(_inputs(recipe), cache_dir)
    if made.exists():
        return AutoTokenizer.from_pretrained(made)
    if recipe.model:
        return AutoTokenizer.from_pretrained(pretrained.model_folder(recipe.model, console))
    from .train import tokenizer_for

    return tokenizer_for(recipe)


def _read(settings: Mapping[str, Any]) -> tuple[Recipe, str | None]:
    known = {field.name for field in fields(Recipe)} | {"cache_dir"}
    if unknown := sorted(set(settings) - known):
        raise WarmStartError(
            f"launch.warm_start has unknown keys {unknown}; it takes {sorted(known)}."
        )
    inputs = dict(settings)
    cache_dir = inputs.pop("cache_dir", None)
    return Recipe(**inputs), cache_dir


def _folder(inputs: dict[str, Any], cache_dir: str | Path | None) -> Path:
    root = Path(cache_dir).expanduser() if cache_dir else user_cache("warm_start")
    return root.resolve() / _digest(inputs)[:16]


def _make(recipe: Recipe, inputs: dict[str, Any], target: Path, console: Console) -> None:
    # torch and transformers: seconds that a cached model need not cost
    with in_one_rename(target) as model:
        if recipe.model:
            from .fine_tune import fine_tune

            fine_tune(recipe, model, target.with_suffix(".unfinished"), console)
        else:
            from .train import train

            train(recipe, model, console)
        (model / "warm_start.json").write_text(json.dumps(inputs, indent=2), encoding="utf-8")


def _inputs(recipe: Recipe) -> dict[str, Any]:
    first = examples(recipe.env_id, recipe.env_kwargs, recipe.seed, _FINGERPRINT_EXAMPLES)
    code = [file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parent.glob("*.py"))]
    return {
        **recipe.as_dict(),
        **({"pretrained": pretrained.fingerprint(recipe.model)} if recipe.model else {}),
        "problems": _digest([[e.question, e.solution] for e in first]),
        "code": _digest(code),
        **{name: version(name) for name in ("torch", "transformers", "tokenizers")},
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
