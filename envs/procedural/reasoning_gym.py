r"""Generators of the package reasoning-gym, judged by our verifier only.

An example row (dataset gcd): question `Find the Greatest Common Divisor (GCD) of these numbers:
960, 576. Give only the GCD as your final answer.`, answer `192`, difficulty 1.0 (its level).

On the list below are generators whose answer is one exact number. `gsm_symbolic` alone gives worked
solutions; gsm_symbolic.py says which of its templates are used. Off the list are those whose

- answer is rounded (decimal_arithmetic, power_function, coin_flip, polynomial_equations, the
  geometries): the verifier knows no tolerance;
- task is to rewrite a value (fraction_simplification, prime_factorization, complex_arithmetic,
  polynomial_multiplication, base_conversion): the question itself has the right value;
- answer is not unique (number_sequence, countdown, simple_integration, jugs and other puzzles):
  their own scorers decide, and several of those evaluate the model's text;
- answer is words, a grid or yes or no.

Their scorers are never called. Reference: Stojanovski et al., Reasoning Gym, arXiv 2505.24760.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..base import Task
from ..errors import EnvConfigError, EnvContractError, MissingExtraError
from ..forms import is_number
from .gsm_symbolic import word_problem
from .levelled import LevelledEnv

DATASETS = (
    "aiw",
    "basic_arithmetic",
    "binary_alternation",
    "chain_sum",
    "count_bits",
    "count_primes",
    "decimal_chain_sum",
    "dice",
    "gcd",
    "gsm_symbolic",
    "largest_island",
    "lcm",
    "leg_counting",
    "letter_counting",
    "products",
    "rectangle_count",
    "simple_equations",
)


class ReasoningGymEnv(LevelledEnv):
    """A generator of reasoning-gym (an extra) by name, judged by our verifier.

    Levels 1 to 4 are those of the generator's own curriculum; in gsm_symbolic, which has none, they
    follow from the number of steps of the solution.

    Args:
        dataset: one of `DATASETS`.
        kwargs: arguments of `LevelledEnv`.

    Raises:
        EnvConfigError: the generator is not on the list.
        MissingExtraError: reasoning-gym is not installed.
    """

    top_level = 4

    def __init__(self, dataset: str = "gcd", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if dataset not in DATASETS:
            raise EnvConfigError(
                f"dataset must be one of {', '.join(DATASETS)}; got {dataset!r}. The answers of "
                "others cannot be verified exactly; envs/procedural/reasoning_gym.py says why."
            )
        self._dataset = dataset
        _package()

    def sample_at(self, rng: np.random.Generator, level: int) -> Task:
        """Let the generator make one item from a seed of ours."""
        seed = int(rng.integers(2**31))
        task = (
            word_problem(seed, level)
            if self._dataset == "gsm_symbolic"
            else self._of_curriculum(seed, level)
        )
        if not is_number(task.answer):
            raise EnvContractError(
                f"{self._dataset} gave {task.answer!r}, which is not one number."
            )
        return task

    def _of_curriculum(self, seed: int, level: int) -> Task:
        factory = _package()
        curriculum = factory.create_curriculum(self._dataset)
        curriculum.set_global_level(level - 1)
        config = curriculum.generate_configuration({"seed": seed, "size": 1})
        item = factory.DATASETS[self._dataset][0](config)[0]
        return Task(item["question"].strip(), str(item["answer"]), difficulty=float(level))

    def finished(self, task: Task, answer: str) -> bool:
        """A number, but no quotient if a whole number is asked: `940 / 470` may be the task."""
        return is_number(answer) and (not _is_quotient(answer) or _is_quotient(task.answer))


def _is_quotient(text: str) -> bool:
    return "/" in text or "frac" in text


def _package() -> Any:
    """Return reasoning-gym's factory; its import takes a second and warns about itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import reasoning_gym.factory
    except ImportError as error:
        raise MissingExtraError(
            "reasoning/ReasoningGym-v0 needs the extra 'reasoning-gym': pip install -e "
            f"'.[reasoning-gym]' in the clone ({error})."
        ) from None
    return reasoning_gym.factory
