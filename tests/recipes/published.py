"""Published sizes of the models that recipes for GPUs name; no model is downloaded for a test.

As in the `config.json` of each on the Hugging Face hub; a base model has those of its sibling.
"""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig

_QWEN3 = {
    "model_type": "qwen3",
    "architectures": ["Qwen3ForCausalLM"],
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151_936,
    "tie_word_embeddings": True,
    "max_position_embeddings": 32_768,
}
_QWEN3_1P7B = _QWEN3 | {
    "hidden_size": 2048,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "intermediate_size": 6144,
}
PUBLISHED: dict[str, dict[str, Any]] = {
    "Qwen/Qwen3-0.6B": _QWEN3
    | {
        "hidden_size": 1024,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "intermediate_size": 3072,
    },
    "Qwen/Qwen3-1.7B": _QWEN3_1P7B,
    "Qwen/Qwen3-1.7B-Base": _QWEN3_1P7B,
    "Qwen/Qwen3-4B-Base": _QWEN3
    | {
        "hidden_size": 2560,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "intermediate_size": 9728,
    },
    "HuggingFaceTB/SmolLM2-360M-Instruct": {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": 960,
        "num_hidden_layers": 32,
        "num_attention_heads": 15,
        "num_key_value_heads": 5,
        "intermediate_size": 2560,
        "vocab_size": 49_152,
        "tie_word_embeddings": True,
        "max_position_embeddings": 8192,
    },
}


def hf_config(name: str) -> Any:
    """The configuration of a published model, as transformers would load it."""
    sizes = dict(PUBLISHED[name])
    return AutoConfig.for_model(sizes.pop("model_type"), **sizes)
