"""What a configuration counts on that is not there."""

from __future__ import annotations

import shutil

import pytest
from omegaconf import DictConfig

from recipes.launch import outside
from recipes.launch.compose import compose, for_hydra

pytestmark = pytest.mark.slow  # seconds each: a process, or verl's whole configuration

MODEL = "actor_rollout_ref.model.path"


def composed(*overrides: str) -> DictConfig:
    return compose("cpu_addition", for_hydra("cpu_addition", overrides))


@pytest.fixture
def told(tmp_path):
    return lambda *overrides: list(outside.problems(composed(*overrides), tmp_path))


def test_the_shipped_recipe_counts_on_nothing(told):
    assert told() == []


def test_a_folder_of_a_model_is_accepted(told, model_folder):
    assert told(f"{MODEL}={model_folder}") == []


@pytest.mark.parametrize(
    ("override", "text"),
    [
        (f"{MODEL}=/no/model", f"{MODEL}=/no/model: there is no such folder"),
        (f"{MODEL}=./model", "there is no such folder"),
        ("trainer.resume_mode=sometimes", "must be auto, disable or resume_path"),
        ("trainer.resume_mode=resume_path", "trainer.resume_from_path=None is no folder"),
        ("trainer.logger=[console,wandbb]", "'wandbb', which verl does not know"),
        ("trainer.logger=clearml", "'clearml': pip install clearml"),
        ("reward.custom_reward_function.path=/no/such.py", "/no/such.py: there is no such file"),
        ("reward.custom_reward_function.path=pkg://envs.reward", "there is no such file"),
        (
            "reward={custom_reward_function: {path: pkg://envs.reward_function, name: score}}",
            "reward.custom_reward_function.name=score: pkg://envs.reward_function defines no such",
        ),
        ("data.custom_cls.name=Dataset2", "data.custom_cls.name=Dataset2"),
    ],
)
def test_what_is_not_there_is_named(told, override, text):
    (sentence,) = told(override)
    assert text in sentence


def test_a_folder_without_a_model(told, tmp_path):
    (sentence,) = told(f"{MODEL}={tmp_path}")
    assert "holds no config.json" in sentence


def test_a_name_that_the_hub_does_not_give(told, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    (sentence,) = told(f"{MODEL}=nobody/nothing-at-all")
    assert "neither a folder here nor a model the hub gives" in sentence
    assert "\n" not in sentence


def test_the_hub_is_asked_once_for_a_model_of_many_arms(told, monkeypatch):
    asked = []

    def fails(name, *_, **__):
        asked.append(name)
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", fails)
    (first,), (again,) = told(f"{MODEL}=somebody/a-model"), told(f"{MODEL}=somebody/a-model")
    assert asked == ["somebody/a-model"]
    assert first == again
    assert first.endswith("gives: no network")


def test_our_reward_function_is_found(told):
    path = "reward.custom_reward_function.path=pkg://envs.reward_function"
    assert told(path, "reward.custom_reward_function.name=compute_score") == []


def test_a_checkpoint_of_verl_is_a_folder_called_global_step(told, tmp_path):
    mode = "trainer.resume_mode=resume_path"
    (tmp_path / "global_step_7").mkdir()
    assert told(mode, f"trainer.resume_from_path={tmp_path}/global_step_7") == []
    (sentence,) = told(mode, f"trainer.resume_from_path={tmp_path}")
    assert "must end in global_step_N" in sentence


def test_files_of_verls_own_data_sets(told, tmp_path):
    stock = ("data.custom_cls.path=null", f"data.val_files={tmp_path}/v.parquet")
    (tmp_path / "v.parquet").touch()
    (sentence,) = told(*stock, "data.train_files=[/no/a.parquet]")
    assert sentence == "data.train_files=/no/a.parquet: there is no such file."


def test_a_disk_too_small_for_one_checkpoint(told, model_folder, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    (folder / "model.safetensors").write_bytes(bytes(4_000_000))  # a million float32 parameters
    model, free = f"{MODEL}={folder}", shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free._replace(free=11_000_000))
    (sentence,) = told(model)
    assert "a checkpoint of this model takes about 0.0 GB" in sentence
    assert "trainer.save_freq=-1" in sentence
    assert told(model, "trainer.save_freq=-1") == []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free._replace(free=30_000_000))
    with pytest.warns(UserWarning, match="too little for the 2 to keep"):
        assert told(model) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free._replace(free=37_000_000))
    assert told(model) == []
