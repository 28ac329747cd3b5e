"""Small tokenizers of the three families, made here; no network."""

from __future__ import annotations

from functools import lru_cache

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

CORPUS = [
    "Wait, let me think about this. That's not right, so let me double-check the sum.",
    "Let me verify: the key insight is that we could start over and try another approach.",
    "On second thought, what if we go back and notice that the carry is one?",
    "is this right or we could find another way to add 12 and 47, the key is the carry",
] * 3


def _wrap(backend, **special):
    return PreTrainedTokenizerFast(tokenizer_object=backend, **special)


@lru_cache
def byte_level(vocab_size=330):
    """GPT-2 and Qwen style: 256 bytes, few merges, so phrases are split into subwords."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>", "<|im_end|>"],
        show_progress=False,
    )
    backend.train_from_iterator(CORPUS, trainer)
    tokenizer = _wrap(backend, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.add_tokens(["<think>"])  # an added token that is text, as in Qwen 3
    return tokenizer


@lru_cache
def sentencepiece():
    """Llama 2 style: metaspace, and bytes for what is not in the vocabulary."""
    words = ["wait", "let", "me", "think", "double", "check", "that", "not", "right", "the", "key"]
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581"]
    pieces += [f"\u2581{word}" for word in words] + ["W", "ait", ",", "-", "check", "'", "s", "."]
    pieces += sorted(set("abcdefghijklmnopqrstuvwxyz") - {"s"})
    scored = [(piece, -float(i > 258)) for i, piece in enumerate(pieces)]
    backend = Tokenizer(models.Unigram(scored, unk_id=0, byte_fallback=True))
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    backend.decoder = decoders.Sequence(
        [
            decoders.Replace("\u2581", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return _wrap(backend, unk_token="<unk>", bos_token="<s>", eos_token="</s>")


@lru_cache
def word_level():
    """The family of the warm start: words with their space, digits and marks, no merges."""
    special = ["<pad>", "<eos>", "<bos>", "<|user|>", "<|assistant|>", "<unk>"]
    words = [*special, *"0123456789+=.,{}?'\\ -\n", "Let", "let", "Wait", " Wait", " That", "boxed"]
    words += [" let", " me", " think", " check", " double", " the", " carry", " wait", " not"]
    words += [" right", " key", " is"]
    words += ["s", "check", "double"]
    backend = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    pattern = Regex(r"\d|boxed| ?[A-Za-z]+|[^A-Za-z]")
    backend.pre_tokenizer = pre_tokenizers.Split(pattern, "isolated")
    backend.decoder = decoders.Fuse()
    return _wrap(
        backend,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        unk_token="<unk>",
        additional_special_tokens=["<|user|>", "<|assistant|>"],
    )


@lru_cache
def spaced_words():
    """A word-level vocabulary without a decoder: text is the tokens with spaces between."""
    words = ["<unk>", "wait", "let", "me", "think", "carry", "the", ",", "double", "check"]
    backend = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return _wrap(backend, unk_token="<unk>")


FAMILIES = {"byte_level": byte_level, "sentencepiece": sentencepiece, "word_level": word_level}
