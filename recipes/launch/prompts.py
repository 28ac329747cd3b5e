"""Are prompts as short as the run allows? Measured with the model's own tokenizer and template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

_SAMPLE = 256


def problems(config: DictConfig, tokenizer: Any) -> Iterator[str]:
    """What would be cut, one sentence per environment; verl cuts a long prompt from the left.

    Args:
        config: the composed configuration; its data set is ours.
        tokenizer: of the model, with its chat template.
    """
    if not tokenizer.chat_template:
        yield (
            "The model has no chat template, so no prompt can be made of a question: put a "
            "chat_template.jinja into its folder, or set "
            "actor_rollout_ref.model.custom_chat_template."
        )
        return
    limit = int(config.data.max_prompt_length)
    for source, lengths in _lengths(config, tokenizer).items():
        long, longest = sum(length > limit for length in lengths), max(lengths)
        if long:
            yield (
                f"{source}: {long} of {len(lengths)} prompts are longer than "
                f"data.max_prompt_length={limit} tokens and would be cut; the longest has "
                f"{longest}. Set {_what_fits(config, longest)}."
            )


def tokenizer_of(config: DictConfig) -> Any:
    """The tokenizer that verl will load for the model of a configuration."""
    from transformers import AutoTokenizer

    model = config.actor_rollout_ref.model
    name = str(model.tokenizer_path or model.path)
    tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=model.trust_remote_code)
    if model.custom_chat_template:
        tokenizer.chat_template = model.custom_chat_template
    return tokenizer


def _lengths(config: DictConfig, tokenizer: Any) -> dict[str, list[int]]:
    """Tokens of up to 256 prompts per environment and stream, spread over the stream."""
    from envs.torch_dataset import EnvDataset

    options = {str(key): value for key, value in config.data.apply_chat_template_kwargs.items()}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for files in dict.fromkeys((config.data.train_files, config.data.val_files)):
        rows = EnvDataset(files, None, config.data)
        count = min(len(rows), _SAMPLE * len(rows.entries))
        for position in range(count):
            row = rows[position * len(rows) // count]
            ids = tokenizer.apply_chat_template(
                row["raw_prompt"],
                add_generation_prompt=True,
                tokenize=True,
                return_dict=False,
                **options,
            )
            found[row["data_source"]].append(len(ids))
    return dict(found)


def _what_fits(config: DictConfig, longest: int) -> str:
    wanted = f"data.max_prompt_length={longest}"
    total, most = longest + int(config.data.max_response_length), "rollout.max_model_len"
    if (given := OmegaConf.select(config.actor_rollout_ref, most)) and given < total:
        wanted += f" and actor_rollout_ref.{most}={total}"
    return wanted
