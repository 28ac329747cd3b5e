"""Solutions on the page: which are chosen, how they are shaded, and runs without any."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from credit_plugins.dump import load
from recipes.report import samples as module
from recipes.report.samples import samples
from recipes.runs import Run
from tests.recipes.viewer.dumps import make_run, write_step


@pytest.fixture
def run_dir(tmp_path):
    return make_run(tmp_path / "cpu_addition" / "one", steps=(5, 10), groups=3, rollouts=4)


def dumped(run_dir, step):
    return load(run_dir / "checkpoints" / "dumps" / f"step_{step:06d}.parquet")


def test_the_best_and_the_worst_come_from_the_last_dump(run_dir):
    best, worst = samples(Run(run_dir)).shown[:2]
    assert best.title == "Best: solved, as 2 of 4 rollouts"
    assert "step 10" in best.facts
    assert "verdict correct, reward 1" in best.facts
    assert worst.title.startswith("Worst: not solved, as ")
    assert "verdict wrong, reward 0" in worst.facts
    assert "What is" in best.prompt


def test_every_token_is_there_with_its_shade(run_dir):
    found = samples(Run(run_dir))
    assert "Shaded: weight" in found.note
    assert ".shaded" in found.css
    best = found.shown[0]
    rights = [r for r in dumped(run_dir, 10).rollouts if r.reward == 1]
    counts = [len(r.text) for r in rights]
    assert best.html.count('<span class="t') in counts
    assert "--k:" in best.html


def test_a_problem_that_came_out_otherwise_is_shown(tmp_path):
    path = make_run(tmp_path / "r" / "one", steps=(5,), groups=3, rollouts=4)
    folder = path / "checkpoints" / "dumps"
    early = load(folder / "step_000005.parquet")
    late = write_step(folder, 10, groups=3, rollouts=4)
    then, now = ([d.groups[f"g{i}"][0].task for i in range(3)] for d in (early, load(late)))
    # g0 of step 5 was all wrong, g1 and g2 of step 10 have two of four right, as g1 had before.
    rename(late, {now[2]: then[0], now[1]: then[1]})
    changed = samples(Run(path)).shown[2]
    assert changed.title == "Changed: 0 of 4 solved it at step 5, 2 of 4 at 10"
    assert "reward 1" in changed.facts


def test_else_it_is_the_one_whose_credit_moved_most(run_dir):
    moved = samples(Run(run_dir)).shown[2]
    shares = {
        float(np.abs(r.advantage - r.base).sum() / np.abs(r.base).sum())
        for step in (5, 10)
        for r in dumped(run_dir, step).rollouts
        if np.abs(r.base).sum()
    }
    share = float(moved.title.removeprefix("Moved most: ").partition("%")[0]) / 100
    assert min(shares) < share <= max(shares) + 0.005
    assert any(abs(share - one) < 0.006 for one in shares)


def test_the_note_says_what_each_operator_moved(run_dir):
    note = samples(Run(run_dir)).note
    rollouts = [r for step in (5, 10) for r in dumped(run_dir, step).rollouts]
    before = np.concatenate([r.layers["advantage:maxrl"] for r in rollouts])
    after = np.concatenate([r.layers["advantage:gtpo"] for r in rollouts])
    share = 100 * np.abs(after - before).sum() / np.abs(before).sum()
    assert "steps 5, 10" in note
    assert f"gtpo (beta 0.3) {share:.0f}%" in note
    assert "hicra (alpha 0.2)" in note


def test_a_chain_that_moves_nothing_is_shaded_by_entropy(tmp_path):
    path = make_run(tmp_path / "r" / "one", steps=(5,), name="maxrl", credit={})
    found = samples(Run(path))
    assert "No operator of this run moved credit between tokens." in found.note
    assert "Shaded: entropy" in found.note


def test_a_run_without_dumps_says_why(tmp_path):
    found = samples(Run(tmp_path))
    assert found.shown == []
    assert found.note == ("None are shown: this run kept no dumps (algorithm.credit.dump.every=0).")


def test_a_file_that_cannot_be_read_is_told_without_the_machines_paths(run_dir):
    (run_dir / "checkpoints" / "dumps" / "step_000010.parquet").write_text("cut")
    found = samples(Run(run_dir))
    assert found.shown == []
    assert found.note.startswith("None are shown: dumps/step_000010.parquet is no dump")


def test_dumps_in_a_folder_of_the_users_are_found(run_dir, tmp_path):
    folder = tmp_path / "elsewhere"
    (run_dir / "checkpoints" / "dumps").rename(folder)
    config = yaml.safe_load((run_dir / "config.yaml").read_text())
    config["algorithm"]["credit"]["dump"]["folder"] = str(folder)
    (run_dir / "config.yaml").write_text(yaml.safe_dump(config))
    assert len(samples(Run(run_dir)).shown) == 3


def test_the_middle_of_a_long_solution_is_left_out(run_dir, monkeypatch):
    monkeypatch.setattr(module, "_SHOWN", 20)
    best = samples(Run(run_dir)).shown[0]
    assert best.html.count('<span class="t') == 41
    assert "tokens …]" in best.html
    (long,) = [part for part in best.facts.split(", ") if part.startswith("tokens ")]
    assert int(long.removeprefix("tokens ")) > 41  # the facts are those of the whole


def test_text_of_a_model_is_escaped(tmp_path):
    hostile = "<script>alert(1)</script>"
    path = make_run(tmp_path / "r" / "one", steps=(5,), hostile=hostile)
    shown = samples(Run(path)).shown
    assert all("<script" not in one.html for one in shown)
    from recipes.report import build

    page = build(path).read_text()
    assert "<script" not in page
    assert json.dumps(hostile)[1:-1] not in page


def rename(file, tasks):
    """Give rollouts of a file other tasks."""
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    rows = table.to_pylist()
    for row in rows:
        row["task"] = tasks.get(row["task"], row["task"])
    pq.write_table(table.from_pylist(rows, schema=table.schema), file)
