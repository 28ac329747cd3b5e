"""The page and the table, for the kinds of runs that exist."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser

import pytest
import yaml
from rich.console import Console

from credit_plugins.notices import Notice, Sample
from recipes.page import style
from recipes.report import build, curves, print_table
from recipes.report.panels import PANELS
from tests.recipes.report.synthetic import (
    make_run,
    train_metrics,
    validation_metrics,
    write_attempt,
)


class _Page(HTMLParser):
    """Collect what a browser would fetch or run, all ids, all references, and the nesting."""

    void = frozenset({"meta", "br"})

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.open, self.tags, self.beside = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        into = self.beside if tag == "a" else self.links
        into += [value for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.void:
            self.open.pop()


def _read(run_dir) -> tuple[str, _Page]:
    html = build(run_dir).read_text(encoding="utf-8")
    page = _Page()
    page.feed(html)
    assert page.open == []
    return html, page


def _printed(run_dir) -> str:
    out = io.StringIO()
    print_table(run_dir, Console(file=out, width=80))
    return out.getvalue()


@pytest.fixture
def undrawn(monkeypatch):
    """Leave the drawing out where a test reads only words."""
    for module in (style, curves):
        monkeypatch.setattr(module, "draw", lambda *_: "<svg></svg>")


@pytest.fixture
def full_run(tmp_path):
    return make_run(tmp_path / "cpu_addition" / "s7")


@pytest.fixture(scope="module")
def full_page(tmp_path_factory):
    return _read(make_run(tmp_path_factory.mktemp("outputs") / "cpu_addition" / "s7"))


def test_a_full_run_shows_every_panel_and_what_was_run(full_page):
    html, page = full_page
    assert page.tags.count("svg") == len(PANELS) + 3  # and the curves of held-out pass@k
    assert "Not shown" not in html
    for fact in (
        "cpu_addition / s7",
        "maxrl_gtpo_sepa_hicra",
        "reasoning/Addition-v0",
        "gtpo.beta = 0.1",
        "planning.phrases = default",
        "32 prompts, 8 rollouts each",
        "12 of 12",
        "2 min 46 s",  # 12 steps of 12.5 s and two validations of 8 s
        "step 0 → step 12",
    ):
        assert fact in html
    assert "/somewhere" not in html


def test_the_page_needs_nothing_from_outside_itself(full_page):
    html, page = full_page
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "@import" not in html
    assert all(link.startswith("#") for link in page.links)
    assert page.beside == ["config.yaml", "metrics.1.jsonl"]  # of the run's own folder
    assert len(page.ids) == len(set(page.ids))
    used = {link[1:] for link in page.links} | set(re.findall(r"url\(#([^)]*)\)", html))
    assert used <= set(page.ids)


def test_the_same_run_gives_the_same_page(full_run, full_page):
    assert _read(full_run)[0] == full_page[0]


def test_a_grpo_run_leaves_the_credit_panels_out_with_a_sentence(tmp_path, undrawn):
    html, page = _read(make_run(tmp_path / "r" / "grpo", credit=False))
    assert page.tags.count("svg") == 8
    assert html.count("Not shown: this run logged no credit/") == 5


def test_a_run_without_validation_says_so(tmp_path, undrawn):
    run_dir = make_run(tmp_path / "r" / "blind", validate=False)
    html, page = _read(run_dir)
    assert "table" not in page.tags
    assert "no held-out validation" in html
    assert "no held-out validation" in " ".join(_printed(run_dir).split())


def test_a_resumed_unfinished_run_says_both(full_run, undrawn):
    (full_run / "done").unlink()
    write_attempt(full_run, 2, {step: train_metrics(step) for step in (9, 10)})
    html, _ = _read(full_run)
    assert "has not finished" in html
    assert "10 of 12, in 2 attempts" in html
    assert "step 0 → step 6" in html  # the validation at step 12 belongs to the discarded steps


def test_non_finite_values_are_reported(full_run, undrawn):
    write_attempt(full_run, 2, {12: train_metrics(12) | {"credit/nonfinite": 3.0}})
    assert "estimator at steps 12." in _read(full_run)[0]
    assert "estimator at steps [12]." in _printed(full_run)


def test_what_a_run_says_about_itself_stands_at_the_top(full_run, undrawn):
    sample = Sample("What is <2>+2?", "I [bold]think[/bold] so", "no_answer")
    seen, change = ("97% no_answer.",), ("Tell the model how.",)
    notice = Notice("dead_run", 3, 12, "No group differed.", seen, change, (sample,))
    row = json.dumps({"holds": True, **notice.as_row()})
    (full_run / "notices.1.jsonl").write_text(row + "\n")
    html, page = _read(full_run)
    box = html[: html.index("<dl>")]
    for text in ("No group differed.", "97% no_answer.", "Tell the model how.", "&lt;2&gt;+2?"):
        assert text in box
    assert 'aria-labelledby="notices"' in box  # a screen reader can jump to it
    assert "notices" in page.ids
    for line in notice.text().splitlines():
        assert line[:60] in _printed(full_run)


def test_a_run_with_nothing_to_say_has_no_box(full_page):
    assert 'class="box warns"' not in full_page[0]


def test_names_are_escaped(tmp_path, undrawn):
    html, _ = _read(make_run(tmp_path / "r" / "a<b>&c"))
    assert "a&lt;b&gt;&amp;c" in html


def test_the_table_compares_before_and_after_with_intervals(full_run):
    text = _printed(full_run)
    assert "step 0 → step 12" in text
    mean = next(line for line in text.splitlines() if line.startswith("mean"))
    before, after, change = re.findall(r"(?<![\[-])[+-]?\d+\.\d\b", mean)[:3]
    assert float(after) - float(before) == pytest.approx(float(change), abs=0.2)
    assert len(re.findall(r"\[\d+-\d+\]", mean)) == 4
    assert "Held-out problems per difficulty: 40, 8 samples each" in text
    assert "…" not in text


def test_a_run_without_config_still_has_a_page(full_run, undrawn):
    (full_run / "config.yaml").unlink()
    html, _ = _read(full_run)
    assert "estimator" not in html.split("<section>")[0]


def _several(path):
    """A run validated on a source with difficulties and on one without, sampled once."""
    run_dir = make_run(path)
    lines = {step: validation_metrics(step) for step in (0, 12)}
    for step, data in lines.items():
        data["val-credit/Minerva/mean/pass@1"] = 0.25 + step / 100
        data["val-credit/Minerva/mean/problems"] = 48.0
        data["val-credit/POLARIS/difficulty=3/8/pass@1"] = 0.5
        data["val-credit/POLARIS/difficulty=3/8/problems"] = 16.0
        data["val-credit/POLARIS/mean/pass@1"] = 0.5
    write_attempt(run_dir, 1, lines)
    return run_dir


def test_several_sources_have_a_table_each_and_one_explanation(tmp_path):
    text = _printed(_several(tmp_path / "r" / "s"))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("step 0 → step 12") == 3
    table = text[text.index("Minerva: held-out") :].splitlines()[:4]
    assert table[2].split() == ["mean", "25.0", "[15-39]", "37.0", "[25-51]", "+12.0"]
    assert table[3].startswith("Held-out problems: 48, 1 sample each.")
    assert "\n3/8 " in text
    assert text.count("In brackets: 95% interval") == 1


def test_a_page_of_several_sources_tells_whose_curves_they_are(tmp_path):
    html, page = _read(_several(tmp_path / "r" / "s"))
    for title in ("Held-out pass@1 of Minerva", "Held-out pass@8 of reasoning/Addition-v0"):
        assert f"<h3>{title}</h3>" in html
    assert len(set(page.ids)) == len(page.ids)


def test_the_page_names_the_entries_of_a_mixture(full_run, undrawn):
    config = yaml.safe_load((full_run / "config.yaml").read_text())
    mix = {"words": {"id": "reasoning/GSM8K-v0", "weight": 3}, "sums": {"id": "demo/Sums-v0"}}
    config["data"]["env"] = {"id": None, "mix": mix}
    (full_run / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    named = "words (reasoning/GSM8K-v0, weight 3), sums (demo/Sums-v0, weight 1)"
    assert named in _read(full_run)[0]


def test_a_branch_names_where_it_begins(full_run, undrawn):
    point = {"checkpoint": "/x/outputs/cpu_addition/parent/checkpoints/global_step_14", "step": 14}
    (full_run / "run.json").write_text(json.dumps({"branched_from": point}))
    page = build(full_run).read_text()
    assert "branched from" in page
    assert "cpu_addition/parent, step 14" in page
