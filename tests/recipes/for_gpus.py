"""The recipes for GPUs with what a user gives them: small files, and a model of the same kind.

The files are those of `tests/envs/dataset/small_sets.py`, in the schema of each set, as
`verl-credit build` makes them; the model has random weights and the pieces of the prompts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf
from transformers import AutoConfig, AutoModelForCausalLM

from envs.torch_dataset import EnvDataset
from recipes.catalog import recipe_names
from recipes.launch.compose import compose
from recipes.warm_start.tokenizer import build_tokenizer

from ..envs.dataset.small_sets import kwargs_for
from .published import PUBLISHED

NAMES = [name for name in recipe_names() if not name.startswith("cpu_")]
LEFT_OPEN = "???"
MODEL_PATH = "actor_rollout_ref.model.path"
_SMALL = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,  # the least that vLLM's CPU attention has
    "max_position_embeddings": 8192,
    "tie_word_embeddings": True,
}


def entries(config: Any) -> dict[str, dict[str, Any]]:
    """The environments of a configuration, by the key under which each stands."""
    env = OmegaConf.to_container(config.data.env, resolve=True)
    own = {f"data.env.validation.{name}": one for name, one in (env["validation"] or {}).items()}
    return {"data.env": env, **own}


def files(name: str, folder: Path) -> list[str]:
    """Overrides that give a recipe every file that it leaves open."""
    return [
        f"{key}.kwargs.file={kwargs_for(entry['id'], folder)['file']}"
        for key, entry in entries(compose(name)).items()
        if entry["kwargs"].get("file") == LEFT_OPEN
    ]


def tiny_model(name: str, given: list[str], folder: Path) -> Path:
    """A model of the class that a recipe names, small, with the tokens of the recipe's prompts."""
    data = compose(name, given).data
    prompts = [
        message["content"]
        for rows in (EnvDataset(stream, None, data) for stream in ("train", "validation"))
        for index in range(min(len(rows), 64))
        for message in rows[index]["raw_prompt"]
    ]
    tokenizer = build_tokenizer(prompts)
    published = PUBLISHED[compose(name).actor_rollout_ref.model.path]
    config = AutoConfig.for_model(
        published["model_type"],
        vocab_size=len(tokenizer),
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        **_SMALL,
    )
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).float()
    for part in (model, tokenizer):
        part.save_pretrained(folder)
    return folder
