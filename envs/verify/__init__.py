r"""Is this response correct? One entry: `verify(gold, response)`. README.md shows the way through.

Text of a model is never evaluated; the worker that parses it is limited in time and memory.
"""

from __future__ import annotations

from .answer.extract import Extraction, extract
from .answer.formats import ANSWER_FORMATS
from .gold import gold_problem, gold_text, without_grouping
from .grade import (
    DEFAULT_TIMEOUT,
    PERCENT_RULES,
    averify,
    begin,
    final_answer,
    settle,
    verify,
    verify_batch,
    worked_out,
)
from .verdict import OUTCOMES, Verdict
from .workers.own_check import Check
from .workers.pending import Pending
from .workers.pool import pool_stats
from .workers.stats import PoolStats

__all__ = [
    "ANSWER_FORMATS", "DEFAULT_TIMEOUT", "OUTCOMES", "PERCENT_RULES", "Check", "Extraction",
    "Pending", "PoolStats", "Verdict", "averify", "begin", "extract", "final_answer",
    "gold_problem", "gold_text", "pool_stats", "settle", "verify", "verify_batch",
    "without_grouping", "worked_out",
]  # fmt: skip
