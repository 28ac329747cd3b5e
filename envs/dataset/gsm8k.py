r"""GSM8K: grade-school word problems (Cobbe et al., arXiv 2110.14168), 7,473 + 1,319 rows.

An example row: {"question": "Natalia sold clips to 48 of her friends in April, and then she sold
half as many clips in May. How many clips did Natalia sell altogether in April and May?",
"answer": "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\nNatalia sold 48+24 = <<48+24=72>>72
clips altogether in April and May.\n#### 72"}; the gold is what follows `####`.
"""

from __future__ import annotations

from .commas import NUMBERS
from .env import DatasetEnv
from .golds import after_hashes, spoken
from .source import Source


class GSM8KEnv(DatasetEnv):
    """Train and test split of openai/gsm8k."""

    percent = "strip"
    source = Source(
        hub="openai/gsm8k",
        config="main",
        revision="740312add88f781978c0658806c59bc2815b9866",
        validation_split="test",
        solution="answer",
        commas=NUMBERS,
        read_answer=after_hashes,
        read_solution=spoken,
    )
