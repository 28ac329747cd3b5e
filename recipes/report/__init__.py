"""The report of one training run: a table in the terminal and one self-contained HTML page.

`build(run_dir)` writes `run_dir/report.html`; `print_table(run_dir, console)` prints the
before/after table. `evaluation(run)` and `print_evaluation(run, console)` give one validation by
itself. All read only what lies in the folder of the run.
"""

from __future__ import annotations

from .evaluation import evaluation, print_evaluation
from .page import build
from .table import print_table

__all__ = ["build", "evaluation", "print_evaluation", "print_table"]
