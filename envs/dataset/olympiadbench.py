r"""OlympiadBench: open-ended problems of mathematical olympiads (He et al., arXiv 2402.14008).

A row of the 675 in English without pictures: {"id": 1613, "context": null, "question": "Determine
all positive integers $n$ ...", "solution": ["There is only one such integer ..."],
"final_answer": ["2"], "is_multiple_answer": false, "unit": null}; the gold is the final answer, a
list of one text, `1,3` or `$(1,1), (3,2)$` where there are several.
"""

from __future__ import annotations

from .env import DatasetEnv
from .source import Source


class OlympiadBenchEnv(DatasetEnv):
    """Rows of a local file, `path=FILE`, for evaluation only."""

    percent = "strip"
    source = Source(
        split="",
        validation_split="test",
        question="context+question",
        answer="final_answer",
        solution="solution",
        id="id",
    )
