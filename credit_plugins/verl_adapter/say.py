"""What the plugin says in the log of a run."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print one line to stderr.

    Not through logging: in the trainer's process our warnings are lost once vLLM has started.
    """
    print(f"verl-credit: {text}", file=sys.stderr, flush=True)
