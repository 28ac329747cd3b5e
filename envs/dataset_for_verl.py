"""What ``pkg://envs.dataset_for_verl`` in a configuration gives verl: data set and agent loop.

verl imports this module in every agent-loop worker before the first loop, which registers our loop.
"""

from __future__ import annotations

from .agent_loop import ReasoningEnvLoop
from .torch_dataset import EnvDataset

if not hasattr(ReasoningEnvLoop, "ct_merge_context_msg"):
    from . import agent_loop_090  # noqa: F401  # takes the place of the loop in verl's registry

__all__ = ["EnvDataset", "ReasoningEnvLoop"]
