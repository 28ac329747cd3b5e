"""The text of single tokens, such that joined they are the text of the response."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Any

from ..planning.pieces import PieceTable


def token_texts(ids: Sequence[int], tokenizer: Any, pieces: PieceTable | None) -> list[str]:
    """Text of each token; special tokens are shown by their names.

    A character that is spread over several tokens belongs to the last of them. Half a one, before a
    special token or where the response was cut, is shown as U+FFFD, as a decoder does.

    Args:
        ids: token ids.
        tokenizer: a Hugging Face tokenizer.
        pieces: its vocabulary as bytes; None decodes every token by itself.
    """
    if pieces is None:
        return [str(tokenizer.decode([i])) for i in ids]
    named = set(tokenizer.added_tokens_decoder)  # special tokens are among these
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    texts = []
    for i in ids:
        if i in named or i >= pieces.outside:
            held = decoder.decode(b"", final=True)  # half a character before it
            name = tokenizer.convert_ids_to_tokens(i)
            texts.append(held + (f"<{i}>" if name is None else str(name)))
        else:
            texts.append(decoder.decode(pieces.pieces[i]))
    if texts:
        texts[-1] += decoder.decode(b"", final=True)
    return texts
