"""The ``verl-credit`` command: a file per subcommand, and `COMMANDS`, which lists them.

Each file imports what its command needs when the command runs, so ``--help`` is instant.
"""

from __future__ import annotations

from importlib import import_module

from .command import app

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
