"""Our agent loop on verl 0.9.0, whose base class lacks two things that 0.9.1 always has."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, register
from verl.utils.tokenizer.continuous_token_wiring import create_continuous_token_builder

from .agent_loop import ReasoningEnvLoop
from .torch_dataset import AGENT_NAME


@register(AGENT_NAME)
class ReasoningEnvLoop090(ReasoningEnvLoop):
    """What keeps the tokens of earlier turns is there without `data.continuous_token.enable`.

    A user who sets that key chooses the ``model_family`` too.
    """

    ct_merge_context_msg = AgentLoopBase.ct_merge_non_assistant_msg  # its name before 0.9.1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Choose the builder as 0.9.1 does: by ``model_type``, not by words in the model's path."""
        super().__init__(*args, **kwargs)
        self.continuous_token_builder: Any
        if self.continuous_token_builder is None:
            path = str(self.config.actor_rollout_ref.model.path)
            self.continuous_token_builder = create_continuous_token_builder(
                self.tokenizer,
                model_family="auto",
                model_path=path,
                tokenizer_name_or_path=_model_type(path),
                chat_template_kwargs=self.apply_chat_template_kwargs,
            )


@cache
def _model_type(path: str) -> str:
    """The ``model_type`` of a model in a folder; "" of any other, whose name verl looks at."""
    file = Path(path).expanduser() / "config.json"
    return str(json.loads(file.read_text())["model_type"]) if file.is_file() else ""
