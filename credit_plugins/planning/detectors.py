"""The detectors by name: from token ids and a mask, or from entropies, to planning tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..errors import MissingSignalError
from ..ranking import top_mask
from .config import PlanningConfig
from .encoder import load_encoder
from .pieces import PieceTable
from .projection import Finder, mark, phrase_finder, to_numpy
from .semantic import SemanticFinder

Marker = Callable[[np.ndarray, np.ndarray, PieceTable, Finder], np.ndarray]
"""``projection.mark``, or one that spreads the rows over processes."""


@dataclass(frozen=True)
class Completions:
    """What a detector may read.

    Attributes:
        ids_BT: token ids.
        mask_BT: bool, true on tokens that the model generated.
        pieces: the tokenizer's pieces, for detectors that read text.
        entropy_BT: nats, for those that read it.
    """

    ids_BT: Tensor
    mask_BT: Tensor
    pieces: PieceTable | None = None
    entropy_BT: Tensor | None = None


def detect(config: PlanningConfig, seen: Completions, *, marker: Marker = mark) -> Tensor:
    """Planning tokens, bool [B,T], on the CPU; never outside the mask.

    Args:
        config: names the detector and holds its numbers.
        seen: what it reads.
        marker: how a search for phrases runs over the rows.

    Raises:
        MissingSignalError: the detector reads entropies and there are none.
    """
    return DETECTORS[config.detector](config, seen, marker)


def _phrases(config: PlanningConfig, seen: Completions, marker: Marker) -> Tensor:
    return _read(seen, phrase_finder(config.phrases or ()), marker)


def _semantic(config: PlanningConfig, seen: Completions, marker: Marker) -> Tensor:
    # Always in this process, because the encoder itself uses all cores.
    return _read(seen, SemanticFinder(load_encoder(str(config.model)), config.margin), mark)


def _read(seen: Completions, find: Finder, marker: Marker) -> Tensor:
    if seen.pieces is None:
        raise MissingSignalError("this planning detector reads text and needs Completions.pieces.")
    ids_BT, mask_BT = to_numpy(seen.ids_BT), to_numpy(seen.mask_BT)
    return torch.from_numpy(marker(ids_BT, mask_BT, seen.pieces, find))


def _entropy_quantile(config: PlanningConfig, seen: Completions, marker: Marker) -> Tensor:
    """The top share of each completion by entropy; ties that do not all fit are left out."""
    if seen.entropy_BT is None:
        raise MissingSignalError(
            "planning.detector=entropy_quantile needs entropy_BT, and nobody provided it."
        )
    entropy_BT = torch.where(seen.mask_BT, seen.entropy_BT, 0.0).nan_to_num(0.0)
    return top_mask(entropy_BT, seen.mask_BT, share=config.share, scope="completion").cpu()


DETECTORS = {"phrases": _phrases, "semantic": _semantic, "entropy_quantile": _entropy_quantile}
