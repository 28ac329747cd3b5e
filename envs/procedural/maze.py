r"""Find a way through a maze: the answer is a list of moves, walked step by step.

An example row: question (the maze is drawn, `#` is a wall)

    Go from S to G by moves U, D, L, R.
    #######
    #S#...#
    #.#.#.#
    #...#.#
    #####.#
    #....G#
    #######

answer `D D R R U U R R D D D D`, difficulty 7.0 (its size), solution `S1,1 G5,5 D2,1 D3,1 R3,2 ...
So the answer is \boxed{D D R R U U R R D D D D}.` with row and column of S, of G, and after every
move.

After the mazes of Tajwar et al., Maximum likelihood reinforcement learning (MaxRL).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base import ReasoningEnv
from ..errors import EnvConfigError
from ..task import Task, closing

MOVES = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}
WALL, FREE, START, GOAL = "#.SG"
_BUDGET = 2
"""An answer may have so many times the moves of a shortest one."""
_ANSWER = re.compile(r"[UDLR](?:[\s,]*[UDLR])*")
Place = tuple[int, int]
Grid = list[list[str]]


class MazeEnv(ReasoningEnv):
    """Go from S to G in a maze without loops, drawn on a square of characters.

    Rooms lie at odd rows and columns, walls and passages between them. Every way that ends at G
    pays, a detour too, if it has at most twice the moves of the shortest.

    Args:
        sizes: characters along a side, odd and at least 5; they are the levels. Size 5 has 48
            different tasks, size 7 about ten thousand.
        kwargs: arguments of `ReasoningEnv`.

    Raises:
        EnvConfigError: `sizes` is empty or holds anything but odd whole numbers from 5.
    """

    def __init__(self, sizes: Sequence[int] = (7, 9, 11), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.levels = tuple(sizes)
        if not self.levels or any(type(n) is not int or n < 5 or n % 2 == 0 for n in self.levels):
            raise EnvConfigError(
                f"sizes must hold odd whole numbers from 5, like (7, 9); got {sizes!r}."
            )

    def sample_at(self, rng: np.random.Generator, level: int) -> Task:
        """Draw a maze of this size, and two different rooms of it."""
        grid = _carve(rng, level)
        rooms = [(row, column) for row in range(1, level, 2) for column in range(1, level, 2)]
        start, goal = (rooms[i] for i in rng.choice(len(rooms), size=2, replace=False))
        moves = shortest(grid, start, goal)
        grid[start[0]][start[1]], grid[goal[0]][goal[1]] = START, GOAL
        drawn = "\n".join("".join(row) for row in grid)
        answer = " ".join(moves)
        return Task(
            question=f"Go from S to G by moves U, D, L, R.\n{drawn}",
            answer=answer,
            difficulty=float(level),
            solution=" ".join([*_walked(start, goal, moves), closing(answer)]),
            hint=f"The shortest way has {len(moves)} moves and begins with {moves[0]}.",
        )

    def check(self, task: Task, answer: str) -> bool:
        """Return whether the moves lead from S to G, through no wall, within the budget."""
        text = answer.strip()
        if not _ANSWER.fullmatch(text):
            return False
        moves = re.sub(r"[\s,]", "", text)
        if len(moves) > _BUDGET * len(task.answer.split()):
            return False
        grid = [list(row) for row in task.question.splitlines()[1:]]
        place = next((r, row.index(START)) for r, row in enumerate(grid) if START in row)
        for move in moves:
            place = _after(place, move)
            if grid[place[0]][place[1]] == WALL:
                return False
        return grid[place[0]][place[1]] == GOAL

    def finished(self, task: Task, answer: str) -> bool:
        """Moves are always worked out."""
        return True


def shortest(grid: Grid, start: Place, goal: Place) -> list[str]:
    """The moves of a shortest way, by breadth-first search."""
    came: dict[Place, tuple[Place, str] | None] = {start: None}
    waiting = deque([start])
    while goal not in came:
        here = waiting.popleft()
        for move in MOVES:
            there = _after(here, move)
            if grid[there[0]][there[1]] != WALL and there not in came:
                came[there] = (here, move)
                waiting.append(there)
    moves: list[str] = []
    step = came[goal]
    while step is not None:
        moves.append(step[1])
        step = came[step[0]]
    return moves[::-1]


def _carve(rng: np.random.Generator, size: int) -> Grid:
    """A maze without loops in which every room can be reached, by a depth-first walk."""
    grid = [[WALL] * size for _ in range(size)]
    way: list[Place] = [(1, 1)]
    grid[1][1] = FREE
    while way:
        row, column = way[-1]
        for i in rng.permutation(4):
            down, right = list(MOVES.values())[i]
            room = (row + 2 * down, column + 2 * right)
            inside = 0 < room[0] < size and 0 < room[1] < size
            if inside and grid[room[0]][room[1]] == WALL:
                grid[row + down][column + right] = grid[room[0]][room[1]] = FREE
                way.append(room)
                break
        else:
            way.pop()
    return grid


def _after(place: Place, move: str) -> Place:
    return place[0] + MOVES[move][0], place[1] + MOVES[move][1]


def _walked(start: Place, goal: Place, moves: Sequence[str]) -> list[str]:
    """Start and goal, then every move, each with its row and column.

    A small model learns more from mazes when it first says where it is and where to go.
    """
    places = [(START, start), (GOAL, goal)]
    for move in moves:
        start = _after(start, move)
        places.append((move, start))
    return [f"{what}{row},{column}" for what, (row, column) in places]
