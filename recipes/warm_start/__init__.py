"""A tiny language model that can already solve some of an environment's problems.

`ensure(env_id, ...)` trains it once on the environment's worked solutions and caches it.
"""

from __future__ import annotations

from .cache import check, ensure, tokenizer_of

__all__ = ["check", "ensure", "tokenizer_of"]
