"""Dumps: whole groups of a training step with every number that decided their credit.

``schema`` is the contract of the files; ``algorithm.credit.dump`` says when they are written, and
``verl_adapter.dumps`` writes them.
"""

from .config import DumpConfig
from .read import Dump, Rollout, load
from .schema import FORMAT
from .text import token_texts
from .write import write

__all__ = ["FORMAT", "Dump", "DumpConfig", "Rollout", "load", "token_texts", "write"]
