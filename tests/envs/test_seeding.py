"""Task generators: independent, stable, and never shared."""

from __future__ import annotations

import random

import numpy as np

import envs
from envs import seeding


def first_draw(*key):
    return seeding.task_rng(*key).integers(2**63)


def test_every_part_of_the_key_matters():
    keys = [
        (name, seed, stream, index)
        for name in ("a", "b")
        for seed in (0, 1, 2**32, 2**64 + 1)
        for stream in seeding.STREAMS
        for index in (0, 1, 5, 2**32)
    ]
    assert len({first_draw(*key) for key in keys}) == len(keys)


def test_neighbouring_seeds_share_no_task():
    env = envs.make("reasoning/Addition-v0", digits=[9])
    tasks = {
        (seed, index): env.reset(seed=seed, options={"index": index})[0]
        for seed in range(5)
        for index in range(5)
    }
    assert len(set(tasks.values())) == 25


def test_the_generator_is_pinned():
    """Changing how tasks are drawn changes every experiment: bump the env's version instead."""
    assert first_draw("reasoning/Addition-v0", 0, "train", 0) == 5903757747734492734
    env = envs.make("reasoning/Addition-v0")
    questions = [env.reset(seed=0, options={"index": i})[0] for i in range(3)]
    assert questions == ["What is 6+5?", "What is 1+6?", "What is 744+811?"]


def test_kwargs_separate_environments():
    wide = envs.make("reasoning/Addition-v0", digits=[8])
    same = envs.make("reasoning/Addition-v0", digits=(8,))
    other = envs.make("reasoning/Addition-v0", digits=[8, 8])
    questions = [env.reset(options={"index": 0})[0] for env in (wide, same, other)]
    assert questions[0] == questions[1] != questions[2]


def test_global_generators_are_left_alone():
    env = envs.make("reasoning/Addition-v0")
    random.seed(0), np.random.seed(0)
    expected = random.random(), np.random.random()
    random.seed(0), np.random.seed(0)
    env.reset(seed=123)
    env.reset()
    assert (random.random(), np.random.random()) == expected


def test_one_question_in_eight_is_held_out():
    share = np.mean([seeding.stream_of(f"What is {n}?") == "validation" for n in range(8000)])
    assert 0.11 < share < 0.14


def test_streams_of_a_small_space_stay_apart():
    env = envs.make("reasoning/Addition-v0", digits=[1])
    train, validation = (
        {env.reset(options={"index": i, "stream": stream})[0] for i in range(400)}
        for stream in seeding.STREAMS
    )
    assert not train & validation
    assert len(train | validation) == 81
