"""The report: page, Markdown and figures say the same, and only what is known."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from statistics import mean, stdev

import pytest

from recipes.campaign.analysis import Analysis
from recipes.campaign.overview import power_lines, shortcut
from recipes.campaign.plan import Contrast
from recipes.campaign.power import power
from recipes.campaign.report import write
from recipes.campaign.report.content import facts
from recipes.campaign.simulate import World
from recipes.campaign.words import verdict

from .toy import PLAN, plan_of, tables_of

WORLD = World(1.0, steps=(0, 2, 4), problems=40, samples=8)
FIGURES = {"forest", "difference", "pass_at_1", "over_k", "power"}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    plan = plan_of(tmp_path_factory.mktemp("campaign"), PLAN)
    analysis = Analysis(plan, tables_of(plan, WORLD), {})
    return analysis, write(analysis)


def test_page_and_markdown_begin_with_the_answer(report):
    analysis, page = report
    said = verdict(analysis.primary)
    text = page.read_text()
    assert re.search(r'<p class="lead">(.*?)</p>', text)[1].replace("&#39;", "'") == said
    markdown = page.with_name("report.md").read_text()
    assert markdown.splitlines()[2] == f"**{said}**"
    for shown in (text, markdown):
        assert analysis.plan.hash in shown
        assert "Runs are missing" not in shown
        assert "verl-credit campaign run" in shown
        for title in ("Are the pairs pairs?", "Noise floor", "Dose", "All runs", "Exploratory"):
            assert title in shown


def test_the_page_fetches_nothing_and_names_its_figures(report):
    text = report[1].read_text()
    assert not re.search(r"(src|href)=\"http", text)
    assert "<script" not in text
    labels = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"', text)
    assert len(labels) == len(FIGURES)
    assert all(len(label) > 40 for label in labels)


def test_figures_lie_beside_the_page_as_whole_svg_files(report):
    folder = report[1].parent / "figures"
    assert {path.stem for path in folder.iterdir()} == FIGURES
    markdown = report[1].with_name("report.md").read_text()
    for path in folder.iterdir():
        root = ET.parse(path).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "var(--" not in path.read_text()
        assert f"figures/{path.name}" in markdown


def test_every_seed_is_in_the_table_and_in_the_forest(report):
    analysis, page = report
    markdown = page.with_name("report.md").read_text()
    for seed, d in zip(analysis.primary.seeds, analysis.primary.result.differences, strict=True):
        assert re.search(
            rf"\| {seed} \| \d+\.\d\d \| \d+\.\d\d \| {re.escape(f'{100 * d:+.2f}')} \|", markdown
        )
    (svg,) = re.findall(r'<svg [^>]*aria-label="Every seed.*?</svg>', page.read_text(), re.DOTALL)
    assert ">sharp - plain (primary)<" in svg
    assert ">again - plain (A/A)<" in svg
    rings = re.findall(r"<g clip-path[^>]*>(.*?)</g>", svg, re.DOTALL)
    assert [text.count("<use ") for text in rings].count(6) == 2


def test_every_arm_is_given_against_the_other_draw_too(tmp_path):
    more = PLAN.replace("  again:", "  third: [a=1]\n  again:").replace("budget_h: ", "budget_h: 1")
    plan = plan_of(tmp_path, more)
    analysis = Analysis(plan, tables_of(plan, WORLD), {})
    text = write(analysis).with_name("report.md").read_text()
    assert "With again in place of plain, pass@1 during training; the two runs of" in text
    rates = {
        arm: [100 * analysis.tables[arm, s].values(plan.primary).mean() for s in plan.seeds]
        for arm in plan.arms
    }
    for arm in ("sharp", "third"):
        gaps = [a - b for a, b in zip(rates[arm], rates["again"], strict=True)]
        assert mean(gaps) != pytest.approx(mean(rates[arm]) - mean(rates["plain"]), abs=0.01)
        row = rf"\| {arm} - again \| 6 of 6 \| {mean(gaps):+.2f} \| .* \| {stdev(gaps):.2f} \|"
        assert re.search(row.replace("+", r"\+"), text), row


def test_a_floor_of_another_arm_says_nothing_of_the_primary_contrast(report):
    plan = replace(report[0].plan, noise=Contrast("again", "sharp"))
    assert Analysis(plan, report[0].tables, {}).against_noise == []


def test_every_validation_is_in_the_table(report):
    analysis, page = report
    markdown = page.with_name("report.md").read_text()
    assert "| arm |  | step 0 | step 2 | step 4 |" in markdown
    for arm in analysis.plan.arms:
        runs = [analysis.tables[arm, seed].curve(1) for seed in analysis.plan.seeds]
        shares = " | ".join(f"{100 * sum(x) / len(x):.1f}" for x in zip(*runs, strict=True))
        assert f"| {arm} | pass@1 | {shares} |" in markdown


def test_what_else_an_arm_changes_is_told_by_quarters(tmp_path):
    plan = plan_of(tmp_path, PLAN)
    tables = tables_of(plan, WORLD)
    for place, (run, one) in enumerate(tables.items()):
        rewards = {str(step): float(step + place % 2) for step in range(1, 9)}
        tables[run] = replace(one, series={**one.series, "critic/score/mean": rewards})
    found = Analysis(plan, tables, {})
    text = write(found).with_name("report.md").read_text()
    runs = {a: [i % 2 for i, (arm, _) in enumerate(tables) if arm == a] for a in plan.arms}
    for arm, odd in runs.items():  # steps 1, 2 and 7, 8
        more = sum(odd) / len(odd)
        assert re.search(rf"\| {arm} \| {1.5 + more:.3g} to {7.5 + more:.3g} \|", text)


def test_what_runs_were_made_with_is_all_told(tmp_path):
    plan = plan_of(tmp_path, PLAN)
    tables = tables_of(plan, WORLD)
    for place, (run, table) in enumerate(tables.items()):
        known = {"processor": "EPYC" if place < 2 else "Xeon", "versions": {"verl": "0.9.0"}}
        tables[run] = replace(table, facts=known) if place < 5 else table
    known = dict(facts(Analysis(plan, tables, {})))
    assert (
        known["processors"]
        == f"Xeon (3 runs), EPYC (2 runs), not recorded ({len(tables) - 5} runs)"
    )
    assert known["versions"] == "verl 0.9.0 and 0.9.1"


def test_an_unfinished_campaign_concludes_nothing(tmp_path):
    plan = plan_of(tmp_path, PLAN)
    tables = tables_of(plan, WORLD)
    for key in list(tables)[4:]:
        del tables[key]
    page = write(Analysis(plan, tables, {("sharp", 6): "no memory"})).read_text()
    assert "14 of 18 runs are missing; nothing is concluded" in page
    assert "sampling seeds, 1 of 6 pairs" not in page  # no floor from one pair
    assert "no conclusion, 1 of 6 pairs are in" in page
    assert "failed: no memory" in page
    assert "Equivalence" not in page
    assert "from a guess: independent answers" in page


def test_what_is_shown_arm_by_arm_is_of_the_same_seeds(tmp_path):
    plan = plan_of(tmp_path, PLAN)
    tables = tables_of(plan, WORLD)
    del tables["again", 2], tables["sharp", 5]
    found = Analysis(plan, tables, {})
    assert found.common == [1, 3, 4, 6]
    assert {len(found.curves(arm, 1)[1]) for arm in plan.arms} == {4}
    expected = [tables["plain", seed].curve(1) for seed in found.common]
    assert found.curves("plain", 1)[1].tolist() == [curve.tolist() for curve in expected]
    assert len(found.dose("plain", "credit/weight/cosine")) == 4
    assert "mean over seeds 1, 3, 4, 6." in write(found).read_text()


def test_a_complete_primary_contrast_is_an_answer_though_others_are_not(tmp_path):
    plan = plan_of(tmp_path, PLAN)
    tables = tables_of(plan, WORLD)
    del tables["again", 2], tables["again", 3]
    page = write(Analysis(plan, tables, {})).read_text()
    assert "2 of 18 runs are missing: the primary contrast is complete, others are not." in page
    assert "nothing is concluded" not in page
    assert "4 of 6" in page
    assert "again is not in" not in page
    assert "4 of 6 pairs so far" in page
    assert "A difference of that size is noise" not in page


def test_the_command_can_be_pasted(tmp_path):
    (tmp_path / "a b").mkdir()
    page = write(Analysis(plan_of(tmp_path / "a b", PLAN), {}, {}))
    assert (
        f"verl-credit campaign run '{tmp_path}/a b/toy.yaml' &&"
        in page.with_name("report.md").read_text()
    )


def test_a_campaign_without_runs_has_a_report_too(tmp_path):
    page = write(Analysis(plan_of(tmp_path, PLAN), {}, {})).read_text()
    assert "0 of 6 pairs are in" in page
    assert page.count("<svg") == 1  # power, by the least spread


def test_an_arm_whose_gradient_is_the_uniform_one_is_not_delivered(tmp_path):
    plan = plan_of(tmp_path, PLAN)
    tables = tables_of(plan, WORLD)
    doses = {"plain": 1.0, "sharp": 0.9, "again": 0.99999}
    for (arm, seed), one in tables.items():
        dose = {"gradient_cosine": doses[arm], "gradient_noise": 0.4}
        tables[arm, seed] = replace(one, dose=dose)
    text = write(Analysis(plan, tables, {})).with_name("report.md").read_text()
    assert re.search(r"\| sharp \| 0\.9700 \|.* 0\.9000 \| 0\.4000 \| delivered \|", text)
    assert re.search(r"\| plain \| 1\.0000 \|.*\| uniform credit \|", text)
    assert re.search(r"\| again \|.*\| not delivered: uniform credit", text)


@pytest.mark.parametrize("sds", [1.3, 0.7, 0.5])
def test_power_names_the_fewest_seeds_that_have_80_percent(report, sds):
    """Three sizes of effect, in sds of a seed's difference: some answer is odd, some is even."""
    sd = report[0].primary.components.sd()
    plan = replace(report[0].plan, smallest_effect=sds * sd)
    lines = "\n".join(power_lines(Analysis(plan, report[0].tables, {})))
    asked = rf"It takes (\d+) seeds to find {100 * sds * sd:.2f} points at alpha=0.05"
    needed = int(re.search(asked, lines)[1])
    chances = [power(sds * sd, sd, n, plan.alpha) for n in (needed - 1, needed)]
    assert chances[0] < 0.8 <= chances[1] < 0.9


def test_power_names_the_components(report):
    lines = "\n".join(power_lines(report[0]))
    assert "estimated from 6 pairs of sharp - plain" in lines
    assert "seed x arm" in lines
    assert re.search(r"10 seeds +\d+%", lines)
    old = "\n".join(shortcut("12/2560", "17/2560", 0.05))
    assert "23,175 independent generations per arm" in old
    assert "Fisher's exact test on pooled generations: p = .457. Only to reproduce old" in old
