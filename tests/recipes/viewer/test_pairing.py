"""Steps and groups of two runs beside each other."""

from __future__ import annotations

from dataclasses import replace

from credit_plugins.dump import Dump
from recipes.viewer import open_dumps
from recipes.viewer.pairing import common_steps, pair, same_tokens


def changed(dump: Dump, **fields) -> Dump:
    rollouts = tuple(replace(rollout, **fields) for rollout in dump.rollouts)
    return replace(dump, rollouts=rollouts)


def renamed(dump: Dump) -> Dump:
    """The same groups in the other order, under other names."""
    named = [replace(r, group=f"x{r.group}") for r in dump.rollouts]
    return replace(dump, rollouts=tuple(sorted(named, key=lambda r: r.group, reverse=True)))


def test_only_steps_of_both_are_compared(runs):
    here, there = open_dumps(runs / "a"), open_dumps(runs / "b")
    steps, said = common_steps(here, there)
    assert (steps, said) == ([5], "3 steps that only one of them dumped are left out.")
    assert common_steps(here, here) == ([1, 5, 10], "")


def test_where_no_step_is_in_both_it_is_said(runs):
    there = open_dumps(runs / "b" / "checkpoints" / "dumps" / "step_000020.parquet")
    steps, said = common_steps(open_dumps(runs / "a"), there)
    assert steps == []
    assert "dumped steps 1, 5, 10, step_000020.parquet steps 20, and none is in both" in said


def test_groups_are_paired_by_task_whatever_their_names_and_order(dump):
    pairs = pair(dump, renamed(dump))
    assert pairs.groups == [("g0", "xg0"), ("g1", "xg1"), ("g2", "xg2")]
    assert pairs.how == "Groups are paired by task."


def test_a_task_of_another_source_is_another_task(dump):
    pairs = pair(dump, changed(dump, source="other"))
    assert pairs.how == "Groups are paired by prompt."


def test_without_tasks_groups_are_paired_by_prompt(dump):
    bare = changed(dump, task="")
    assert pair(bare, renamed(bare)).groups == [("g0", "xg0"), ("g1", "xg1"), ("g2", "xg2")]


def test_groups_without_a_partner_are_left_out(dump):
    fewer = replace(dump, rollouts=tuple(dump.groups["g1"]))
    pairs = pair(dump, fewer)
    assert pairs.groups == [("g1", "g1")]
    assert pairs.how == "Groups are paired by task. 2 without a partner are left out."


def test_groups_of_other_problems_are_paired_by_order_and_that_is_said(dump):
    pairs = pair(dump, renamed(changed(dump, task="", prompt="other")))
    assert pairs.groups == [("g0", "xg2"), ("g1", "xg1"), ("g2", "xg0")]
    assert "No problem is in both dumps" in pairs.how


def test_tokens_are_subtracted_only_where_they_are_the_same(runs):
    a, b, c = (open_dumps(runs / name).load(5).groups["g1"][0] for name in "abc")
    assert same_tokens(a, c)
    assert not same_tokens(a, b)
    assert not same_tokens(a, replace(a, id=[*a.id[:-1], 7]))
    assert not same_tokens(a, replace(a, text=[*a.text[:-1], "x"]))
