"""What the logits of prompts and padding cost with a vocabulary of 49,152: verl's path and ours.

    python tests/benchmarks/bench_response_logits.py [rollouts]

A model of SmolLM2-135M's size with random weights, prompts of 56 to 152 and responses of 39 to 111
tokens, as in cpu_smollm2; micro-batches of 1,024 tokens. Processor seconds of one thread,
alternating.
"""

from __future__ import annotations

import random
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM
from verl.utils import tensordict_utils as tu
from verl.workers.utils.padding import no_padding_2_padding

from credit_plugins.verl_adapter.cpu import response_logits
from credit_plugins.verl_adapter.cpu.engine import CpuFSDPEngine

BUDGET = 1024
ROUNDS = 2


def model() -> LlamaForCausalLM:
    sizes = {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30}
    heads = {"num_attention_heads": 9, "num_key_value_heads": 3}
    config = LlamaConfig(vocab_size=49152, tie_word_embeddings=True, **sizes, **heads)
    return LlamaForCausalLM(config)


def nested(tensors):
    return torch.nested.as_nested_tensor(tensors, layout=torch.jagged)


def micro_batches(rollouts: int, *, entropy: bool) -> list:
    draw = random.Random(0)
    lengths = [(draw.randint(56, 152), draw.randint(39, 111)) for _ in range(rollouts)]
    groups, room = [[]], BUDGET
    for pair in lengths:
        if sum(pair) > room:
            groups.append([])
            room = BUDGET
        groups[-1].append(pair)
        room -= sum(pair)
    return [_micro_batch(group, entropy) for group in groups]


def _micro_batch(lengths: list[tuple[int, int]], entropy: bool):
    prompts = [torch.randint(49152, (prompt,)) for prompt, _ in lengths]
    responses = [torch.randint(49152, (response,)) for _, response in lengths]
    whole = [torch.cat(pair) for pair in zip(prompts, responses, strict=True)]
    tensors = {
        "input_ids": nested(whole),
        "position_ids": nested([torch.arange(len(ids)) for ids in whole]),
        "prompts": nested(prompts),
        "responses": nested(responses),
    }
    flags = {"temperature": 1.0, "use_remove_padding": False, "calculate_entropy": entropy}
    return tu.get_tensordict(tensors, flags)


def seconds(net, batches, *, of_responses: bool, update: bool) -> float:
    engine = object.__new__(CpuFSDPEngine)
    engine.pad_to_length = False
    engine.engine_config = type("Config", (), {"entropy_checkpointing": False})()
    engine._masks, engine._of_responses = [], of_responses
    handle = response_logits.keep_rows(net.get_output_embeddings(), engine._masks)
    start = time.process_time()
    with torch.set_grad_enabled(update):
        for batch in batches:
            inputs, arguments = engine.prepare_model_inputs(batch)
            output = net(**inputs, use_cache=False)
            found = engine.prepare_model_outputs(output, arguments, batch, None)
            if update:
                no_padding_2_padding(found["log_probs"], batch).sum().backward()
    handle.remove()
    net.zero_grad()
    return time.process_time() - start


def main() -> None:
    rollouts = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    torch.set_num_threads(1)  # threads that wait count as processor time
    net = model()
    for update, phase in ((False, "log-probabilities and entropy"), (True, "update")):
        batches = micro_batches(rollouts, entropy=not update)
        variants = {"verl": (False, False), "responses only": (True, False)}
        if update:
            variants["verl with gradient checkpointing"] = (False, True)
        spent: dict[str, list[float]] = {name: [] for name in variants}
        for _ in range(ROUNDS):
            for name, (of_responses, checkpointing) in variants.items():
                if checkpointing:
                    net.gradient_checkpointing_enable({"use_reentrant": False})
                net.train(update)
                took = seconds(net, batches, of_responses=of_responses, update=update)
                net.gradient_checkpointing_disable()
                spent[name].append(took)
        for name, times in spent.items():
            print(f"{phase}, {rollouts} rollouts, {name}: {min(times):.1f} s of processor time")


if __name__ == "__main__":
    main()
