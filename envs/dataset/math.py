r"""MATH and MATH-500: competition problems (Hendrycks et al., arXiv 2103.03874).

A row of MATH, 7,500 + 5,000 of them: {"problem": "If $3x = 12$, what is $x$?",
"level": "Level 1", "type": "Algebra", "solution": "Dividing by 3, $x = \\boxed{4}$."}; the gold
is the last box of the solution. A few rows have "Level ?", which makes the levels of the file
names: "1" to "5" and "?".

A row of MATH-500, 500 of MATH's test rows (Lightman et al., arXiv 2305.20050):
{"problem": "If $3x = 12$, what is $x$?", "solution": "Dividing by 3, $x = \\boxed{4}$.",
"answer": "4", "subject": "Algebra", "level": 1, "unique_id": "test/algebra/1.json"}; the gold is
the answer.
"""

from __future__ import annotations

from .env import DatasetEnv
from .golds import last_boxed, level
from .source import Source


class MATHEnv(DatasetEnv):
    """Train and test split of DigitalLearningGmbH/MATH-lighteval."""

    percent = "strip"
    source = Source(
        hub="DigitalLearningGmbH/MATH-lighteval",
        config="default",
        revision="0530c78699ea5e8eb5530600900e1f328b48acad",
        validation_split="test",
        question="problem",
        answer="solution",
        difficulty="level",
        solution="solution",
        read_answer=last_boxed,
        read_difficulty=level,
    )


class MATH500Env(DatasetEnv):
    """HuggingFaceH4/MATH-500, for evaluation only."""

    percent = "strip"
    source = Source(
        hub="HuggingFaceH4/MATH-500",
        revision="6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
        split="",
        validation_split="test",
        question="problem",
        difficulty="level",
        solution="solution",
        id="unique_id",
    )
