"""`export`: the shards of a checkpoint as one model, weight by weight and token by token."""

from __future__ import annotations

import io
import json

import pytest
import torch
from rich.console import Console
from transformers import AutoModelForCausalLM, AutoTokenizer

from recipes.errors import RunError
from recipes.launch import merger
from recipes.launch.exporter import export

from .tiny_checkpoint import write_run

QUESTION = [{"role": "user", "content": "what is 12 + 30?"}]


def exported(name, out=None):
    console = Console(file=io.StringIO(), width=300)
    return export(str(name), out, console), console.file.getvalue()


def greedy(model, tokenizer) -> list[int]:
    prompt = tokenizer.apply_chat_template(
        QUESTION, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    answer = model.generate(**prompt, do_sample=False, max_new_tokens=12, eos_token_id=None)
    return answer[0].tolist()


@pytest.mark.parametrize("ranks", [1, 2])
def test_it_loads_with_the_same_weights_and_the_same_greedy_tokens(tmp_path, ranks):
    trained = write_run(tmp_path / "run", step=7, ranks=ranks, rollout_dtype="float32")
    folder, said = exported(tmp_path / "run")
    assert folder == tmp_path / "run" / "export" / "global_step_7"
    assert str(folder) in said
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    assert model.dtype == torch.float32
    weights = model.state_dict()
    assert set(weights) == set(trained.state_dict())
    for name, weight in trained.state_dict().items():
        assert torch.equal(weights[name], weight), name
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokens = greedy(model, tokenizer)
    assert tokens == greedy(trained, tokenizer)
    assert len(set(tokens[-12:])) > 2  # not one token for ever, which any model might say
    assert model.config.use_cache


def test_what_was_sampled_in_bfloat16_is_written_in_bfloat16(tmp_path):
    trained = write_run(tmp_path / "run", step=7, ranks=2, rollout_dtype="bfloat16")
    model = AutoModelForCausalLM.from_pretrained(exported(tmp_path / "run")[0])
    assert model.dtype == torch.bfloat16
    for name, weight in trained.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight.bfloat16()), name


def test_what_is_not_sharded_is_kept_once_and_must_be_the_same_on_all_ranks():
    merging = object.__new__(merger._Merger)
    merging._dtype = torch.bfloat16
    table = torch.arange(6.0)
    whole = merging._whole("table", [table, table.clone()])
    assert whole.dtype == torch.bfloat16
    assert whole.tolist() == table.tolist()
    assert merging._whole("step", [torch.tensor(3.0)] * 2).shape == ()
    for other in (table + 1, table[:5]):
        with pytest.raises(RunError, match="its ranks disagree about 'table'"):
            merging._whole("table", [table, other])


def test_nothing_is_overwritten(tmp_path):
    write_run(tmp_path / "run", step=7, ranks=1, rollout_dtype="float32")
    (tmp_path / "mine").mkdir()
    with pytest.raises(RunError, match=r"exists and is not overwritten; choose another folder"):
        exported(tmp_path / "run", out=tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_failure_leaves_no_folder(tmp_path, monkeypatch):
    write_run(tmp_path / "run", step=7, ranks=1, rollout_dtype="float32")

    def fail(actor, target, dtype):
        (target / "config.json").write_text(json.dumps({}))
        raise OSError("the disk is full")

    monkeypatch.setattr(merger, "merge", fail)
    with pytest.raises(OSError, match="the disk is full"):
        exported(tmp_path / "run")
    assert list((tmp_path / "run" / "export").iterdir()) == []


def test_a_step_that_is_not_there(tmp_path):
    write_run(tmp_path / "run", step=7, ranks=1, rollout_dtype="float32")
    with pytest.raises(RunError, match=r"global_step_9 does not exist; there are steps \[7\]"):
        exported(f"{tmp_path / 'run'}@9")
    assert not (tmp_path / "run" / "export").exists()


def test_a_stock_checkpoint_is_left_to_verls_own_merger(tmp_path):
    write_run(tmp_path / "run", step=7, ranks=1, rollout_dtype="float32")
    (tmp_path / "run" / "config.yaml").unlink()
    with pytest.raises(RunError, match=r"belongs to no run .*python -m verl\.model_merger"):
        exported(tmp_path / "run" / "checkpoints" / "global_step_7")
