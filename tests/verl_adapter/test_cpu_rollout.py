"""What vLLM's own command line makes of the settings of our CPU server."""

from __future__ import annotations

import json

import pytest

from .subprocesses import last_line, python

CODE = """
import json
from types import SimpleNamespace

from credit_plugins.verl_adapter.cpu.rollout import CpuServer
from verl.workers.rollout.vllm_rollout.utils import build_cli_args_from_config
from vllm.entrypoints.openai.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser

server = object.__new__(CpuServer)
server.config = SimpleNamespace(max_num_batched_tokens=64, max_model_len=192)
settings = {"max_num_batched_tokens": 64, "enable_chunked_prefill": True}
given = {}
server._preprocess_engine_kwargs(given)
parser = make_arg_parser(FlexibleArgumentParser())
asked = parser.parse_args(build_cli_args_from_config({**settings, **given}))
print(json.dumps([asked.enable_chunked_prefill, asked.max_num_batched_tokens]))
"""


@pytest.mark.slow
def test_prompts_are_prefilled_whole() -> None:
    """verl 0.9.0 drops settings that are False, and the engine's default is True."""
    pytest.importorskip("vllm")
    assert json.loads(last_line(python(CODE, VERL_PLATFORM="cpu"))) == [False, 192]
