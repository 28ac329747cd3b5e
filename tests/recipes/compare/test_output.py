"""What the terminal, the page and the JSON say."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser

import pytest
from rich.console import Console
from typer.testing import CliRunner

from credit_plugins.notices import Notice
from recipes.cli import app
from recipes.compare import as_json, compare, page, print_comparison
from recipes.compare.rows import rows
from recipes.compare.words import ONE_SEED, caution, points, within
from recipes.runs.notices import notices_file
from tests.recipes.compare.simulated import SOURCE, config, make_run, read_rows, write_rows

GRPO = {"algorithm__adv_estimator": "grpo", "algorithm__credit": {}}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs") / "toy"
    return [
        make_run(folder / "sepa"),
        make_run(folder / "grpo", config(**GRPO), seed=2, gain=0.1, done=False),
    ]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Three seeds of two arms, an old run and one on other problems."""
    folder = tmp_path_factory.mktemp("outputs") / "toy"
    seeds = [
        make_run(folder / f"{name}{s}", config(data__seed=s, **other), seed=s + 10 * bool(other))
        for name, other in (("sepa", {}), ("grpo", GRPO))
        for s in (1, 2, 3)
    ]
    old = make_run(folder / "old", config(algorithm__credit={}), records=False)
    return [*seeds, old, make_run(folder / "other", config(data__env__seed=4, **GRPO), seed=9)]


def printed(comparison, width=80):
    out = io.StringIO()
    print_comparison(comparison, Console(file=out, width=width))
    return out.getvalue()


def said(text):
    return " ".join(text.split())


def rows_of(text, letter):
    return [line for line in text.splitlines() if re.match(rf"(pass@\d+)? +{letter} +12 ", line)]


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_cut_and_results_stand_last(two, many, width):
    for paths in (two, many):
        text = printed(compare(paths), width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in "".join(text.splitlines()[-20:])
    text = printed(compare(two), width)
    last = said("\n".join(text.splitlines()[-23:]))  # a line of 24 is the prompt's
    for words in (f"{SOURCE}, held-out", "Paired with A by problem: B.", ONE_SEED, "wrong 46.9%"):
        assert words in last


def test_the_terminal_has_the_numbers_of_the_comparison(two):
    found = compare(two)
    text = printed(found, 120)
    one, eight = found.differences[0].at
    row_1, row_8 = rows_of(text, "B")
    rate = found.runs[1].held_out[SOURCE].rate(12, 1)
    for words, row in (
        (within(rate), row_1),
        (points(one.last), row_1),
        (points(eight.last), row_8),
    ):
        assert words in row
    assert points(one.over_time) in row_1
    assert "stopped, 12 of 12" in text
    assert re.search(r"algorithm\.adv_estimator +maxrl_gtpo_sepa +grpo", text)
    assert re.search(r"algorithm\.credit\.gtpo\.beta +0\.1 +unset", text)


def test_an_unknown_interval_is_seen_to_be_unknown(tmp_path):
    """Square brackets are markup to rich."""
    found = compare([make_run(tmp_path / "a"), make_run(tmp_path / "b")])
    assert "+0.0 [unknown]" in printed(found)
    assert "No setting differs." in printed(found)


def test_settings_beyond_eight_are_counted(tmp_path):
    other = config(**{f"data__x{n}": n for n in range(10)})
    found = compare([make_run(tmp_path / "a"), make_run(tmp_path / "b", other, seed=2)])
    assert "and 2 more, on the page and in --json." in printed(found)


def test_many_runs_are_shown_in_parts_and_grouped(many):
    text = printed(compare(many))
    assert text.count("seconds per step") == 2
    assert "mean over seeds [95%]" in text
    assert (
        "Not paired with A: H, because the held-out problems are drawn with another seed"
        in said(text)
    )
    assert (
        "Not paired with A: G, because G has no outcomes of single problems (held_out.*.jsonl). "
        "Intervals then come from logged errors; those of k > 1 are upper bounds." in said(text)
    )
    assert said(text).count("Intervals then come from logged errors") == 1
    assert all(sentence in said(text) for sentence in caution(compare(many)))
    second = compare(many).over_seeds[1]
    assert f"{within(second.means[-1])} {points(second.differences[-1])}" in said(text)
    assert "Paired with A by problem: B, C, D, E and F." in said(text)


def test_json_has_the_numbers_and_null_for_what_is_unknown(two, many):
    found = compare(two)
    data = json.loads(json.dumps(as_json(found), allow_nan=False))
    difference = data["held_out"][SOURCE]["differences"][0]
    last = found.differences[0].at[0].last
    assert (difference["run"], difference["base"], difference["paired"]) == ("B", "A", True)
    assert difference["pass@1"]["last"] == {
        "step": 12,
        "value": last.value,
        "low": last.low,
        "high": last.high,
    }
    own, its = found.differences[0].at[0].mean
    assert difference["pass@1"]["means"] == {"run": own, "base": its}
    assert data["caution"] == [ONE_SEED]
    assert data["arms"] == [["A"], ["B"]]
    assert {"keys": ["algorithm.adv_estimator"], "values": ["maxrl_gtpo_sepa", "grpo"]} in data[
        "settings"
    ]
    seeded = json.loads(json.dumps(as_json(compare(many)), allow_nan=False))
    assert seeded["arms"][:2] == [["A", "B", "C"], ["D", "E", "F", "H"]]
    last = compare(many).over_seeds[1].differences[-1]
    assert seeded["over_seeds"][1]["difference"]["value"] == last.value
    assert any(each["mean"]["low"] is None for each in seeded["over_seeds"])


class Page(HTMLParser):
    """Nesting, ids, references and charts of a page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.charts, self.tags = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given[n] for n in ("src", "href", "xlink:href") if n in given]
        if tag == "svg":
            self.charts.append(given.get("aria-label"))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in ("meta", "br"):
            self.open.pop()


@pytest.mark.parametrize("kind", ["two", "many"])
def test_the_page_needs_nothing_from_outside_and_names_its_charts(kind, request, tmp_path):
    found = compare(request.getfixturevalue(kind))
    page(found, out := tmp_path / "compare.html")
    text = out.read_text()
    parsed = Page(text)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert not {"script", "link", "img", "iframe"} & set(parsed.tags)
    assert {link[1:] for link in parsed.links if link[0] == "#"} <= set(parsed.ids)
    assert all(link[0] == "#" for link in parsed.links)
    base = "A" if kind == "two" else "ABC"
    assert parsed.charts == [
        title
        for k in (1, 8)
        for title in (f"Held-out pass@{k}", f"Difference of pass@{k} to {base}")
    ]
    assert text.count("<summary>The same as a table</summary>") == 4
    assert "/somewhere" not in text
    assert ("seeds not paired" in text) == (kind == "many")


def test_the_page_says_what_the_terminal_says(two, tmp_path):
    found = compare(two)
    page(found, out := tmp_path / "compare.html")
    text = said(re.sub(r"<[^>]*>", " ", out.read_text()))
    assert ONE_SEED in text
    assert "toy/grpo against toy/sepa" in text
    for at in found.differences[0].at:
        assert points(at.last) in text
        assert points(at.over_time) in text
    assert "algorithm.credit.gtpo.beta 0.1 unset" in text
    assert "cosine of token weights to uniform 0.9900 0.9900" in text


def test_what_is_written_by_a_user_is_no_html(tmp_path):
    settings = config(algorithm__adv_estimator="<script>alert(1)</script>")
    runs = [make_run(tmp_path / "a"), make_run(tmp_path / "<i>", settings, seed=2)]
    page(compare(runs), out := tmp_path / "compare.html")
    assert "<script>" not in out.read_text()
    assert "&lt;i&gt;" in out.read_text()
    assert "<i>" not in out.read_text()
    assert "<script>alert(1)" in printed(compare(runs), 160)


def test_notices_are_told(tmp_path):
    runs = [make_run(tmp_path / "a"), make_run(tmp_path / "b", seed=2)]
    notice = Notice("dead", 3, 12, "Nothing is learned [here].", ("No contrast.",), ("More easy.",))
    write_rows(notices_file(runs[1] / "metrics.1.jsonl"), [{**notice.as_row(), "holds": True}])
    found = compare(runs)
    assert "B, since step 3: Nothing is learned [here]." in printed(found)
    page(found, out := tmp_path / "compare.html")
    assert "B, since step 3: Nothing is learned [here]." in out.read_text()


@pytest.mark.parametrize("records", [True, False])
def test_runs_whose_steps_never_meet_have_curves_and_a_sentence(tmp_path, records):
    runs = [make_run(tmp_path / "a", every=6), make_run(tmp_path / "b", every=5)]
    for run in runs:  # without the validation before training
        for file in ("metrics.1.jsonl", "held_out.1.jsonl"):
            lines = (run / file).read_text().splitlines(keepends=True)
            (run / file).write_text("".join(lines[1:]))
    if not records:
        (runs[1] / "held_out.1.jsonl").unlink()
    found = compare(runs)
    sentence = "Not paired with A: B, because no validation has a common step (A 6, 12; B 5, 10)."
    assert sentence in said(printed(found))
    assert "Intervals" not in printed(found)
    page(found, out := tmp_path / "compare.html")
    assert sentence in out.read_text()
    assert as_json(found)["held_out"][SOURCE]["differences"][0]["why_not_paired"]
    assert Page(out.read_text()).charts == ["Held-out pass@1"]


def test_a_run_with_fewer_samples_is_compared_up_to_its_own(tmp_path):
    runs = [make_run(tmp_path / "a"), make_run(tmp_path / "b", seed=2)]
    found = compare([*runs, make_run(tmp_path / "c", samples=2, seed=3)])
    assert [[at.k for at in each.at] for each in found.differences] == [[1, 8], [1, 2]]
    page(found, out := tmp_path / "compare.html")
    assert Page(out.read_text()).charts[-1] == "Difference of pass@8 to A"
    assert not as_json(found)["held_out"][SOURCE]["rates"]["C"]["pass@8"]
    assert [len(rows_of(printed(found), letter)) for letter in "ABC"] == [3, 2, 2]


def test_a_run_that_stopped_early_is_compared_where_it_stopped(tmp_path):
    runs = [make_run(tmp_path / "a"), make_run(tmp_path / "b", seed=2)]
    write_rows(runs[1] / "metrics.1.jsonl", read_rows(runs[1] / "metrics.1.jsonl")[:8])
    found = compare([*runs, make_run(tmp_path / "c", config(**GRPO), seed=3)])
    steps = [(row.letter, row.step, row.mean is None) for row in rows(found, SOURCE, 1)]
    assert steps == [("A", 6, False), ("A", 12, False), ("B", 6, False), ("C", 12, False)]
    first, last, b, c = rows(found, SOURCE, 1)
    assert b.rate.value - first.rate.value == pytest.approx(b.minus.value)
    assert c.rate.value - last.rate.value == pytest.approx(c.minus.value)
    assert c.mean - last.mean == pytest.approx(c.over.value)
    assert b.mean - first.mean == pytest.approx(b.over.value)
    page(found, out := tmp_path / "compare.html")
    assert f"{within(b.rate)} at 6<b>{points(b.minus)}</b>" in out.read_text()


def test_the_command_writes_the_page_here_or_where_it_is_told(two, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typed = ["compare", *map(str, two)]
    result = CliRunner().invoke(app, typed, env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("Page: compare.html\n")
    assert (tmp_path / "compare.html").exists()
    (tmp_path / "compare.html").unlink()
    result = CliRunner().invoke(app, [*typed, "--json"])
    assert json.loads(result.stdout)["runs"][0]["letter"] == "A"
    assert not (tmp_path / "compare.html").exists()
    result = CliRunner().invoke(app, [*typed, "--json", "--html", "x.html"])
    assert (tmp_path / "x.html").exists()
