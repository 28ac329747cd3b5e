"""An episode of two turns through verl's own base class: what reaches the engine, token by token.

Made as verl's worker makes it, by the name in verl's registry, whichever release of verl that is.
"""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import hydra
import pytest
from omegaconf import OmegaConf
from verl.experimental.agent_loop.agent_loop import DictConfigWrap, _agent_loop_registry

from envs.dataset_for_verl import EnvDataset
from envs.torch_dataset import AGENT_NAME
from recipes.launch.compose import compose
from recipes.warm_start.tokenizer import END, build_tokenizer

pytestmark = pytest.mark.slow  # composes verl's configuration


class Engine:
    """Answers wrong, then ends; keeps the prompts that it gets."""

    def __init__(self, tokenizer):
        self.prompts, self.answer = [], tokenizer.encode(r"\boxed{0}" + END)

    async def generate(self, *, request_id, prompt_ids, sampling_params):
        self.prompts.append(list(prompt_ids))
        return SimpleNamespace(
            token_ids=self.answer,
            log_probs=[-1.0] * len(self.answer),
            extra_fields={},
            num_preempted=None,
        )


@pytest.mark.parametrize("folder", ["warm_start", "Qwen3-0.6B"])
def test_the_second_prompt_is_the_chat_template_of_the_conversation(tmp_path, folder):
    """The engine stops at the end mark; the newline that the template has after it is added."""
    path = tmp_path / folder
    tokenizer = build_tokenizer([])
    tokenizer.save_pretrained(path)
    (path / "config.json").write_text(json.dumps({"model_type": "qwen3"}))
    config = compose("cpu_addition_retry", [f"actor_rollout_ref.model.path={path}"])
    OmegaConf.resolve(config)
    row = EnvDataset("train", None, config.data)[0]
    engine = Engine(tokenizer)

    async def play():
        # verl 0.9.0 has no hf_model_type, and swallows it.
        loop = hydra.utils.instantiate(
            config=_agent_loop_registry[AGENT_NAME],
            trainer_config=DictConfigWrap(config=config),
            server_manager=engine,
            tokenizer=tokenizer,
            processor=None,
            hf_model_type="qwen3",
            dataset_cls=EnvDataset,
            data_config=DictConfigWrap(config.data),
        )
        return await loop.run({"temperature": 1.0}, **row, global_steps=1, session_id=0)

    output = asyncio.run(play())
    first, second = engine.prompts
    question = row["raw_prompt"]
    assert first == tokenizer.apply_chat_template(question, add_generation_prompt=True)["input_ids"]
    text = tokenizer.decode(second)
    feedback = text.rpartition("<|im_start|>user\n")[2].partition("<|im_end|>")[0]
    assert feedback
    said = [
        *question,
        {"role": "assistant", "content": r"\boxed{0}"},
        {"role": "user", "content": feedback},
    ]
    assert text == tokenizer.apply_chat_template(said, add_generation_prompt=True, tokenize=False)
    assert output.prompt_ids == first
    assert output.prompt_ids + output.response_ids == second + engine.answer
    inside = len(second) - len(first) - len(engine.answer)
    n = len(engine.answer)
    assert output.response_mask == [1] * n + [0] * inside + [1] * n
    assert output.reward_score == 0.0
