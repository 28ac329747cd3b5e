r"""POLARIS-53K: hard problems with a measured pass rate, 53,291 rows.

A row in its schema: {"problem": "Find the number of integers $n$ with $1 \\le n \\le 10$ and $n^2 <
50$.", "answer": "7", "difficulty": "5/8"}; the gold is the answer. The difficulty is how many of
eight answers of DeepSeek-R1-Distill-Qwen-7B were right: "0/8" is hard, "7/8" is easy.
"""

from __future__ import annotations

from .env import DatasetEnv
from .source import Source


class PolarisEnv(DatasetEnv):
    """POLARIS-Project/Polaris-Dataset-53K; one question in eight is held out."""

    percent = "strip"
    source = Source(
        hub="POLARIS-Project/Polaris-Dataset-53K",
        revision="296f8e34132e63f4a1d70e0dcc8bddebb43f03e4",
        question="problem",
        difficulty="difficulty",
    )
