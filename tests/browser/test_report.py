"""The report in a real browser: names for all charts, nothing out of sight, light and dark."""

from __future__ import annotations

import json

import pytest

from recipes.report import build
from tests.recipes.report.synthetic import make_run
from tests.recipes.viewer.dumps import write_step

WIDTHS = (360, 768, 1400)
EVERY_TEXT = """
() => [...document.querySelectorAll("main *, header *")].filter(e =>
    [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
    && e.getClientRects().length
).map(e => {
    const drawn = e.closest("svg");
    const scale = drawn ? drawn.getBoundingClientRect().width / drawn.viewBox.baseVal.width : 1;
    return [parseFloat(getComputedStyle(e).fontSize) * scale, e.textContent.trim().slice(0, 40)];
})
"""
OUT_OF_SIGHT = """
() => [...document.querySelectorAll(".cells td, .cells tbody th")].filter(e => {
    const box = e.getBoundingClientRect(), room = e.closest(".scroll").getBoundingClientRect();
    return box.left < room.left - 1 || box.right > room.right + 1 || !box.width;
}).length
"""
COLOURS = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page of a run with everything in it."""
    path = make_run(tmp_path_factory.mktemp("outputs") / "a-recipe-with-a-long-name" / "s7")
    for step in (5, 10):
        write_step(path / "checkpoints" / "dumps", step, groups=2, rollouts=4)
    launch = {"command": f"verl-credit train cpu_addition {'data.env.kwargs.digits=[5] ' * 5}"}
    versions = {"verl": "0.9.1", "torch": "2.13.0+cpu"}
    record = {"recipe": "cpu_addition", "overrides": ["data.seed=7"], "launches": [launch]}
    launch["versions"] = versions
    (path / "run.json").write_text(json.dumps(record))
    return build(path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows_and_no_column_is_hidden(open_page, report, width, scheme):
    page = open_page(report, width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".cells td").count() == 5 * 4 * 3
    assert page.evaluate(OUT_OF_SIGHT) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_no_text_is_smaller_than_12_px(open_page, report, width):
    small = [text for size, text in open_page(report, width).evaluate(EVERY_TEXT) if size < 12]
    assert small == []


def test_every_chart_has_a_name(open_page, report):
    page = open_page(report)
    names = page.locator("svg").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    assert len(names) > 10
    assert all(names)
    assert len(set(names)) == len(names)
    assert page.get_by_role("img", name="Reward per step").count() == 1


def test_on_a_phone_each_number_has_its_label_and_the_table_stays_one(open_page, report):
    page = open_page(report, 360)
    shown = page.locator(".cells td").first.evaluate("e => getComputedStyle(e, '::before').content")
    assert shown == '"pass@1 before"'
    assert page.get_by_role("row").count() == 6
    assert page.get_by_role("rowheader").all_inner_texts() == ["1", "2", "3", "10", "mean"]
    wide = open_page(report, 1400).locator(".cells td").first
    assert wide.evaluate("e => getComputedStyle(e, '::before').content") == "none"


def test_colours_follow_the_theme(open_page, report):
    light, dark = (open_page(report, color_scheme=scheme) for scheme in ("light", "dark"))
    assert light.locator("body").evaluate(COLOURS) != dark.locator("body").evaluate(COLOURS)
    line = "svg path[style*='--series-1']"
    stroke = "e => getComputedStyle(e).stroke"
    assert light.locator(line).first.evaluate(stroke) == "rgb(0, 114, 178)"
    assert dark.locator(line).first.evaluate(stroke) == "rgb(86, 180, 233)"


def test_what_is_folded_opens_by_key(open_page, report):
    page = open_page(report)
    summary = page.get_by_text("The model got").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".sample pre").first.is_visible()


def test_the_files_beside_the_page_are_linked(open_page, report):
    page = open_page(report)
    links = page.locator("a").evaluate_all("all => all.map(e => e.getAttribute('href'))")
    assert all((report.parent / link).exists() for link in links)
    assert "run.json" in links
