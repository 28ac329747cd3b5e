"""Where declared functions are found: in the files of a package, or at an address.

A file of ours counts because it is there; ``MODULE:NAME`` is one of a user's and needs no
registration.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

from .errors import CreditConfigError

T = TypeVar("T")


def in_files_of(package: str, kind: type[T]) -> dict[str, T]:
    """What the files of a package declare, by name, in alphabetical order of the files."""
    found: dict[str, T] = {}
    folder = import_module(package)
    for file in iter_modules(folder.__path__):
        module = import_module(f"{package}.{file.name}")
        declared: list[Any] = [x for x in vars(module).values() if isinstance(x, kind)]
        found |= {x.name: x for x in declared if x.module == module.__name__}
    return found


def at_address(what: str, address: str, kind: type[T], must: str) -> T:
    """What ``MODULE:NAME`` declares.

    Args:
        what: names it in a message, as "operator mine".
        address: ``MODULE:NAME``.
        kind: what it must be.
        must: the same in words, to follow "must be".

    Raises:
        CreditConfigError: there is none; one sentence with the reason.
    """
    module, _, attribute = address.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except CreditConfigError as error:
        raise CreditConfigError(f"{what}: {error}") from error
    except ModuleNotFoundError as error:
        raise CreditConfigError(
            f"{what}: no module named {error.name!r} is found from this folder or the environment"
        ) from error
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise CreditConfigError(f"{what} cannot be loaded: {why}") from error
    if not isinstance(found, kind):
        raise CreditConfigError(f"{what} is {type(found).__name__}, must be {must}")
    return found
