"""The text of single tokens, such that joined they are the text of the response."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Any

from ..planning.pieces import PieceTable


def token_texts(ids: Sequence[int], tokenizer: Any, pieces: PieceTable | None) -> list[str]:
    """Text of each token; special tokens are shown by their names.

    A character that is spread over several tokens belongs to the last of them.

    Args:
        ids: token ids.
        tokenizer: a Hugging Face tokenizer.
        pieces: its vocabulary as bytes; None decodes every token by itself.
    """
    if pieces is None:
        return [str(tokenizer.decode([i])) for i in ids]
    special = set(tokenizer.all_special_ids) | set(tokenizer.added_tokens_decoder)
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    texts = []
    for i in ids:
        if i in special or not 0 <= i < pieces.outside:
            held = decoder.decode(b"", final=True)  # half a character before it
            decoder.reset()
            name = tokenizer.convert_ids_to_tokens(i) if i < len(tokenizer) else None
            texts.append(held + (f"<{i}>" if name is None else str(name)))
        else:
            texts.append(decoder.decode(pieces.pieces[i]))
    return texts
