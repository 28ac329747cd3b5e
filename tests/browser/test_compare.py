"""The page of a comparison in a real browser: on a phone, in the dark, by keyboard."""

from __future__ import annotations

import shutil

import pytest

from recipes.compare import compare, page
from tests.recipes.compare.simulated import config, make_run

sync_api = pytest.importorskip("playwright.sync_api", reason="comes with make test-extras")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
GRPO = {"algorithm__adv_estimator": "grpo", "algorithm__credit": {}}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Two runs, and seven of which six are seeds of two arms."""
    folder = tmp_path_factory.mktemp("outputs") / "a-recipe-with-a-name-of-some-length"
    runs = [
        make_run(folder / f"{name}-{s}", config(data__seed=s, **other), seed=s + 10 * bool(other))
        for s in (1, 2, 3)
        for name, other in (("maxrl-gtpo-sepa", {}), ("grpo", GRPO))
    ]
    runs.append(make_run(folder / "old", config(algorithm__credit={}), records=False))
    made = {"two": folder / "two.html", "many": folder / "many.html"}
    page(compare(runs[:2]), made["two"])
    page(compare(runs), made["many"])
    return {name: file.as_uri() for name, file in made.items()}


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser, pages):
    """Opens a page at a width; what the browser complained of is checked at the end."""
    contexts, complaints = [], []

    def open_page(name, width=360, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 740}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("requestfailed", lambda request: complaints.append(request.url))
        tab.goto(pages[name])
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [360, 800, 1400])
@pytest.mark.parametrize("name", ["two", "many"])
def test_nothing_is_wider_than_the_screen(opened, name, width, tmp_path):
    tab = opened(name, width)
    tab.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    too_wide = tab.evaluate(
        """width => [...document.querySelectorAll("body *")]
            .filter(e => !e.closest(".scroll *, svg *") && e.getBoundingClientRect().right > width)
            .map(e => e.outerHTML.slice(0, 80))""",
        width,
    )
    assert too_wide == []


def test_an_overflow_is_seen(opened):
    tab = opened("two")
    tab.locator("h1").evaluate("e => { e.style.whiteSpace = 'nowrap'; e.style.width = '500px'; }")
    assert tab.evaluate("document.documentElement.scrollWidth") > 360


@pytest.mark.parametrize("name", ["two", "many"])
def test_every_chart_has_a_name_and_the_same_numbers_as_a_table(opened, name):
    tab = opened(name)
    figures = tab.locator("figure").all()
    assert len(figures) == 4
    for figure in figures:
        title = figure.locator("h3").inner_text()
        assert figure.get_by_role("img", name=title, exact=True).count() == 1
        rows = figure.locator("tbody tr")
        assert not rows.first.is_visible()
        figure.locator("summary").focus()
        tab.keyboard.press("Enter")
        assert rows.first.is_visible()
        assert [row.inner_text() for row in figure.locator("tbody th").all()] == ["0", "6", "12"]
        drawn = figure.locator("thead th").count() - 1
        assert drawn == rows.first.locator("td").count() >= 1


def test_a_wide_table_is_scrolled_by_keyboard(opened):
    tab = opened("many")
    box = tab.get_by_role("region", name="Training")
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    box.focus()
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_function(
        "document.querySelector('[aria-label=Training]').scrollLeft > 0", timeout=5000
    )


def test_the_dark_page_is_dark_and_its_lines_are_others(opened):
    look = """() => [getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector("figure svg path[style*='series-1']")).stroke]"""
    light, dark = (opened("two", 1400, scheme).evaluate(look) for scheme in ("light", "dark"))
    assert light[0] != dark[0]
    assert light[1] != dark[1]


def test_text_is_of_a_size_to_read(opened):
    """Also inside the charts, which are drawn for this width."""
    for name in ("two", "many"):
        smallest = opened(name).evaluate(
            """() => Math.min(...[...document.querySelectorAll("figure svg text")].map(t =>
                parseFloat(getComputedStyle(t).fontSize) *
                Math.hypot(t.getScreenCTM().a, t.getScreenCTM().b)))"""
        )
        assert smallest >= 11
