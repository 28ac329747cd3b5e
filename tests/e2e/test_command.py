"""``verl-credit train`` as a user runs it: interrupted with Ctrl-C, started again, reported."""

from __future__ import annotations

import re
import signal

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from recipes.report.entropy import token_entropy
from recipes.report.panels import PANELS


def percent(value: float) -> str:
    return f"{100 * value:.1f}".replace("100.0", "100")


def test_ctrl_c_then_the_same_command_finishes_and_reports(resumed_run) -> None:
    run, (stopped, finished) = resumed_run.run, resumed_run.attempts
    assert stopped.status == 128 + signal.SIGINT, stopped.output
    assert "the same command resumes" in stopped.output
    assert stopped.left == []

    status, output = finished.status, finished.output
    assert status == 0, output
    assert "Resuming" in output
    assert len(run.attempts()) == 2
    assert {1, 2, 3} <= set(run.history) or {2, 3} <= set(run.history)
    assert "setting global step to" in run.log.read_text(errors="replace")
    page = (run.path / "report.html").read_text()
    assert f"<h1>cpu_addition / {run.path.name}</h1>" in page
    drawn = re.findall(r"<h3>([^<]*)</h3>\n<svg", page)
    assert {panel(run).title for panel in PANELS} <= set(drawn), drawn
    table = page[page.index("Before and after") : page.index("Plots</h2>")]
    for name in ("val-credit/reasoning/Addition-v0/mean/pass@1", "mean/pass@4"):
        value = next(v for k, v in run.history[3].items() if k.endswith(name))
        assert f">{percent(value)}<" in table.replace(" <", "<")
    assert "Report:" in output
    assert "of held-out problems solved after 3 steps" in " ".join(output.split())
    value = run.history[3]["val-credit/reasoning/Addition-v0/mean/pass@1"]
    assert f"{percent(value)} [" in output
    (*_, launch) = run.record["launches"]
    assert launch["command"].startswith("verl-credit train cpu_addition ")
    assert launch["versions"]["verl"] in page
    assert finished.left == []


def test_tensorboard_holds_the_metrics_under_the_names_of_recipe_and_run(resumed_run) -> None:
    run = resumed_run.run
    events = EventAccumulator(f"{resumed_run.folder}/tensorboard_log/cpu_addition/{run.path.name}")
    events.Reload()
    for name in ("critic/score/mean", "credit/correct_rate"):
        logged = {event.step: event.value for event in events.Scalars(name)}
        known = {step: data[name] for step, data in run.history.items() if name in data}
        # What an interrupted attempt had not flushed is missing.
        assert logged == pytest.approx({step: known[step] for step in logged})
        assert 3 in logged


def test_a_tokens_entropy_is_what_the_operators_read(resumed_run) -> None:
    run = resumed_run.run
    steps, entropies = token_entropy(run)
    read = [run.history[step]["credit/entropy/all_mean"] for step in steps]
    assert 3 in steps
    assert entropies == pytest.approx(read, rel=1e-4)
