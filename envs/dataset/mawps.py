r"""MAWPS: grade-school word problems (Koncel-Kedziorski et al., NAACL 2016), 2,065 rows.

A row: {"input": "Joan found 70 seashells on the beach. She gave Sam some of them. She has 27 left.
How many seashells did she give to Sam?", "target": 43.0}; the gold is the target, and `2/3` where
that is 0.6666666667.
"""

from __future__ import annotations

from .env import DatasetEnv
from .golds import unrounded
from .source import Source


class MAWPSEnv(DatasetEnv):
    """Rows of a local file, `path=FILE`, for evaluation only."""

    percent = "strip"
    source = Source(
        split="", validation_split="test", question="input", answer="target", read_answer=unrounded
    )
