"""A user's reward function that raises for three tasks of ten: verl drops their sessions."""

from __future__ import annotations


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **_):
    if extra_info["index"] % 10 in (0, 3, 6):
        raise LookupError(f"no gold for task {extra_info['index']}")
    return float(str(ground_truth) in solution_str)
