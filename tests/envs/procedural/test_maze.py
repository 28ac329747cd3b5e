"""Maze: any way that ends at G pays, walked step by step, and nothing else does."""

from __future__ import annotations

import hashlib
import pickle
from collections import Counter
from itertools import pairwise

import pytest

import envs
from envs.errors import EnvConfigError
from envs.procedural.maze import MOVES, MazeEnv
from envs.task import Task

from .drawing import pays, task_of, tasks

SIZES = (5, 7, 9, 11)
# By hand: the only way without a detour has 12 moves.
DRAWN = """Go from S to G by moves U, D, L, R.
#######
#S#...#
#.#.#.#
#...#.#
#####.#
#....G#
#######"""
SHORTEST = "D D R R U U R R D D D D"
TASK = Task(DRAWN, SHORTEST, difficulty=7.0)


@pytest.fixture(scope="module")
def env() -> MazeEnv:
    return envs.make("reasoning/Maze-v0", sizes=SIZES)


@pytest.mark.parametrize(
    "answer",
    [
        SHORTEST,
        SHORTEST.replace(" ", ""),
        SHORTEST.replace(" ", ", "),
        "D U " + SHORTEST,  # a detour
        SHORTEST + " L R",
        "D U " * 6 + SHORTEST,  # 24 moves, twice 12
    ],
)
def test_every_way_to_the_goal_pays(env, answer) -> None:
    assert env.check(TASK, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "D",
        "D D R R U U R R D D D",  # one short of G
        SHORTEST + " D",  # into the wall behind it
        SHORTEST + " L",  # past it
        "R " + SHORTEST,  # a wall
        "U " + SHORTEST,  # the wall around
        "D U " * 7 + SHORTEST,  # 26 moves are more than twice 12
        SHORTEST.lower(),
        SHORTEST + " x",
        "D2,1 D3,1",
        "__import__('os').system('true')",
        "D" * 1_000_000,
    ],
)
def test_nothing_else_does(env, answer) -> None:
    assert not env.check(TASK, answer)


@pytest.mark.parametrize("size", SIZES)
def test_a_maze_has_no_loop_and_every_room_can_be_reached(size) -> None:
    for task in tasks("reasoning/Maze-v0", size, sizes=SIZES):
        grid = task.question.splitlines()[1:]
        assert [len(row) for row in grid] == [size] * size
        free = {(r, c) for r, row in enumerate(grid) for c, x in enumerate(row) if x != "#"}
        rooms = ((size - 1) // 2) ** 2
        # A tree: one passage less than rooms, and all of it in one piece.
        assert len(free) == 2 * rooms - 1
        seen, waiting = set(), [next(iter(free))]
        while waiting:
            here = waiting.pop()
            seen.add(here)
            near = {(here[0] + down, here[1] + right) for down, right in MOVES.values()}
            waiting += (near & free) - seen
        assert seen == free
        assert sorted("".join(grid).replace("#", "").replace(".", "")) == ["G", "S"]


@pytest.mark.parametrize("size", SIZES)
def test_the_worked_solution_is_a_shortest_way_and_pays(env, size) -> None:
    for index, task in enumerate(tasks("reasoning/Maze-v0", size, sizes=SIZES)):
        assert env.check(task, task.answer)
        moves = task.answer.split()
        # In a maze without loops a shortest way never turns back.
        assert not {"UD", "DU", "LR", "RL"} & {a + b for a, b in pairwise(moves)}
        start, goal, *walked = task.solution.split(" So the answer")[0].split()
        rows = task.question.splitlines()[1:]
        row, column = next((r, line.index("S")) for r, line in enumerate(rows) if "S" in line)
        assert start == f"S{row},{column}"
        for move, said in zip(moves, walked, strict=True):
            row, column = row + MOVES[move][0], column + MOVES[move][1]
            assert said == f"{move}{row},{column}"
        assert goal == f"G{row},{column}"
        count = f"{len(moves)} moves and begins with {moves[0]}."
        assert task.hint == f"The shortest way has {count}"
        assert index % 8 or pays(env, index, task.answer, size)  # through the whole verifier


def test_moves_and_cells_are_single_tokens() -> None:
    from recipes.warm_start.tokenizer import build_tokenizer

    drawn = tasks("reasoning/Maze-v0", 7, sizes=SIZES)
    tokenizer = build_tokenizer(text for t in drawn for text in (t.question, t.solution))
    grid = drawn[0].question.split("\n", 1)[1]
    assert len(tokenizer.encode(grid)) == len(grid)
    answer = " " + drawn[0].answer
    assert len(tokenizer.encode(answer)) == len(answer) // 2


def test_a_small_size_runs_out_of_tasks_and_the_next_does_not() -> None:
    found = {size: Counter(t.question for t in drawn(size, 400)) for size in (5, 7)}
    assert len(found[5]) <= 48
    assert len(found[7]) >= 300


def drawn(size: int, count: int) -> list[Task]:
    made = envs.make("reasoning/Maze-v0", sizes=[size])
    return [task_of(made, index) for index in range(count)]


def test_training_and_held_out_mazes_share_none() -> None:
    made = envs.make("reasoning/Maze-v0", sizes=[7])
    questions = {}
    for stream in ("train", "validation"):
        options = [{"index": index, "stream": stream} for index in range(300)]
        questions[stream] = {made.reset(seed=0, options=option)[0] for option in options}
    assert not questions["train"] & questions["validation"]


@pytest.mark.parametrize("sizes", [(), (6,), (3,), (7.0,), ("7",), (True,)])
def test_sizes_that_are_none_are_refused(sizes) -> None:
    with pytest.raises(EnvConfigError, match=r"sizes must hold odd whole numbers from 5"):
        MazeEnv(sizes=sizes)


def test_its_check_pickles() -> None:
    assert pickle.loads(pickle.dumps(MazeEnv())).check(TASK, SHORTEST)


def test_the_pinned_first_tasks() -> None:
    """Changing how tasks are drawn changes every experiment: bump the env's version instead."""
    questions = [task.question for task in drawn(9, 5)]
    assert hashlib.sha256(repr(questions).encode()).hexdigest()[:12] == "df7f708fe1bc"
