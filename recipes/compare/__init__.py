"""Two or more runs side by side: held-out pass@k with intervals, settings, time, dose, verdicts.

`compare(folders)` reads the runs, `print_comparison` shows them in the terminal, `page` writes one
offline HTML file and `as_json` gives the numbers to programs.
"""

from __future__ import annotations

from .comparison import Comparison, compare
from .numbers import as_json
from .page import page
from .table import print_comparison

__all__ = ["Comparison", "as_json", "compare", "page", "print_comparison"]
