"""Logits of responses alone: the numbers and gradients of verl's own path, without the rest."""

from __future__ import annotations

import pytest
import torch
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, Qwen3Config, Qwen3ForCausalLM
from verl.utils import tensordict_utils as tu
from verl.workers.utils.padding import no_padding_2_padding

from credit_plugins.verl_adapter.cpu import response_logits
from credit_plugins.verl_adapter.cpu.engine import CpuFSDPEngine

VOCABULARY = 211
PROMPTS, RESPONSES = (5, 2, 9), (4, 7, 1)


def qwen():
    sizes = {"hidden_size": 32, "intermediate_size": 64, "head_dim": 16, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1}
    return Qwen3ForCausalLM(Qwen3Config(vocab_size=VOCABULARY, **sizes, **heads))


def neox():
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    return GPTNeoXForCausalLM(GPTNeoXConfig(vocab_size=VOCABULARY, num_attention_heads=2, **sizes))


@pytest.fixture(params=[qwen, neox])
def model(request):
    torch.manual_seed(0)
    return request.param()


def nested(tensors):
    return torch.nested.as_nested_tensor(tensors, layout=torch.jagged)


def micro_batch(temperature=1.0, **flags):
    torch.manual_seed(1)
    prompts = [torch.randint(VOCABULARY, (n,)) for n in PROMPTS]
    responses = [torch.randint(VOCABULARY, (n,)) for n in RESPONSES]
    whole = [torch.cat(pair) for pair in zip(prompts, responses, strict=True)]
    return tu.get_tensordict(
        {
            "input_ids": nested(whole),
            "position_ids": nested([torch.arange(len(ids)) for ids in whole]),
            "prompts": nested(prompts),
            "responses": nested(responses),
        },
        {
            "temperature": temperature,
            "use_remove_padding": False,
            "calculate_entropy": True,
            **flags,
        },
    )


def run(model, batch, *, of_responses):
    """What verl reads of the engine's outputs, the gradients, and the shape of the logits."""
    engine = object.__new__(CpuFSDPEngine)
    engine.pad_to_length = False
    engine.engine_config = type("Config", (), {"entropy_checkpointing": False})()
    engine._masks, engine._of_responses = [], of_responses
    handle = response_logits.keep_rows(model.get_output_embeddings(), engine._masks)
    inputs, arguments = engine.prepare_model_inputs(batch)
    output = model(**inputs, use_cache=False)
    found = engine.prepare_model_outputs(output, arguments, batch, None)
    handle.remove()
    found = {name: no_padding_2_padding(value, batch) for name, value in found.items()}
    model.zero_grad()
    (found["log_probs"] * torch.linspace(-1, 1, max(RESPONSES))).sum().backward()
    gradients = torch.cat([p.grad.flatten() for p in model.parameters()])
    return found, gradients, output.logits.shape


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_numbers_and_gradients_are_those_of_verls_own_path(model, temperature):
    batch = micro_batch(temperature)
    own, own_gradients, own_shape = run(model, batch, of_responses=False)
    found, gradients, shape = run(model, batch, of_responses=True)
    assert own_shape == (3, 10, VOCABULARY)
    assert shape == (1, sum(RESPONSES), VOCABULARY)
    assert found.keys() == own.keys() == {"log_probs", "entropy"}
    for name in own:
        torch.testing.assert_close(found[name], own[name], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gradients, own_gradients, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("flag", ["calculate_sum_pi_squared"])
def test_what_needs_every_logit_gets_verls_own_path(model, flag):
    batch = micro_batch(**{flag: True})
    _, _, shape = run(model, batch, of_responses=True)
    assert shape == (3, 10, VOCABULARY)


def test_the_mask_is_where_verl_reads():
    batch = micro_batch()
    mask = response_logits.response_mask(batch["prompts"], batch["responses"])
    assert mask.shape == (3, 10)
    assert mask.sum(-1).tolist() == list(RESPONSES)
    assert mask.int().argmax(-1).tolist() == [n - 1 for n in PROMPTS]
