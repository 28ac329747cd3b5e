"""The ``verl-credit`` command: a file per subcommand, and `COMMANDS`, which lists them.

Each file imports what its command needs when the command runs, so ``--help`` is instant.
"""

from __future__ import annotations

import os
from importlib import import_module

from .command import app

# Before torch is loaded, which reads it once. Threads that spin while they wait for one another
# make a warm start take many times its CPU time on cores that something else uses too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# In the order of `--help`.
COMMANDS = (
    "train",
    "list",
    "doctor",
    "check_env",
    "check_operator",
    "build",
    "validate",
    "verify",
    "warm_start",
    "mine_grams",
    "explain",
    "dose",
    "report",
    "inspect",
    "runs",
    "compare",
    "campaign",
    "eval",
    "export",
)
for _name in COMMANDS:
    import_module(f"{__name__}.{_name}")

__all__ = ["COMMANDS", "app"]
