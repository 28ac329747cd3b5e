"""The example layout: read back from its event file, and by TensorBoard's own plugin."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recipes.tensorboard_layout import LAYOUT, write
from tests.recipes.report.synthetic import credit_metrics, train_metrics, validation_metrics

pytest.importorskip("tensorboard")
ROOT = Path(__file__).parents[2]
# Beside these the layout names what the environments and verl log.
OTHERS = {
    *("env/error", "env/has_answer", "val-env/error", "val-env/has_answer"),
    *("response_length/clip_ratio", "timing_s/testing"),
}


def logged() -> set[str]:
    found = {*train_metrics(12), *credit_metrics(12), *validation_metrics(12), *OTHERS}
    return found | set(credit_metrics(12, "maxrl_gtpo", signal="surprisal"))


def charts():
    return [(title, tags) for charts in LAYOUT.values() for title, (_, tags) in charts.items()]


@pytest.mark.parametrize(("title", "tags"), charts())
def test_every_pattern_finds_a_metric_that_is_logged(title, tags):
    for tag in tags:
        assert any(re.match(tag, name) for name in logged()), tag


def test_charts_show_what_their_titles_say():
    shown = {
        title: {name for name in logged() if any(re.match(tag, name) for tag in tags)}
        for title, tags in charts()
    }
    assert shown["pass@1"] == {"val-credit/reasoning/Addition-v0/mean/pass@1"}
    assert len(shown["pass@k"]) == 4
    assert len(shown["pass@1 by difficulty"]) == 4
    assert shown["verdicts"] == {
        *("env/verdict/correct", "env/verdict/wrong", "env/verdict/no_answer", "env/error")
    }
    assert shown["groups without contrast"] == {"credit/group/all_fail", "credit/group/all_pass"}
    assert all("var" in name for name in shown["signal, variance"])


def test_tensorboard_reads_the_layout_for_the_runs_beside_it(tmp_path):
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.custom_scalar.custom_scalars_plugin import CustomScalarsPlugin
    from tensorboard.plugins.scalar.scalars_plugin import ScalarsPlugin
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "cpu_addition" / "s0")) as writer:
        writer.add_scalar("credit/weight/cosine", 0.99, 1)
    place = write(tmp_path)
    assert [path.parent for path in tmp_path.rglob("layout/events.out.*")] == [place]
    runs = plugin_event_multiplexer.EventMultiplexer()
    runs.AddRunsFromDirectory(str(tmp_path))
    runs.Reload()
    assert set(runs.Runs()) == {"layout", "cpu_addition/s0"}
    provider = data_provider.MultiplexerDataProvider(runs, str(tmp_path))
    plugins: dict[str, object] = {}  # the tab of custom scalars asks that of scalars for data
    context = base_plugin.TBContext(
        logdir=str(tmp_path),
        multiplexer=runs,
        data_provider=provider,
        plugin_name_to_instance=plugins,
    )
    plugins["scalars"] = ScalarsPlugin(context)
    plugin = CustomScalarsPlugin(context)
    read = json.loads(plugin.layout_impl(RequestContext(), ""))
    found = {
        category["title"]: {
            chart["title"]: ["Multiline", chart["multiline"]["tag"]] for chart in category["chart"]
        }
        for category in read["category"]
    }
    assert found == LAYOUT
    (tag,) = LAYOUT["3 Credit"]["weights: cosine to uniform"][1]
    drawn = plugin.scalars_impl(RequestContext(), "cpu_addition/s0", tag, "")
    assert list(drawn["tag_to_events"]) == ["credit/weight/cosine"]


def test_the_command_of_the_page_writes_it(tmp_path):
    command = [sys.executable, "-m", "recipes.tensorboard_layout"]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Layout: {tmp_path / 'layout'}\n"
    for wrong in ([], [str(tmp_path / "nothing")]):
        done = subprocess.run([*command, *wrong], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.startswith("usage: ")
