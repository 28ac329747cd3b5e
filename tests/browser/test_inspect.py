"""The page of `verl-credit inspect` in a real browser."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from rich.console import Console

from recipes.viewer import Request, open_dumps, write_page
from recipes.viewer.totals import moved
from tests.recipes.viewer.dumps import make_run

EVIL = "</script><img src=x onerror=alert(1)><!--<b>{{ 7*7 }}"
LONG = "evil_" + "x" * 60  # a name of a run that no phone holds on one line
MOST_ELEMENTS, MOST_TOKENS = 8_000, 5_000


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    runs = folder / "toy"
    make_run(runs / "a", groups=3)
    make_run(runs / "b", groups=3, texts="b", steps=(5, 20))
    make_run(runs / "c", groups=3, credit={"gtpo": {"beta": 0.1}})
    make_run(runs / LONG, groups=1, turns=2, steps=(1,), hostile=EVIL)
    make_run(runs / "big", groups=1, rollouts=64, tokens=2000, steps=(1,))
    make_run(runs / "maxrl", groups=1, name="maxrl", credit={}, steps=(1,))
    return folder


@pytest.fixture(scope="session")
def write(folder):
    """The page of a run; a file per set of options."""

    def written(name, **options):
        file = folder / f"{name}{'-'.join(map(str, options.values()))}.html"
        if not file.exists():
            if "compare" in options:
                options["compare"] = folder / "toy" / options["compare"]
            request = Request(folder / "toy" / name, **options)
            write_page(request, file, Console(quiet=True))
        return file

    return written


@pytest.fixture
def opened(write, open_page):
    """A page that has drawn itself."""

    def run(name, *, width=1200, height=800, browser=None, **options):
        page = open_page(write(name, **options), width, height, **browser or {})
        page.wait_for_selector("html[data-opened]")
        return page

    return run


@pytest.fixture
def group(folder):
    return open_dumps(folder / "toy" / "a").load(10).groups["g1"]


def numbers(page) -> dict[str, str]:
    """What the panel says of the token that is chosen or pointed at."""
    names = page.locator("#token-numbers dt").all_text_contents()
    return dict(zip(names, page.locator("#token-numbers dd").all_text_contents(), strict=True))


def said(page) -> str:
    return page.locator("#token-name").text_content()


def until(page, condition: str) -> None:
    """Wait for a condition; playwright's own way needs eval, which the page forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {condition}")


def elements(page) -> int:
    return page.evaluate("document.querySelectorAll('*').length")


def cards(page) -> list[str]:
    return page.locator("article h3").all_text_contents()


def test_the_rollouts_of_a_group_stand_side_by_side(opened, group):
    page = opened("a")
    assert cards(page) == [f"rollout {number}" for number in range(4)]
    boxes = [page.locator("article").nth(i).bounding_box() for i in (0, 1)]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    text = page.locator("article .body").nth(0).text_content()
    assert text == group[0].response
    assert "reward 1" in page.locator("article header").nth(0).text_content()
    plans = page.locator("article").nth(0).locator(".t.plan").all_text_contents()
    assert "".join(plans) == "".join(np.array(group[0].text)[group[0].planning])


def test_a_token_says_all_its_numbers_when_pointed_at_or_chosen(opened, group):
    page = opened("a")
    at = int(np.argmax(group[0].weight))
    token = page.locator("article").nth(0).locator(".t").nth(at)
    token.hover()
    assert f"of rollout 0, token {at}, id {group[0].id[at]}, planning" in said(page)
    found = numbers(page)
    assert float(found["weight (A / episode A)"]) == pytest.approx(group[0].weight[at], rel=1e-3)
    assert found["entropy H"].endswith(" nats")
    assert float(found["entropy H"].split()[0]) == pytest.approx(group[0].entropy[at], rel=1e-3)
    hicra = group[0].layers["advantage:hicra"][at] - group[0].layers["advantage:gtpo"][at]
    assert float(found["change of A by hicra"]) == pytest.approx(hicra, rel=1e-2)
    assert len(found) == 12
    assert said(page).endswith(f": weight (A / episode A) {found['weight (A / episode A)']}")
    page.mouse.move(5, 5)
    page.locator("article").nth(1).locator(".t").nth(3).click()
    assert "of rollout 1, token 3," in said(page)
    token.hover()
    assert "rollout 0" in said(page)
    page.mouse.move(5, 5)
    assert "of rollout 1, token 3," in said(page)  # the chosen one again


def test_arrows_move_through_the_tokens(opened, group):
    page = opened("a")
    page.keyboard.press("ArrowRight")
    assert "token 0," in said(page)
    for key, at in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("Home", 0)):
        page.keyboard.press(key)
        assert f"of rollout 0, token {at}," in said(page)
    page.keyboard.press("ArrowDown")
    box = page.locator(".t.at").bounding_box()
    first = page.locator("article").nth(0).locator(".t").nth(0).bounding_box()
    assert box["y"] - first["y"] == pytest.approx(first["height"] * 1.5, abs=first["height"])
    assert abs(box["x"] - first["x"]) < 30
    page.keyboard.press("ArrowUp")
    assert "token 0," in said(page)
    page.keyboard.press("End")
    assert f"token {len(group[0].text) - 1}," in said(page)
    page.keyboard.press("ArrowRight")
    assert f"token {len(group[0].text) - 1}," in said(page)
    assert page.locator(".t.at").count() == 1


def test_tab_goes_to_the_next_rollout(opened):
    page = opened("a")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert "of rollout 1, token 0," in said(page)


def test_before_a_token_is_chosen_down_scrolls_the_page(opened):
    page = opened("a", height=500)
    page.keyboard.press("ArrowDown")
    until(page, "scrollY > 0")
    assert page.locator(".t.at").count() == 0


def test_brackets_change_the_layer_and_its_legend(opened):
    page = opened("a")
    chosen = page.locator("#layer")
    assert chosen.input_value() == "weight"
    assert "weight (A / episode A), dimensionless" in page.locator("#legend").text_content()
    shades = (
        "[...document.querySelectorAll('article .t')].map((t) => t.className + t.style.cssText)"
    )
    before = page.evaluate(shades)
    page.keyboard.press("]")
    assert chosen.input_value() == "moved"
    assert page.evaluate(shades) != before
    page.keyboard.press("[")
    assert page.evaluate(shades) == before
    page.keyboard.press("[")
    assert chosen.input_value() == "hicra:change"  # round the end
    chosen.select_option("entropy")
    legend = page.locator("#legend").text_content()
    assert re.search(r"entropy H, nats\s*0\.02\d* .*planning", legend)
    classes = page.evaluate(
        "[...document.querySelectorAll('article .t')].flatMap((t) => [...t.classList])"
    )
    assert "plain" in classes
    assert not {"up", "down"} & set(classes)


def test_there_is_a_layer_before_and_after_every_operator(opened):
    page = opened("a")
    found = page.locator("#layer optgroup").evaluate_all(
        "(all) => all.map((one) => [one.label, [...one.children].map((o) => o.textContent)])"
    )
    assert dict(found)["sepa"] == ["H before sepa", "H after sepa", "change of H by sepa"]
    assert dict(found)["hicra"] == ["A before hicra", "A after hicra", "change of A by hicra"]
    assert dict(found)["policy"] == ["entropy H", "surprisal"]


def test_the_slider_and_its_keys_change_the_step(opened, folder):
    page = opened("a")
    assert page.locator("#step-now").text_content() == "10 (3 of 3)"
    page.keyboard.press("<")
    until(page, "document.getElementById('step-now').textContent === '5 (2 of 3)'")
    wanted = open_dumps(folder / "toy" / "a").load(5).groups["g1"][0].response
    assert page.locator("article .body").nth(0).text_content() == wanted
    page.locator("#step").focus()
    page.keyboard.press("ArrowLeft")
    until(page, "document.getElementById('step-now').textContent === '1 (1 of 3)'")
    assert page.locator("#step").get_attribute("aria-valuetext") == "step 1"
    page.keyboard.press("<")
    page.keyboard.press(">")
    until(page, "document.getElementById('step-now').textContent === '5 (2 of 3)'")
    assert "step 5" in page.locator("#group-name").text_content()


def test_another_group_and_a_filter_by_verdict(opened):
    page = opened("a")
    options = page.locator("#group option").all_text_contents()
    assert options == ["g0: 0 of 4 paid", "g1: 2 of 4 paid", "g2: 2 of 4 paid"]
    page.locator("#verdict").select_option("wrong")
    assert cards(page) == ["rollout 1", "rollout 3"]
    assert page.locator("#filtered").text_content() == "2 of 4 rollouts are shown."
    moved_of = page.locator("#moved tbody tr td:nth-child(2)").all_text_contents()
    assert set(moved_of) == {"rollout 1", "rollout 3"}
    page.locator("#verdict").select_option("")
    page.locator("#group").select_option("0")
    assert "Group g0" in page.locator("#group-name").text_content()
    assert "No credit moved" in page.locator("#moved caption").text_content()
    assert page.locator("#verdict option").all_text_contents() == ["all (4)", "wrong (4)"]


def test_tokens_are_sorted_by_moved_credit_and_a_click_goes_there(opened, group):
    page = opened("big", height=600)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    rows = page.locator("#moved tbody tr")
    assert rows.count() == 100
    by = [abs(float(text)) for text in rows.locator("td:nth-child(4)").all_text_contents()]
    assert by == sorted(by, reverse=True)
    name, at = (rows.nth(40).locator(f"td:nth-child({n})").text_content() for n in (2, 3))
    rows.nth(40).locator("button").click()
    assert f"of {name}, token {at}," in said(page)
    box = page.locator(".t.at").bounding_box()
    assert 0 <= box["y"] <= 600
    body = page.locator(".t.at").locator("xpath=ancestor::article").locator(".body").bounding_box()
    assert body["y"] - 2 <= box["y"] <= body["y"] + body["height"]


def test_the_table_of_moved_tokens_is_that_of_the_dump(opened, folder):
    page = opened("big")
    cells = page.locator("#moved tbody").evaluate(
        "(body) => [...body.rows].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    wanted = moved(open_dumps(folder / "toy" / "big").load().rollouts, 100)
    sizes = [abs(float(row[3])) for row in cells]
    np.testing.assert_allclose(sizes, [abs(one.by) for one in wanted], rtol=1e-3)
    places = {(f"rollout {one.rollout.rollout}", str(one.position)) for one in wanted}
    assert len(places & {(row[1], row[2]) for row in cells}) > 95  # equal to 4 digits may swap


def test_every_number_of_a_rollout_is_in_a_table(opened, group):
    page = opened("a")
    rows = page.locator("#table tbody tr")
    assert rows.count() == 50
    page.locator("#later").click()
    cells = rows.nth(3).locator("td").all_text_contents()
    assert cells[:2] == ["53", group[0].text[53]]
    assert float(cells[3]) == pytest.approx(group[0].weight[53], rel=1e-3)
    page.locator("#table-rollout").select_option("2")
    assert "of rollout 2." in page.locator("#table caption").text_content()
    assert page.locator("#earlier").is_disabled()
    rows.nth(7).locator("button").click()
    assert "of rollout 2, token 7," in said(page)


def test_totals_of_operators_are_shown(opened):
    page = opened("a")
    rows = [row.locator("td").all_text_contents() for row in page.locator("#totals tr").all()[1:]]
    assert [row[0] for row in rows] == ["maxrl", "maxrl", "sepa", "gtpo", "gtpo", "hicra", "hicra"]
    assert rows[3][1:] == ["sum of A", "-2", "-2", "0", "dimensionless"]
    assert rows[2][5] == "nats"


def test_two_runs_stand_beside_each_other_with_their_difference(opened, folder):
    page = opened("a", compare="c", height=1000)
    assert cards(page) == [f"{run}: rollout {i}" for i in range(4) for run in "AB"]
    boxes = [page.locator("article").nth(i).bounding_box() for i in (0, 1)]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert "Groups are paired by task." in page.locator("header").first.text_content()
    rows = page.locator("#compared tbody tr").all()
    compared = {row[0]: row[1:] for row in (r.locator("td").all_text_contents() for r in rows)}
    assert compared["mean reward"] == ["0.5", "0.5", "0", "dimensionless"]
    assert compared["credit moved, share of |A|"][2].startswith("-")
    page.locator("#difference").check()
    assert "B - A of weight" in page.locator("#legend").text_content()
    here, there = (open_dumps(folder / "toy" / n).load(10).groups["g1"][1] for n in "ac")
    at = int(np.argmax(np.abs(there.weight - here.weight)))
    for card in (2, 3):
        page.locator("article").nth(card).locator(".t").nth(at).hover()
        found = float(numbers(page)["B - A of weight (A / episode A)"])
        assert found == pytest.approx(there.weight[at] - here.weight[at], rel=1e-2)


def test_where_tokens_are_not_the_same_only_sums_are_compared(opened):
    page = opened("a", compare="b")
    assert page.locator("#step-now").text_content() == "5 (1 of 1)"
    assert (
        "3 steps that only one of them dumped are left out." in page.locator("main").text_content()
    )
    assert page.locator("#difference").is_disabled()
    assert "No rollout has the same tokens" in page.locator("#compared caption").text_content()


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


def test_keys_are_listed(opened):
    page = opened("a")
    page.locator("#keys summary").click()
    assert page.locator("#keys kbd").all_text_contents() == [
        *("←", "→", "↑", "↓", "Home", "End", "Tab", "[", "]", "<", ">")
    ]


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


def test_a_chain_that_moves_nothing_has_no_table_of_it(opened):
    page = opened("maxrl")
    assert page.locator("#moved").is_hidden()
    assert page.locator("#totals tbody tr").count() == 2
