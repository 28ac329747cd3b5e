r"""DeepScaleR: problems of AIME, AMC, Omni-MATH and STILL, 40,315 rows.

A row in its schema: {"problem": "Compute $1 + 2 + \\cdots + 10$.", "answer": "55", "solution":
"The sum is $\\frac{10 \\cdot 11}{2} = \\boxed{55}$."}; the gold is the answer. Many rows have an
empty solution.
"""

from __future__ import annotations

from .env import DatasetEnv
from .source import Source


class DeepScaleREnv(DatasetEnv):
    """agentica-org/DeepScaleR-Preview-Dataset; one question in eight is held out."""

    percent = "strip"
    source = Source(
        hub="agentica-org/DeepScaleR-Preview-Dataset",
        revision="b6ae8c60f5c1f2b594e2140b91c49c9ad0949e29",
        question="problem",
        solution="solution",
    )
