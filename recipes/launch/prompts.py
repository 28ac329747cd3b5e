"""Are prompts as short as the run allows? Measured with the model's own tokenizer and template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

NO_TEMPLATE = (
    "The model has no chat template, so no prompt can be made of a question: put a "
    "chat_template.jinja into its folder, or set actor_rollout_ref.model.custom_chat_template."
)
_SAMPLE = 256


def problems(config: DictConfig, tokenizer: Any) -> Iterator[str]:
    """What would be cut, one sentence per environment; verl cuts a long prompt from the left.

    Args:
        config: the composed configuration; its data set is ours.
        tokenizer: of the model, with its chat template.
    """
    if not tokenizer.chat_template:
        yield NO_TEMPLATE
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


def token_counts(
    tokenizer: Any, prompts: Sequence[Any], options: Mapping[Any, Any] | None = None
) -> list[int]:
    """How many tokens verl's rollout sends for each prompt.

    Args:
        tokenizer: of the model, with its chat template.
        prompts: lists of messages.
        options: ``data.apply_chat_template_kwargs``.
    """
    given = {str(key): value for key, value in (options or {}).items()}
    texts = [
        tokenizer.apply_chat_template(p, add_generation_prompt=True, tokenize=False, **given)
        for p in prompts
    ]
    return [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]


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

    options = config.data.apply_chat_template_kwargs
    found: defaultdict[str, list[int]] = defaultdict(list)
    for files in dict.fromkeys((config.data.train_files, config.data.val_files)):
        rows = EnvDataset(files, None, config.data)
        count = min(len(rows), _SAMPLE * len(rows.entries))
        chosen = [rows[position * len(rows) // count] for position in range(count)]
        counts = token_counts(tokenizer, [row["raw_prompt"] for row in chosen], options)
        for row, length in zip(chosen, counts, strict=True):
            found[row["data_source"]].append(length)
    return dict(found)


def _what_fits(config: DictConfig, longest: int) -> str:
    wanted = f"data.max_prompt_length={longest}"
    total, most = longest + int(config.data.max_response_length), "rollout.max_model_len"
    if (given := OmegaConf.select(config.actor_rollout_ref, most)) and given < total:
        wanted += f" and actor_rollout_ref.{most}={total}"
    return wanted
