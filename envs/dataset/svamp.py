r"""SVAMP: word problems with misleading numbers (Patel et al., arXiv 2103.07191), 1,000 rows.

A row: {"Body": "There are 87 oranges and 290 bananas in 2 groups of bananas.", "Question": "How big
is each group of bananas?", "Equation": "( 290.0 / 2.0 )", "Answer": 145.0}; the gold is the answer.
"""

from __future__ import annotations

from .env import DatasetEnv
from .source import Source


class SVAMPEnv(DatasetEnv):
    """Rows of a local file, `path=FILE`, for evaluation only."""

    percent = "strip"
    source = Source(split="", validation_split="test", question="Body+Question", answer="Answer")
