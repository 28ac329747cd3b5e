"""The pages that `make docs` builds; skipped where the extra docs is not installed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import envs
from credit_plugins.operator import episode_operator
from credit_plugins.planning.config import detectors
from credit_plugins.presets import estimator_names
from credit_plugins.registry import own
from credit_plugins.schedules import SCHEDULES

pytest.importorskip("griffe", reason="the extra docs is not installed")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages():
    """The module that collects the pages, as mkdocs imports it."""
    sys.path.insert(0, str(ROOT / ".github" / "docs"))
    try:
        import pages

        yield pages
    finally:
        sys.path.pop(0)
        for name in ("pages", "options", "doctests"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def found(pages):
    return pages.collect()


def section(text, title):
    """What stands below a heading, up to the next one."""
    (body,) = re.findall(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return body


OPTIONS = {
    **{name: operator.options for name, operator in own().items()},
    **{name: detector.options for name, detector in detectors().items()},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_section_is_listed_with_its_keys_defaults_and_ranges(found, name):
    body = section(found["options/operators.md"], name)
    assert name in detectors() or f"`algorithm.credit.{name}`" in body
    for key, declared in OPTIONS[name].items():
        (row,) = re.findall(rf"^\| `{key}` \|.*$", body, re.MULTILINE)
        assert f"| `{declared.default!r}` | {declared.must} |" in row
        assert not row.endswith("|  |"), f"no docstring says what {name}.{key} is"


@pytest.mark.parametrize("name", estimator_names())
def test_every_estimator_is_listed(found, name):
    assert f"`{name}`" in found["options/estimators.md"]


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_is_listed_with_the_keys_that_it_reads(found, name):
    body = section(found["options/schedules.md"], name)
    for key, declared in SCHEDULES[name].options().items():
        (row,) = re.findall(rf"^\| `{key}` \|.*$", body, re.MULTILINE)
        assert f"| `{declared.default!r}` | {declared.must} |" in row
        assert not row.endswith("|  |"), f"no docstring says what {name}.{key} is"


@pytest.mark.parametrize("env_id", envs.env_ids())
def test_every_environment_is_listed_with_what_it_is(found, env_id):
    body = section(found["options/environments.md"], env_id)
    assert envs.describe(env_id) in body
    assert "| argument |" in body or "It has no arguments of its own." in body


@pytest.mark.parametrize("argument", ["max_turns", "feedback", "answer_format"])
def test_arguments_of_every_environment_are_listed_once(found, argument):
    text = found["options/environments.md"]
    assert len(re.findall(rf"^\| `{argument}` \|", text, re.MULTILINE)) == 1


def test_every_recipe_is_listed_with_the_first_line_of_its_file(found):
    files = sorted((ROOT / "recipes").glob("*.yaml"))
    recipes = [path for path in files if not path.stem.startswith("base")]
    assert recipes
    for path in recipes:
        first = path.read_text().partition("\n")[0].lstrip("# ")
        assert f"| `{path.stem}` | {first} |" in found["options/recipes.md"]


@episode_operator(binary=True)
def novel(reward_B, group_B):
    """Half the reward."""
    return reward_B / 2


def test_a_new_operator_appears_by_itself(pages, monkeypatch):
    monkeypatch.setitem(own("episode"), "novel", novel)
    body = section(pages.collect()["options/operators.md"], "novel")
    assert "Refuses rewards other than 0 and 1." in body


def test_every_public_module_has_a_page_in_the_navigation(pages, found):
    names = {"credit_plugins.episode.maxrl", "credit_plugins.verl_adapter.cpu", "envs.verify"}
    assert names <= set(pages.modules())
    assert not [name for name in pages.modules() if name.startswith("recipes.cli")]
    shown = re.findall(r"'([\w./-]+\.md)'", str(pages.navigation()))
    assert sorted(shown) == sorted(found)


def test_links_of_a_readme_lead_to_pages(pages):
    text = "[the base](base.py#x), [all](..), [lock](../Makefile), [site](https://a.b/c)"
    assert pages._relinked(text, "envs/README.md", "packages/envs.md") == (
        "[the base](../api/envs/base.md#x), [all](../index.md), lock, [site](https://a.b/c)"
    )


def test_a_picture_of_a_readme_lies_at_the_root_of_the_site(pages):
    text = "![tokens](../.github/docs/assets/credit.svg)"
    assert pages._relinked(text, "envs/README.md", "packages/envs.md") == "![tokens](../credit.svg)"


def test_a_dead_link_of_a_readme_is_refused(pages):
    with pytest.raises(FileNotFoundError, match=r"envs/README\.md links to gone\.py"):
        pages._relinked("[x](gone.py)", "envs/README.md", "packages/envs.md")


def test_doctests_become_code_blocks(pages):
    from doctests import fenced

    assert fenced("Text.\n\n    >>> f(1)\n    2\n\nMore.") == (
        "Text.\n\n    ```pycon\n    >>> f(1)\n    2\n    ```\n\nMore."
    )
