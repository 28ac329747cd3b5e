"""The sizes of a model, counted exactly from its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig

from ...errors import RecipeError
from ..outside import model_folder
from .settings import MODEL, lora_rank, select


@dataclass(frozen=True)
class ModelSize:
    """What the arithmetic has to know of a model.

    Attributes:
        parameters: all of them, adapters too; a shared embedding counts once.
        trained: those with gradients: all, or the adapters alone.
        largest: numbers in the largest tensor, the embedding as a rule.
        layer: parameters of a layer.
        layers, hidden, intermediate, heads, kv_heads, head_dim, vocabulary: as in its config.
    """

    parameters: int
    trained: int
    largest: int
    layer: int
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int

    @property
    def attention(self) -> int:
        """Numbers in the queries, keys and values of a token, all heads of a layer together."""
        return (self.heads + 2 * self.kv_heads) * self.head_dim

    @property
    def gathered(self) -> int:
        """Parameters that FSDP holds whole at a time: the embedding, a layer and the next one."""
        return self.largest + 2 * self.layer


def model_config(config: DictConfig) -> Any:
    """The model's configuration as transformers loads it; None where there is none to load.

    Of a name on the hub it is the downloaded one: `outside.problems` downloads it, and says so
    where that fails, as it does of a folder without a configuration.

    Raises:
        RecipeError: a folder whose configuration transformers refuses.
    """
    path = select(config, f"{MODEL}.path")
    folder = model_folder(config)
    missing = folder is not None and not (folder / "config.json").is_file()
    if path is None or "://" in str(path) or missing:
        return None
    from transformers import AutoConfig

    trusted = bool(select(config, f"{MODEL}.trust_remote_code", False))
    try:
        return AutoConfig.from_pretrained(
            str(folder or path), local_files_only=True, trust_remote_code=trusted
        )
    except Exception as error:  # each check of transformers has an error class of its own
        if folder is None:
            return None
        reason = " ".join(str(error).split()).partition(". ")[0]
        raise RecipeError(
            f"{MODEL}.path={path}: its config.json cannot be used: {reason}"
        ) from None


def counted(config: DictConfig, hf_config: Any) -> ModelSize:
    """The sizes of the model that a configuration trains, built without memory to be counted."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(hf_config)
    names = set(model._no_split_modules or ())
    if rank := lora_rank(config):  # workers/engine/fsdp/transformer_impl.py: _build_lora_module
        model = _with_adapters(model, rank, config)
    sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
    layers = [module for module in model.modules() if type(module).__name__ in names]
    text = hf_config.get_text_config()
    heads = text.num_attention_heads
    return ModelSize(
        parameters=sum(size for size, _ in sizes),
        trained=sum(size for size, trained in sizes if trained),
        largest=max(size for size, _ in sizes),
        layer=max((sum(p.numel() for p in layer.parameters()) for layer in layers), default=0),
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        intermediate=text.intermediate_size,
        heads=heads,
        kv_heads=getattr(text, "num_key_value_heads", None) or heads,
        head_dim=getattr(text, "head_dim", None) or text.hidden_size // heads,
        vocabulary=text.vocab_size,
    )


def _with_adapters(model: Any, rank: int, config: DictConfig) -> Any:
    from omegaconf import OmegaConf
    from peft import LoraConfig, get_peft_model

    section: Any = OmegaConf.to_container(config.actor_rollout_ref.model, resolve=True)
    adapters = LoraConfig(
        r=rank,
        target_modules=section.get("target_modules"),
        exclude_modules=section.get("exclude_modules"),
    )
    return get_peft_model(model, adapters)
