"""What can be inspected, and what is refused."""

from __future__ import annotations

import shutil

import pytest
import yaml

from recipes.errors import RunError
from recipes.viewer import choose, open_dumps
from tests.recipes.viewer.dumps import make_run, write_step


@pytest.mark.parametrize("part", ["", "checkpoints", "checkpoints/dumps"])
def test_a_run_its_checkpoints_and_its_dumps_are_the_same(runs, part):
    dumps = open_dumps(runs / "a" / part)
    assert dumps.steps == [1, 5, 10]
    assert dumps.load().step == 10
    assert dumps.load(5).step == 5
    assert list(dumps.load(1).groups) == ["g0", "g1", "g2"]


def test_a_file_is_one_step(runs):
    dumps = open_dumps(runs / "a" / "checkpoints" / "dumps" / "step_000005.parquet")
    assert (dumps.name, dumps.steps, dumps.load().step) == ("step_000005.parquet", [5], 5)


def test_steps_are_numbers_in_order(tmp_path):
    for step in (1_000_000, 20, 5):
        write_step(tmp_path, step, groups=1, rollouts=2, tokens=30)
    assert open_dumps(tmp_path).steps == [5, 20, 1_000_000]


def test_a_folder_that_the_run_names_is_found(tmp_path):
    run = make_run(tmp_path / "run", steps=(1,))
    shutil.move(run / "checkpoints" / "dumps", tmp_path / "elsewhere")
    with pytest.raises(RunError, match="holds no dumps"):
        open_dumps(run)
    config = {"algorithm": {"credit": {"dump": {"folder": str(tmp_path / "elsewhere")}}}}
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    assert open_dumps(run).steps == [1]


def test_a_run_without_dumps_says_how_to_get_some(tmp_path):
    (tmp_path / "metrics.1.jsonl").write_text("")
    with pytest.raises(RunError, match=r"dump\.every=0; train with algorithm\.credit\.dump"):
        open_dumps(tmp_path)


def test_what_does_not_exist_is_refused_with_what_exists(runs, dump):
    with pytest.raises(RunError, match=r"toy/a has no dump of step 7; there are 1, 5, 10\."):
        open_dumps(runs / "a").load(7)
    with pytest.raises(RunError, match="There is no"):
        open_dumps(runs / "nowhere")
    with pytest.raises(RunError, match="is no run, but holds runs; give one of them"):
        open_dumps(runs)
    with pytest.raises(RunError, match=r"no group 'x'; there are g0, g1, g2\."):
        choose(dump, "x")
    with pytest.raises(RunError, match=r"more than one group 'g'; there are g0, g1, g2\."):
        choose(dump, "g")
    with pytest.raises(RunError, match=r"'g0' that the other run has as well; there are g1\."):
        choose(dump, "g0", ["g1"])


def test_many_steps_are_cut_in_the_middle(tmp_path):
    for step in range(1, 26):
        (tmp_path / f"step_{step:06d}.parquet").write_text("")
    with pytest.raises(RunError, match=r"18, 19, \.\.\. 25 \(25 in all\)"):
        open_dumps(tmp_path).load(99)


def test_the_first_group_with_different_rewards_is_shown(dump):
    assert {rollout.reward for rollout in dump.groups["g0"]} == {0.0}
    assert choose(dump)[0].group == "g1"
    assert choose(dump, "g2")[0].group == "g2"
    assert choose(dump, among=["g0"])[0].group == "g0"
