r"""ASDiv: grade-school word problems of many kinds (Miao et al., arXiv 2106.15772), 2,215 rows.

A row: {"body": "Seven red apples and two green apples are in the basket.", "question": "How many
apples are in the basket?", "solution_type": "Addition", "answer": "9 (apples)", "formula":
"7+2=9"}; the gold is the answer without the noun behind a number.
"""

from __future__ import annotations

from .env import DatasetEnv
from .golds import before_noun
from .source import Source


class ASDivEnv(DatasetEnv):
    """Rows of a local file, `path=FILE`, for evaluation only."""

    percent = "strip"
    source = Source(
        split="", validation_split="test", question="body+question", read_answer=before_noun
    )
