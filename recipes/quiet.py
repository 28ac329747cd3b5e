"""Keep transformers' and accelerate's notes off the console."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Silence bars, notes and warnings inside the block; errors still show."""
    import transformers

    level = transformers.logging.get_verbosity()
    bars = transformers.logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    accelerate = logging.getLogger("accelerate")
    accelerate_level = accelerate.level
    accelerate.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        accelerate.setLevel(accelerate_level)
        transformers.logging.set_verbosity(level)
        if bars:
            transformers.logging.enable_progress_bar()
