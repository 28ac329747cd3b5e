"""What importing costs, and that every example in a docstring is true."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import credit_plugins
from credit_plugins.registry import own

ROOT = Path(credit_plugins.__file__).parent
CORE = [
    "credit_plugins." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted(ROOT.rglob("*.py"))
    if not {"verl_adapter", "viewer"} & set(path.parts) and path.stem != "__init__"
]
OPERATORS = own()


def loaded_by(statement):
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_itself_imports_nothing_heavy():
    heavy = {"torch", "verl", "numpy", "transformers", "ray"}
    assert not heavy & loaded_by("import credit_plugins, credit_plugins.errors")


def test_the_core_does_not_import_verl():
    loaded = loaded_by("import credit_plugins.config, credit_plugins.planning")
    assert "torch" in loaded
    assert not {"verl", "ray", "transformers"} & loaded


@pytest.mark.parametrize("name", CORE)
def test_examples(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_is_documented(name):
    """Formula, degenerate cases, where it is from, and an example, which is run above."""
    text = OPERATORS[name].__doc__
    for part in ("``A", "Degenerate:", "Reference:", ">>> "):
        signal = part == "``A" and name in own("signal")
        assert ("S_t" if signal else part) in text
    assert "arXiv" in text or name == "sepa"  # published as an essay
    assert re.search(r"Reduces to|[Ee]qual|identity|replaces", text, re.IGNORECASE)
