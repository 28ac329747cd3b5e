"""The page of `verl-credit inspect` for large dumps, hostile texts, phones and screen readers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from recipes.viewer import open_dumps
from tests.browser.inspected import EVIL, LONG, elements, said, until

MOST_ELEMENTS, MOST_TOKENS = 8_000, 5_000


@pytest.mark.parametrize("size", [(1400, 900), (360, 740)])
def test_elements_stay_bounded_whatever_is_scrolled(opened, folder, size):
    page = opened("big", width=size[0], height=size[1])
    most, tokens = elements(page), page.locator(".t").count()
    height = page.evaluate("document.body.scrollHeight")
    for part in range(1, 21):
        page.evaluate(f"scrollTo(0, {height * part / 20})")
        page.evaluate("document.querySelectorAll('.body').forEach((b) => { b.scrollTop += 3000; })")
        page.wait_for_timeout(60)
        most = max(most, elements(page))
        tokens = max(tokens, page.locator(".t").count())
    page.evaluate("scrollTo(0, 0)")
    until(page, "document.querySelector('article .body').firstChild")
    assert 0 < tokens < MOST_TOKENS  # of 128,000
    assert most < MOST_ELEMENTS
    whole = open_dumps(folder / "toy" / "big").load().rollouts[0].response
    assert page.locator("article .body").nth(0).text_content() == whole  # whatever is drawn


def test_tokens_that_scroll_into_sight_are_shaded(opened):
    page = opened("big")
    body = page.locator("article .body").nth(0)
    before = body.evaluate("(b) => b.scrollHeight")
    last = "(b) => b.lastChild.children.length"
    assert body.evaluate(last) == 0
    body.evaluate("(b) => { b.scrollTop = b.scrollHeight; }")
    until(page, "document.querySelector('article .body').lastChild.children.length > 0")
    assert body.evaluate("(b) => b.scrollHeight") == before  # nothing moves
    assert body.evaluate("(b) => b.firstChild.children.length") == 0
    body.evaluate("(b) => { b.scrollTop = 0; }")
    until(page, "document.querySelector('article .body').lastChild.children.length === 0")


def test_text_of_a_model_is_text(opened):
    page = opened(LONG)
    assert page.locator("img").count() == 0
    assert page.locator("article b").count() == 0
    assert EVIL in page.locator("article .body").nth(0).text_content()
    assert page.locator("#prompt").text_content().startswith(EVIL)
    assert EVIL in page.locator("#facts").text_content()
    page.keyboard.press("ArrowRight")
    assert "token 0 in turn 1," in said(page)
    assert page.locator("article").nth(0).locator(".said").count() > 5


def test_a_phone_needs_no_sideways_scrolling(opened):
    for name, options in (("a", {}), (LONG, {}), ("a", {"compare": "c"})):
        page = opened(name, width=360, height=740, **options, browser={"has_touch": True})
        page.locator("article .body").nth(0).scroll_into_view_if_needed()
        page.locator("article").nth(0).locator(".t").nth(2).tap()
        assert "token 2" in said(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        panel = page.locator("#token").bounding_box()
        assert panel["height"] < 0.3 * 740


def test_everything_has_a_name(opened):
    page = opened("a", compare="c")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll(
            "input, select, button, [role]:not([role=status]), table, article")]
        .filter((e) => !(e.labels && e.labels.length) && !e.textContent.trim()
            && !e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby"))
        .map((e) => e.outerHTML.slice(0, 99))"""
    )
    assert nameless == []
    for name in ("Step", "Group", "Shade by", "Verdict", "Rollout"):
        assert page.get_by_label(name, exact=False).count() >= 1
    assert page.get_by_role("slider").count() == 1
    assert page.get_by_role("group", name="Tokens of A: rollout 0").count() == 1
    assert page.get_by_role("img", name="along A: rollout 0").count() == 1
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("table").count() == page.locator("table caption").count()
    headings = page.locator("h1, h2, h3").evaluate_all("(all) => all.map((h) => +h.tagName[1])")
    assert headings[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_shade(opened, scheme):
    page = opened("a", browser={"color_scheme": scheme})
    for layer in ("weight", "advantage", "entropy"):
        page.locator("#layer").select_option(layer)
        worst = page.evaluate(CONTRAST)
        assert worst > 4.5, (layer, worst)


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paper = getComputedStyle(document.querySelector("article")).backgroundColor;
  const light = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    const part = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((p) => p / 255)
      .map((p) => (p <= 0.03928 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4));
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2] + 0.05;
  };
  return Math.min(...[...document.querySelectorAll("article .t")].map((token) => {
    const style = getComputedStyle(token);
    const pair = [light([paper, style.backgroundColor]), light([paper, style.color])];
    return Math.max(...pair) / Math.min(...pair);
  }));
}"""
