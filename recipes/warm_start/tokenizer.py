"""The warm start's tokenizer: one token per digit, word and punctuation mark of an environment.

Pieces that the environment never uses are spelled in bytes, so any text can be encoded and comes
back unchanged: nothing is dropped and there is no unknown token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
ROLES = ("system", "user", "assistant", "tool")
# ChatML as Qwen writes it: verl's token builder for Qwen adds the newline after `<|im_end|>`.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_PIECE = Regex(r"\d| ?\p{L}+|[^\p{L}\d]")


def build_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    r"""Make a tokenizer whose vocabulary is the pieces of `texts`.

    A piece is a digit, a word with the space before it, or one other character. The vocabulary is
    the chat tokens, the 256 bytes, the chat roles, and the pieces of `texts` from the most to the
    least frequent. Laws: decode(encode(text)) == text for every text; the newline is one token;
    `len(tokenizer)` is the size of the vocabulary.
    """
    split = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_PIECE, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    # Byte-level BPE without merges: a piece is in the vocabulary whole or is spelled in bytes.
    vocabulary = _vocabulary(split, texts)
    core = Tokenizer(models.BPE(vocabulary, merges=[], ignore_merges=True))
    core.pre_tokenizer = split
    core.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[START],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def _vocabulary(split: pre_tokenizers.PreTokenizer, texts: Iterable[str]) -> dict[str, int]:
    counts = Counter(piece for text in texts for piece, _ in split.pre_tokenize_str(text))
    common = sorted(counts, key=lambda piece: (-counts[piece], piece))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = dict.fromkeys([PAD, START, END, *alphabet, *ROLES, *common])
    return {name: index for index, name in enumerate(names)}
