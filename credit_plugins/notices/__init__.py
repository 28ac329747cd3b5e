"""What a run says when its rewards, or its chain of operators, no longer teach anything.

`Watch` decides from the metrics of the last steps. A file per finding says when it holds, what was
seen and what to change. Nothing here imports torch or verl.
"""

from __future__ import annotations

from .finding import Facts, NoticesConfig
from .notice import FILE_VARIABLE, Notice, Sample
from .watch import FINDINGS, NEEDS, Watch

__all__ = [
    "FILE_VARIABLE",
    "FINDINGS",
    "NEEDS",
    "Facts",
    "Notice",
    "NoticesConfig",
    "Sample",
    "Watch",
]
