"""Our verifier as verl's `reward.custom_reward_function`, for rows and agent loops of verl's own.

On the command line of `verl.trainer.main_ppo`::

    reward.custom_reward_function.path=pkg://envs.reward_function
    reward.custom_reward_function.name=compute_score
    +reward.custom_reward_function.reward_kwargs.answer_format=boxed    # the default

The rows are verl's: `reward_model.ground_truth` is the gold, a text, a number or a list of all
answers. Where a row has them, two more fields are read: `extra_info.difficulty`, the level by which
validation reports pass@k, and `extra_info.question` (verl's GSM8K rows have it), out of which a
copied formula pays nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import EnvConfigError
from .info import SOURCE, Info, level, of_answer
from .verify import DEFAULT_TIMEOUT, averify, gold_text

STRIP_PERCENT = {
    "openai/gsm8k", "gsm8k", "lighteval/MATH", "DigitalLearningGmbH/MATH-lighteval",
    "HuggingFaceH4/MATH-500", "math_dapo", "MATH", "MATH-500", "math500",
    "agentica-org/DeepScaleR-Preview-Dataset", "POLARIS-Project/Polaris-Dataset-53K",
}  # fmt: skip
"""Names of sets, in `data_source`, whose golds leave a percent sign out."""


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    answer_format: str = "boxed",
    percent: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    **_: Any,
) -> Info:
    """Return the score, 1.0 or 0.0, and what verl logs beside it; never blocks the event loop.

    The keys are the same every time, as verl wants: score, those of `envs.info.AnswerInfo`,
    difficulty and source.

    Args:
        data_source: the row's set, reported as source.
        solution_str: what the model wrote.
        ground_truth: the gold: a text, a number, or a list of all answers (`gold_text`).
        extra_info: the row's; `difficulty` and `question` are read.
        answer_format: how the response marks its answer, one of `envs.verify.ANSWER_FORMATS`.
        percent: "exact" (20% is 0.2) or "strip" (it is also 20); by default strip for the sets in
            `STRIP_PERCENT` and exact for others.
        timeout: seconds the symbolic tier may take once it runs.

    Raises:
        EnvConfigError: the gold is empty, or no text, number or list of them.
        ValueError: `answer_format` or `percent` is unknown.
    """
    gold = _gold(ground_truth, data_source)
    row = extra_info or {}
    question = row.get("question")
    verdict = await averify(
        gold,
        solution_str,
        answer_format=answer_format,
        question=question if isinstance(question, str) else "",
        percent=percent or ("strip" if data_source in STRIP_PERCENT else "exact"),
        timeout=timeout,
    )
    return {
        "score": float(verdict.correct),
        **of_answer(verdict),
        "difficulty": level(row.get("difficulty")),
        SOURCE: str(data_source),
    }


def _gold(ground_truth: Any, data_source: str) -> str:
    try:
        return gold_text(ground_truth)
    except ValueError as error:
        raise EnvConfigError(
            f"reward_model.ground_truth of a row of {data_source!r} must be a text, a number or a "
            f"list of them; got {ground_truth!r}: {error}."
        ) from None
