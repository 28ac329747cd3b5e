"""Sums over a group, from the columns themselves."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from recipes.viewer import open_dumps
from recipes.viewer.totals import differences, moved, totals


def flat(rollouts, name):
    values = [r.layers.get(name, getattr(r, name, None))[r.mask] for r in rollouts]
    return np.concatenate(values).astype(float)


def test_totals_are_sums_before_and_after_each_operator(dump):
    group = dump.groups["g1"]
    found = {(one.operator, one.quantity): one for one in totals(dump, group)}
    assert [one for one, _ in found] == ["maxrl", "maxrl", "sepa", "gtpo", "gtpo", "hicra", "hicra"]
    gtpo, hicra = found["gtpo", "sum of |A|"], found["hicra", "sum of |A|"]
    assert gtpo.before == pytest.approx(np.abs(flat(group, "advantage:maxrl")).sum())
    assert gtpo.after == hicra.before == pytest.approx(np.abs(flat(group, "advantage:gtpo")).sum())
    assert hicra.after == pytest.approx(np.abs(flat(group, "advantage:hicra")).sum())
    assert hicra.change == pytest.approx(hicra.after - hicra.before)
    assert abs(hicra.change) > 1
    sepa = found["sepa", "mean of H"]
    assert sepa.before == pytest.approx(flat(group, "entropy").mean())
    assert sepa.after == pytest.approx(flat(group, "signal:sepa").mean())
    assert found["maxrl", "sum of A"].before is None


def test_what_is_conserved_changes_by_exactly_nothing(dump):
    found = {(one.operator, one.quantity): one for one in totals(dump, dump.groups["g1"])}
    assert found["gtpo", "sum of A"].change == 0  # its weights have mean 1 in each completion
    assert found["sepa", "mean of H"].change == 0


def test_tokens_that_the_environment_said_count_nowhere(runs):
    dump = open_dumps(runs / "turns").load()
    maxrl = next(one for one in totals(dump, dump.rollouts) if one.quantity == "sum of |A|")
    assert maxrl.after == pytest.approx(sum(r.mask.sum() for r in dump.rollouts), rel=1e-4)


def test_the_tokens_that_moved_most_come_first(dump):
    group = dump.groups["g1"]
    found = moved(group, 5)
    by = [abs(one.by) for one in found]
    assert by == sorted(by, reverse=True)
    assert by[0] == pytest.approx(max(np.abs(r.advantage - r.base).max() for r in group))
    for one in found:
        at = one.position
        assert one.by == pytest.approx(one.rollout.advantage[at] - one.rollout.base[at])


def test_a_group_without_advantage_moves_nothing(dump):
    assert moved(dump.groups["g0"], 5) == []


def test_two_runs_differ_by_what_their_operators_do(runs):
    here, there = (open_dumps(runs / name).load(5).groups["g1"] for name in "ac")
    found = {one.label: one for one in differences(here, there)}
    assert found["mean reward"].here == found["mean reward"].there == 0.5
    assert found["mean entropy H"].here == pytest.approx(found["mean entropy H"].there)
    shares = found["credit moved, share of |A|"]
    assert shares.here > shares.there > 1  # beta .3 against .1, in percent
    final = np.abs(flat(here, "advantage:hicra"))
    plans = np.concatenate([r.planning[r.mask] for r in here])
    share = 100 * final[plans].sum() / final.sum()
    assert found["planning, share of |A|"].here == pytest.approx(share)


def test_what_a_dump_lacks_is_not_known(dump):
    bare = [replace(r, planning=None, entropy=None) for r in dump.groups["g0"]]
    found = {one.label: one.here for one in differences(bare, bare)}
    assert all(math.isnan(found[label]) for label in found if "planning" in label or "H" in label)
    assert math.isnan(found["credit moved, share of |A|"])
    assert found["tokens per rollout"] > 100
