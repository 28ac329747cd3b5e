"""The bytes that each token id stands for, for the three families of tokenizers in use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import CreditError

BOUNDARY = b"\x00"
"""Stands for a special token, a masked token or an unknown id: one byte that no phrase matches."""

METASPACE = "\u2581"


@dataclass(frozen=True)
class PieceTable:
    """Token id -> bytes of text.

    Attributes:
        pieces: bytes by id. Special tokens are not text: they hold ``BOUNDARY``, as does the
            last entry, which stands for every id outside the vocabulary.
    """

    pieces: tuple[bytes, ...]

    @classmethod
    def from_tokenizer(cls, tokenizer: Any) -> PieceTable:
        """Read the vocabulary of a Hugging Face fast tokenizer; once, because it takes a moment.

        Byte-level BPE (GPT-2, Llama 3, Qwen), sentencepiece with or without byte fallback
        (Llama 2, Gemma), and word-level vocabularies.

        Raises:
            CreditError: a slow tokenizer, or a decoder of another family.
        """
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise CreditError(
                f"planning needs a fast tokenizer; {type(tokenizer).__name__} is not one. Load it "
                f"with AutoTokenizer.from_pretrained(..., use_fast=True)."
            )
        to_bytes = _reader(_decoder_types(backend))
        added = backend.get_added_tokens_decoder()
        special = {i for i, token in added.items() if token.special}
        special |= set(tokenizer.all_special_ids)
        vocabulary = backend.get_vocab(with_added_tokens=True)
        pieces = [BOUNDARY] * (max(vocabulary.values(), default=-1) + 2)
        for text, i in vocabulary.items():
            if i not in special:
                pieces[i] = text.encode() if i in added else to_bytes(text)
        return cls(tuple(pieces))

    @property
    def outside(self) -> int:
        """The id that reads as a boundary."""
        return len(self.pieces) - 1

    @cached_property
    def lengths(self) -> np.ndarray:
        """Bytes per piece, int64."""
        return np.array([len(piece) for piece in self.pieces], dtype=np.int64)

    def join(self, ids: Iterable[int]) -> bytes:
        """The text of some ids, as bytes; a character split over tokens comes out whole."""
        return b"".join(map(self.pieces.__getitem__, ids))


def _decoder_types(backend: Any) -> set[str]:
    """Names of the parts of the tokenizer's decoder; empty if it has none."""
    if backend.decoder is None:
        return set()
    root = json.loads(backend.decoder.__getstate__())
    parts = root["decoders"] if root["type"] == "Sequence" else [root]
    return {part["type"] for part in parts}


def _reader(types: set[str]) -> Callable[[str], bytes]:
    if "ByteLevel" in types:
        return _byte_level
    if types & {"Metaspace", "ByteFallback", "Replace"}:
        return _sentencepiece
    if types == {"Fuse"}:
        return str.encode
    if not types:  # tokens are decoded with a space between them
        return lambda piece: b" " + piece.encode()
    raise CreditError(
        f"planning cannot read a tokenizer with decoder {sorted(types)}; it reads byte-level BPE, "
        f"sentencepiece and word-level vocabularies."
    )


def _sentencepiece(piece: str) -> bytes:
    if len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">"):
        return bytes([int(piece[3:5], 16)])
    return piece.replace(METASPACE, " ").encode()


def _byte_level(piece: str) -> bytes:
    try:
        return bytes(map(BYTE_OF.__getitem__, piece))
    except KeyError:  # not written in the byte alphabet; such a token decodes to itself
        return piece.encode()


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's alphabet: printable Latin-1 stands for itself, other bytes for 256, 257, ..."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + i): byte for i, byte in enumerate(others)
    }


BYTE_OF = _byte_alphabet()
