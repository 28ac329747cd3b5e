"""Which verl works: one list, one sentence, in verl's processes and in the preflight."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from pathlib import Path

import pytest

from credit_plugins.verl_adapter import releases

from .subprocesses import last_line, python

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "version", [*releases.SUPPORTED, "0.9.1.post1", "0.9.0+cu13.mine", "0.9.1.post2+local"]
)
def test_a_release_its_post_releases_and_local_builds_work(version: str) -> None:
    assert releases.works(version)


@pytest.mark.parametrize(
    "version",
    [
        *("0.8.0", "0.9.2", "0.10.0", "1.0", "9.0.0"),
        *("0.10.0.dev", "0.9.1.dev0+g1234", "0.9.1rc1", "0.9.1.post1.dev3", "0.9.2.dev0"),
        *("", "main", "(version unknown)"),
    ],
)
def test_other_releases_and_what_came_before_a_release_do_not(version: str) -> None:
    assert not releases.works(version)


def test_the_installed_one_is_read_as_its_metadata_says() -> None:
    assert releases.installed() == importlib.metadata.version("verl")
    assert releases.problem() is None


def verl_of(version: str, at: Path) -> Path:
    """A folder with the installed verl, which says that it has another version."""
    spec = importlib.util.find_spec("verl")
    (at / "verl" / "version").mkdir(parents=True)
    for entry in Path(spec.submodule_search_locations[0]).iterdir():
        if entry.name != "version":
            (at / "verl" / entry.name).symlink_to(entry)
    (at / "verl" / "version" / "version").write_text(f"{version}\n")
    return at


@pytest.mark.slow
def test_another_verl_ends_each_of_its_processes_with_one_sentence(tmp_path: Path) -> None:
    place, code = verl_of("0.10.0.dev", tmp_path), "import verl; print(verl.__version__)"
    run = python(code, before=place)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        "verl-credit: verl 0.10.0.dev is installed, and verl-credit works with verl 0.9.0 and "
        "0.9.1 alone; install one of these, or run without it by setting "
        "VERL_USE_EXTERNAL_PLUGINS=none."
    )
    assert "Traceback" not in run.stderr
    without_it = python(code, before=place, VERL_USE_EXTERNAL_PLUGINS="none")
    assert last_line(without_it) == "0.10.0.dev"


@pytest.mark.slow
def test_a_post_release_goes_on(tmp_path: Path) -> None:
    code = (
        "import sys, verl\n"
        "print(verl.__version__, 'credit_plugins.verl_adapter.plugin' in sys.modules)"
    )
    assert last_line(python(code, before=verl_of("0.9.1.post1", tmp_path))) == "0.9.1.post1 True"


def on_a_path_only(at: Path) -> Path:
    """A folder with links to all that is installed and to our packages, without our metadata."""
    (installed,) = {Path(place) for place in sys.path if Path(place, "wrapt").is_dir()}
    for entry in installed.iterdir():
        if not entry.name.startswith(("verl_credit", "_verl_credit")):
            (at / entry.name).symlink_to(entry)
    for name in ("envs", "credit_plugins", "recipes"):
        (at / name).symlink_to(ROOT / name)
    return at


TRAINER = """
import importlib.metadata
import logging

import verl
from verl.trainer.ppo.v1 import get_trainer_cls

from recipes.launch.compose import compose

assert "verl-credit" not in {found.name for found in importlib.metadata.distributions()}
logging.basicConfig(format="%(message)s", force=True)
config = compose("cpu_addition", ["actor_rollout_ref.model.path=unused"])
print(type(get_trainer_cls("sync")(config)).__name__)
"""


@pytest.mark.slow
def test_on_a_path_without_being_installed_a_run_begins(tmp_path: Path) -> None:
    """As under `ray job submit --working-dir` with VERL_USE_EXTERNAL_MODULES."""
    # -S: without the folder in which it is installed.
    run = python(
        TRAINER,
        "-S",
        after=on_a_path_only(tmp_path),
        VERL_USE_EXTERNAL_MODULES="credit_plugins.verl_adapter.plugin",
    )
    assert last_line(run) == "CreditPPOTrainerSync"
    assert "verl-credit (version unknown): estimator maxrl_gtpo_sepa_hicra" in run.stderr
