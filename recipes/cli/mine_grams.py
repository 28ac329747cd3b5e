"""``verl-credit mine-grams``: from rollout dumps to a file for ``credit.planning.grams``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from credit_plugins.errors import CreditError
from credit_plugins.planning.encoder import load_encoder
from credit_plugins.planning.grams import write_grams
from credit_plugins.planning.mining import MiningConfig, mine
from credit_plugins.planning.rollouts import read_outputs

from ..errors import PreflightError, RecipeError


def mine_grams(
    rollouts: Sequence[Path], output: Path, encoder: Path | None, numbers: Mapping[str, Any]
) -> dict[str, Any]:
    """Mine, write ``output``, and return what was found.

    Args:
        rollouts: files and folders of rollout dumps.
        output: where to write.
        encoder: folder of a sentence encoder, or None for TF-IDF.
        numbers: fields of ``MiningConfig``.

    Raises:
        PreflightError: numbers out of range.
        RecipeError: the rollouts cannot be read or hold too little, or scikit-learn is missing.
    """
    found = MiningConfig.problems(numbers)
    if not output.absolute().parent.is_dir():
        found.append(f"output is {output}, must be in a folder that exists")
    if found:
        raise PreflightError(found)
    try:
        encode = load_encoder(str(encoder)) if encoder else None
        mined = mine(read_outputs(rollouts), MiningConfig(**numbers), encode)
    except CreditError as error:
        raise RecipeError(str(error)) from error
    write_grams(output, mined)
    return mined
