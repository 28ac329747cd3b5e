"""Which settings differ, and what is none."""

from __future__ import annotations

import yaml

from recipes.compare.settings import differing, flat, seeds
from recipes.runs import Run
from tests.recipes.compare.simulated import config


def settings(tmp_path, name, **changes):
    path = tmp_path / name
    path.mkdir()
    (path / "config.yaml").write_text(yaml.safe_dump(config(**changes)))
    return flat(Run(path))


def keys_and_values(*ones):
    return [(each.keys, each.values) for each in differing(ones)]


def test_a_value_that_others_take_over_is_one_row_with_the_telling_key_first(tmp_path):
    a = settings(tmp_path, "a", actor_rollout_ref__rollout__prompt_length=32, critic__x=32)
    b = settings(
        tmp_path, "b", data__train_batch_size=8, actor_rollout_ref__rollout__prompt_length=8
    )
    assert keys_and_values(a, b) == [
        (["data.train_batch_size", "actor_rollout_ref.rollout.prompt_length"], [32, 8]),
        (["critic.x"], [32, None]),
    ]


def test_absent_and_null_are_the_same(tmp_path):
    a = settings(tmp_path, "a", data__tokenizer=None)
    assert keys_and_values(a, settings(tmp_path, "b")) == []


def test_true_is_not_one(tmp_path):
    """A list of values is told by its text: True equals 1 in Python."""
    a = settings(tmp_path, "a", data__one=True, data__two=1)
    b = settings(tmp_path, "b", data__one=False, data__two=0)
    assert keys_and_values(a, b) == [(["data.one"], [True, False]), (["data.two"], [1, 0])]


def test_names_places_and_checkpoints_are_no_settings(tmp_path):
    changes = {
        "trainer__project_name": "x",
        "trainer__experiment_name": "x",
        "trainer__default_local_dir": "/x",
        "trainer__save_freq": 99,
        "trainer__max_actor_ckpt_to_keep": 9,
        "trainer__resume_mode": "disable",
        "actor_rollout_ref__actor__checkpoint__save_contents": ["model"],
        "actor_rollout_ref__rollout__trace__experiment_name": "x",
        "actor_rollout_ref__rollout__prometheus__served_model_name": "x",
        "actor_rollout_ref__actor__profiler__save_path": "/x",
        "algorithm__credit__dump__folder": "/x",
        "algorithm__credit__dump__every": 5,
        "trainer__stall__steps": 10,
        "trainer__notices__after": 3,
        "trainer__logger": ["console"],
    }
    assert keys_and_values(settings(tmp_path, "a"), settings(tmp_path, "b", **changes)) == []


def test_a_warm_start_is_the_same_in_every_cache(tmp_path):
    here = "/home/a/.cache/verl-credit/warm_start/0123456789abcdef"
    there = {"actor_rollout_ref__model__path": here.replace("home/a", "root")}
    a = settings(tmp_path, "a", actor_rollout_ref__model__path=here)
    assert keys_and_values(a, settings(tmp_path, "b", **there)) == []
    other = {"actor_rollout_ref__model__path": here.replace("0", "1")}
    assert keys_and_values(a, settings(tmp_path, "c", **other)) == [
        (
            ["actor_rollout_ref.model.path"],
            ["warm_start/0123456789abcdef", "warm_start/1123456789abcdef"],
        )
    ]


def test_what_is_a_seed(tmp_path):
    found = settings(tmp_path, "a", data__seeded_sampling=True, critic__data_loader_seed=3)
    assert set(seeds(found)) == {
        *("data.seed", "data.env.seed", "launch.warm_start.seed", "critic.data_loader_seed")
    }
