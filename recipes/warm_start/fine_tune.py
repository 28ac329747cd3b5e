"""The supervised run on a pretrained model: minutes to hours, so an interrupted one goes on."""

from __future__ import annotations

import inspect
import shutil
from pathlib import Path

import torch
from rich.console import Console
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
)
from transformers.trainer_utils import get_last_checkpoint

from .. import pretrained
from ..errors import WarmStartError
from ..quiet import quiet
from .batches import Row, by_length, collate, collate_responses, encode
from .corpus import examples
from .progress import Progress
from .recipe import Recipe
from .train import threads, trainer_of

_LINES = 20
_CHECKPOINTS = 10
_ROUNDS = 20  # of drawing problems, until enough of them are short


def fine_tune(recipe: Recipe, folder: Path, checkpoints: Path, console: Console) -> None:
    """Train a pretrained model on `steps * batch_size` worked solutions and save it to `folder`.

    Loss: mean over the batch's solution and end-of-turn tokens of -log p(token). Every problem is
    seen once. A tenth of the steps apart, the state goes to `checkpoints`, from which an
    interrupted run goes on with the same numbers; they are removed at the end.

    Raises:
        PretrainedError: the model cannot be loaded.
        WarmStartError: too few problems are within `max_tokens`.
    """
    name = pretrained.model_folder(str(recipe.model), console)
    with quiet(), threads(recipe.threads), Progress(console, _LINES) as progress:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
        trainer = _trainer(model, _rows(tokenizer, recipe), recipe, checkpoints, progress)
        last = get_last_checkpoint(checkpoints) if checkpoints.exists() else None
        if last:
            step = last.rpartition("-")[2]
            console.print(f"warm start: going on from step {step}", highlight=False)
        trainer.train(resume_from_checkpoint=last)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    shutil.rmtree(checkpoints)


def _rows(tokenizer: PreTrainedTokenizerBase, recipe: Recipe) -> list[Row]:
    wanted = recipe.steps * recipe.batch_size
    limit = recipe.max_tokens or tokenizer.model_max_length
    rows: list[Row] = []
    for first in range(0, _ROUNDS * wanted, wanted):
        corpus = examples(recipe.env_id, recipe.env_kwargs, recipe.seed, wanted, first)
        rows += [row for row in encode(tokenizer, corpus) if len(row["input_ids"]) <= limit]
        if len(rows) >= wanted:
            return by_length(rows[:wanted], recipe.batch_size)
    raise WarmStartError(
        f"warm start: only {len(rows)} of {_ROUNDS * wanted} problems have at most {limit} tokens "
        f"with their solution, and {wanted} are needed; set a larger max_tokens."
    )


def _trainer(
    model: PreTrainedModel, rows: list[Row], recipe: Recipe, checkpoints: Path, progress: Progress
) -> Trainer:
    takes = inspect.signature(model.forward).parameters
    own = {
        "output_dir": str(checkpoints),
        "save_strategy": "steps",
        "save_steps": max(recipe.steps // _CHECKPOINTS, 1),
        "save_total_limit": 1,
        "lr_scheduler_type": "linear",
        "warmup_steps": max(recipe.steps // 20, 1),
        "use_cpu": not torch.cuda.is_available(),
        "logging_steps": 1,
    }
    collator = collate_responses if "logits_to_keep" in takes else collate
    return trainer_of(model, rows, recipe, progress, collator, own)
