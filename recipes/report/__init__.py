"""The report of one training run: a table in the terminal and one self-contained HTML page.

`build(run_dir)` writes `run_dir/report.html`; `print_table(run_dir, console)` prints the
before/after table. Both read only the run's history and its configuration.
"""

from __future__ import annotations

from .page import build
from .table import print_table

__all__ = ["build", "print_table"]
