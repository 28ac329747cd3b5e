"""Which runs can be compared, and how they are called."""

from __future__ import annotations

import pytest

from recipes.compare import compare
from recipes.compare.comparison import _letter
from recipes.errors import RunError
from tests.recipes.compare.simulated import SOURCE, make_run, read_rows, write_rows


def renamed(run, source):
    """The same run on another data source."""
    rows = read_rows(run / "metrics.1.jsonl")
    for row in rows:
        row["data"] = {name.replace(SOURCE, source): v for name, v in row["data"].items()}
    write_rows(run / "metrics.1.jsonl", rows)
    return run


def test_runs_that_share_no_validation_are_refused(tmp_path):
    runs = make_run(tmp_path / "a"), renamed(make_run(tmp_path / "b"), "math")
    with pytest.raises(RunError, match=f"b validates on math, .*a on {SOURCE}"):
        compare(runs)


def test_a_run_without_validation_is_refused(tmp_path):
    runs = make_run(tmp_path / "a"), make_run(tmp_path / "b", every=99)
    write_rows(runs[1] / "metrics.1.jsonl", read_rows(runs[1] / "metrics.1.jsonl")[1:])
    with pytest.raises(RunError, match=r"b has logged no held-out pass@k"):
        compare(runs)


def test_a_configuration_that_cannot_be_read_is_refused(tmp_path):
    runs = make_run(tmp_path / "a"), make_run(tmp_path / "b")
    (runs[1] / "config.yaml").write_text("a: [1")
    with pytest.raises(RunError, match=r"config\.yaml is no YAML mapping"):
        compare(runs)


def test_a_run_without_a_configuration_is_compared_unpaired(tmp_path):
    runs = make_run(tmp_path / "a"), make_run(tmp_path / "b", seed=2)
    (runs[1] / "config.yaml").unlink()
    found = compare(runs)
    assert found.differences[0].why_not == "the config.yaml of B names no environment"
    assert found.differences[0].at[0].last.is_known


def test_names_are_as_long_as_tells_them_apart(tmp_path):
    runs = [make_run(tmp_path / where / "toy" / "s0") for where in ("x", "y")]
    assert [one.label for one in compare(runs).runs] == ["x/toy/s0", "y/toy/s0"]
    one = make_run(tmp_path / "y" / "toy" / "s1")
    assert [each.label for each in compare([runs[0], one]).runs] == ["toy/s0", "toy/s1"]


def test_letters_go_on_after_z():
    assert [_letter(i) for i in (0, 25, 26, 52)] == ["A", "Z", "A2", "A3"]


def test_a_link_to_a_run_is_the_run(tmp_path):
    run = make_run(tmp_path / "a")
    (tmp_path / "b").symlink_to(run)
    with pytest.raises(RunError, match="is given twice"):
        compare([run, tmp_path / "b"])


def test_attempts_are_merged(tmp_path):
    """A resumed run counts its problems once, those of the attempt that went on."""
    runs = make_run(tmp_path / "a"), make_run(tmp_path / "b", seed=2)
    for name in ("metrics", "held_out"):
        rows = read_rows(runs[1] / f"{name}.1.jsonl")
        write_rows(runs[1] / f"{name}.2.jsonl", [row for row in rows if row["step"] >= 6])
    once = compare([runs[0], make_run(tmp_path / "c", seed=2)])
    assert compare(runs).differences[0].at == once.differences[0].at
