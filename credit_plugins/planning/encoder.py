"""A sentence encoder from a local folder, by transformers alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CreditError

Encoder = Callable[[Sequence[str]], np.ndarray]
"""Texts -> vectors of length 1, float32 [texts, dimensions]."""

BATCH = 64
MOST_TOKENS = 128
POOLING = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first"}


@lru_cache(maxsize=2)
def load_encoder(folder: str) -> Encoder:
    """Load an encoder such as all-MiniLM-L6-v2; nothing is downloaded.

    A text's vector is the mean over its tokens, or the first token's where the folder's
    ``1_Pooling/config.json`` says so.

    Raises:
        CreditError: not a model's folder, or a kind of pooling other than these two.
    """
    from transformers import AutoModel, AutoTokenizer

    pooling = _pooling(Path(folder))
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True).eval().float()
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise CreditError(f"{folder} holds no sentence encoder: {reason}") from error

    def encode(texts: Sequence[str]) -> np.ndarray:
        parts = [_encode(tokenizer, model, pooling, part) for part in _parts(texts)]
        return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)

    return encode


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    for i in range(0, len(texts), BATCH):
        # Undecodable bytes are read as halves of surrogate pairs, which a tokenizer refuses.
        yield [text.encode("utf-8", "replace").decode() for text in texts[i : i + BATCH]]


def _encode(tokenizer: Any, model: Any, pooling: str, texts: list[str]) -> np.ndarray:
    import torch

    inputs = tokenizer(
        texts, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt"
    )
    with torch.no_grad():
        hidden = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"][..., None].to(hidden.dtype)
    vector = hidden[:, 0] if pooling == "first" else (hidden * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(vector, dim=-1).numpy()


def _pooling(folder: Path) -> str:
    path = folder / "1_Pooling" / "config.json"
    if not path.is_file():
        return "mean"
    chosen = [key for key, value in json.loads(path.read_text()).items() if value is True]
    known = [POOLING[key] for key in chosen if key in POOLING]
    if len(known) != 1:
        raise CreditError(f"{path} asks for {chosen}; this encoder pools by mean or first token.")
    return known[0]
