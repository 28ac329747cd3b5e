"""What importing costs, and that every example in a docstring is true."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import credit_plugins

ROOT = Path(credit_plugins.__file__).parent
CORE = [
    "credit_plugins." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted(ROOT.rglob("*.py"))
    if not {"verl_adapter", "viewer"} & set(path.parts) and path.stem != "__init__"
]
WITH_EXAMPLE = ["episode", "token", "signals.sepa"]


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
    result = doctest.testmod(module)
    assert result.failed == 0
    operator = any(name.startswith(f"credit_plugins.{part}") for part in WITH_EXAMPLE)
    assert result.attempted or not operator, f"{name} is an operator without an example"
