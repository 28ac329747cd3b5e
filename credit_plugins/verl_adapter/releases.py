"""Which releases of verl work, which is installed, and our own version.

Read in every process of verl, so nothing heavy is imported here.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as distribution_version
from pathlib import Path

from packaging.version import InvalidVersion, Version

SUPPORTED = ("0.9.0", "0.9.1")
"""Those on which tests/verl_adapter/test_verl_contract.py passes, in their order."""

_UNKNOWN = "(version unknown)"


def works(version: str) -> bool:
    """Whether a version of verl is a release that works.

    A ``.postN`` or a local build (``+...``) of a release is that release; what came before it
    (``.dev0``, ``rc1``) is not.
    """
    try:
        parsed = Version(version)
    except InvalidVersion:
        return False
    return not parsed.is_prerelease and parsed.base_version in SUPPORTED


def installed() -> str:
    """Version of the verl that Python imports; "(version unknown)" if it does not say.

    Taken from the file from which ``verl.__version__`` comes: importing verl takes seconds, and the
    metadata may be that of another copy where verl lies on PYTHONPATH.
    """
    spec = importlib.util.find_spec("verl")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        file = Path(folder, "version", "version")
        if file.is_file():
            return file.read_text().strip()
    return _UNKNOWN


def problem() -> str | None:
    """Why the installed verl does not work, a sentence without its full stop; None if it does."""
    version = installed()
    if works(version):
        return None
    return (
        f"verl {version} is installed, and verl-credit works with verl {' and '.join(SUPPORTED)} "
        "alone; install one of these"
    )


def own() -> str:
    """Version of verl-credit; "(version unknown)" where it is on a path without being installed."""
    try:
        return distribution_version("verl-credit")
    except PackageNotFoundError:
        return _UNKNOWN
