"""What operators and detectors share: a function that is declared under its own name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

from .options import Option

T = TypeVar("T")


class Declared(Generic[T]):
    """Base of dataclasses that hold a declared ``function`` and its ``options``."""

    function: Callable[..., T]
    options: Mapping[str, Option]

    def __post_init__(self) -> None:
        """Carry the function's name, module and docstring."""
        functools.update_wrapper(self, self.function)

    def __call__(self, *inputs: Any, **numbers: Any) -> T:
        """The function at these numbers; those that are not given take their defaults."""
        return self.function(*inputs, **{**self.defaults, **numbers})

    @property
    def name(self) -> str:
        """The name of the function, by which a configuration names it."""
        return str(self.function.__name__)

    @property
    def module(self) -> str:
        """The module that defines it."""
        return str(self.function.__module__)

    @property
    def summary(self) -> str:
        """First line of the docstring, without its full stop."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0].rstrip(".")

    @property
    def declared(self) -> dict[str, Any]:
        """What stands for each number where none is given; it may be a schedule."""
        return {name: option.default for name, option in self.options.items()}

    @property
    def defaults(self) -> dict[str, Any]:
        """Default numbers; one that follows a schedule by default has none."""
        return {name: x for name, x in self.declared.items() if not isinstance(x, Mapping)}

    def __reduce__(self) -> tuple[Any, ...]:
        """By reference, as functions are."""
        return _load, (self.module, self.name)


def _load(module: str, name: str) -> Any:
    return getattr(import_module(module), name)
