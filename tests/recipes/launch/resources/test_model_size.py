"""The sizes of a model: exact, and asked for without a traceback."""

from __future__ import annotations

import json

import pytest

from recipes.errors import RecipeError
from recipes.launch.resources.model_size import counted, model_config

from ...published import PUBLISHED, hf_config
from .small import with_keys


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("Qwen/Qwen3-0.6B", 596_049_920),
        ("Qwen/Qwen3-1.7B", 1_720_574_976),
        ("Qwen/Qwen3-4B-Base", 4_022_468_096),
        ("HuggingFaceTB/SmolLM2-360M-Instruct", 361_821_120),
    ],
)
def test_parameters_are_counted_as_published(name, parameters):
    sizes = PUBLISHED[name]
    model = counted(with_keys({}), hf_config(name))
    assert model.parameters == model.trained == parameters
    assert model.largest == sizes["vocab_size"] * sizes["hidden_size"]
    norm = sizes["hidden_size"]  # the last one belongs to no layer
    assert model.layers * model.layer == parameters - model.largest - norm


def test_adapters_are_counted_as_peft_makes_them():
    """Rank 32 beside each of the seven matrices of a layer; the head has none."""
    lora = {"lora_rank": 32, "target_modules": "all-linear", "exclude_modules": None}
    config = with_keys({f"actor_rollout_ref.model.{key}": value for key, value in lora.items()})
    model = counted(config, hf_config("Qwen/Qwen3-0.6B"))
    hidden, wide, narrow, inner = 1024, 2048, 1024, 3072
    pairs = [(hidden, wide), (hidden, narrow), (hidden, narrow), (wide, hidden)]
    pairs += [(hidden, inner), (hidden, inner), (inner, hidden)]
    assert model.trained == 28 * 32 * sum(a + b for a, b in pairs)
    assert model.parameters == 596_049_920 + model.trained


def asked(path):
    return model_config(with_keys({"actor_rollout_ref.model.path": path}))


def test_the_configuration_of_a_folder(tmp_path):
    name = "Qwen/Qwen3-0.6B"
    (tmp_path / "config.json").write_text(json.dumps(PUBLISHED[name]))
    found = asked(str(tmp_path))
    assert (found.model_type, found.hidden_size) == ("qwen3", 1024)
    assert counted(with_keys({}), found).parameters == 596_049_920


@pytest.mark.parametrize("path", [None, "hdfs://models/mine", "nobody/nothing-at-all", "FOLDER"])
def test_where_there_is_none_others_say_so(path, tmp_path):
    assert asked(str(tmp_path) if path == "FOLDER" else path) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "its config.json cannot be used: "),
        ("{}", "Unrecognized model"),
        ('{"model_type": "qwen33"}', "qwen33"),
        (
            '{"model_type": "llama", "hidden_size": 100, "num_attention_heads": 12}',
            "hidden size (100) is not a multiple of the number of attention heads (12)",
        ),
    ],
)
def test_one_that_transformers_refuses_is_one_sentence(tmp_path, text, reason):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(RecipeError) as refused:
        asked(str(tmp_path))
    assert str(refused.value).startswith(f"actor_rollout_ref.model.path={tmp_path}: its config")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
