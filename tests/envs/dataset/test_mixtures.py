"""Mixtures as rows for verl: whole sets in an epoch, entries of a validation, exact resume."""

from __future__ import annotations

import io
import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf
from torchdata.stateful_dataloader import StatefulDataLoader
from verl.trainer.ppo.utils import create_rl_sampler
from verl.utils import tensordict_utils
from verl.utils.dataset.rl_dataset import collate_fn

import envs
from envs.dataset import prepared
from envs.dataset.row import Row
from envs.errors import EnvConfigError
from envs.torch_dataset import EnvDataset
from recipes.data.build import source_of

DATA = Path(__file__).parents[4] / "shared" / "data"
ROWS_ID = "reasoning/Rows-v0"


def file_of(path: Path, count: int, name: str = "") -> str:
    rows = [
        Row(f"{stream}/{i}", stream, f"{name} {stream} question {i}", str(i))
        for stream in ("train", "validation")
        for i in range(count)
    ]
    prepared.write(path, rows, {})
    return str(path)


def data_set(stream: str, max_samples: int = -1, workers: int = 0, **env) -> EnvDataset:
    config = {"env": env, "dataloader_num_workers": workers}
    return EnvDataset(stream, None, config, max_samples=max_samples)


def question(row: dict) -> str:
    return row["raw_prompt"][0]["content"]


def rows_entry(file: str, **given) -> dict:
    return {"id": ROWS_ID, "kwargs": {"file": file}, **given}


def test_sets_are_asked_whole_before_the_epoch_ends(tmp_path):
    """12 rows of weight 3 and 2 of weight 1: the longer is asked once, the other twice."""
    mix = {
        "long": rows_entry(file_of(tmp_path / "long.parquet", 12, "long"), weight=3),
        "short": rows_entry(file_of(tmp_path / "short.parquet", 2, "short"), weight=1),
    }
    rows = data_set("train", mix=mix)
    assert len(rows) == 16
    asked = Counter(question(rows[i]) for i in range(16))
    assert sorted(n for text, n in asked.items() if text.startswith("long")) == [1] * 12
    assert sorted(n for text, n in asked.items() if text.startswith("short")) == [2] * 2
    assert len(data_set("train", mix=mix, train_size=5)) == 5
    assert len(data_set("train", mix=mix, max_samples=4)) == 4
    endless = {**mix, "sums": {"id": "reasoning/Addition-v0"}}
    assert len(data_set("train", mix=endless)) == 1_000_000


def test_two_entries_may_share_an_environment():
    def entry(**given):
        return {"id": "reasoning/Addition-v0", "kwargs": {"digits": [2]}, **given}

    rows = data_set("train", mix={"one": entry(), "two": entry(instruction="Think first.")})
    assert [rows[i]["data_source"] for i in range(4)] == ["one", "two"] * 2
    assert question(rows[1]).endswith("?\nThink first.")
    assert question(rows[0]).endswith(r"\boxed{}.")
    assert json.loads(rows[3]["env"])["index"] == 1


def test_validation_entries_follow_one_another(tmp_path):
    file = file_of(tmp_path / "a.parquet", 5)
    rows = data_set(
        "validation",
        id="reasoning/Addition-v0",
        validation={
            "rows": rows_entry(file, size=100, samples=2),
            "sums": {"id": "reasoning/Addition-v0", "size": 3, "temperature": 0},
        },
    )
    assert [rows[i]["data_source"] for i in range(len(rows))] == ["rows"] * 5 + ["sums"] * 3
    assert [rows[i]["__rollout_n__"] for i in range(len(rows))] == [2] * 5 + [1] * 3
    assert json.loads(rows[5]["env"])["sampling"] == {"temperature": 0}
    assert "question" in question(rows[0])
    assert len({question(rows[i]) for i in range(len(rows))}) == 8


def test_rows_of_a_single_environment_carry_no_number_of_samples():
    for stream in ("train", "validation"):
        row = data_set(stream, id="reasoning/Addition-v0")[0]
        assert "__rollout_n__" not in row
        assert row["data_source"] == "reasoning/Addition-v0"


def test_verl_takes_the_number_of_samples_from_each_row():
    """Collated, put into a tensordict and split as verl's trainer and its workers do it."""
    validation = {
        "many": {"id": "reasoning/Addition-v0", "size": 3, "samples": 4},
        "greedy": {"id": "reasoning/Addition-v0", "size": 3, "temperature": 0},
    }
    rows = data_set("validation", id="reasoning/Addition-v0", validation=validation)
    batch = collate_fn([rows[i] for i in range(len(rows))])
    assert [int(n) for n in batch["__rollout_n__"]] == [4] * 3 + [1] * 3
    chunks = tensordict_utils.get_tensordict(batch).chunk(2)
    found = [chunk["__rollout_n__"][i] for chunk in chunks for i in range(len(chunk))]
    assert [getattr(n, "data", n) for n in found] == [4] * 3 + [1] * 3


CURRICULUM = {
    "mix": {
        "sums": {"id": "reasoning/Addition-v0", "kwargs": {"digits": [1, 2, 3]}, "weight": 2},
        "terms": {"id": "reasoning/Arithmetic-v0", "weight": 1},
    },
    "train_size": 640,
    "curriculum": {"memory": 0.5, "width": 0.1},
}


def loader_of(rows: EnvDataset) -> StatefulDataLoader:
    """As verl's trainer makes it."""
    sampler = create_rl_sampler(OmegaConf.create({"shuffle": True, "seed": 1}), rows)
    return StatefulDataLoader(
        rows, batch_size=16, sampler=sampler, collate_fn=collate_fn, drop_last=True
    )


def learn(rows: EnvDataset, step: int, batch: dict) -> None:
    """A learner who adds one digit more from time to time, and solves half of the other entry."""
    infos = []
    for number, (source, spec) in enumerate(zip(batch["data_source"], batch["env"], strict=True)):
        level = json.loads(spec)["level"]
        acc = float(level <= 1 + step // 4) if source == "sums" else number % 2
        infos.append({"source": source, "difficulty": level, "acc": acc, "env_error": 0.0})
    rows.observe(step, infos)


@pytest.mark.parametrize("stop", [1, 5, 11])
def test_a_resumed_curriculum_asks_the_rows_of_an_uninterrupted_one(stop):
    """Row for row, through the loader, the sampler and the checkpoint of verl."""
    rows = data_set("train", **CURRICULUM)
    loader = loader_of(rows)
    whole = []
    for step, batch in enumerate(loader, start=1):
        whole.append((list(batch["env"]), list(batch["raw_prompt"])))
        learn(rows, step, batch)
        if step == stop:
            torch.save(loader.state_dict(), checkpoint := io.BytesIO())
        if step == 16:
            break
    assert len({tuple(json.loads(spec)["level"] for spec in specs) for specs, _ in whole}) > 8

    resumed = data_set("train", **CURRICULUM)
    loader = loader_of(resumed)
    checkpoint.seek(0)
    loader.load_state_dict(torch.load(checkpoint, weights_only=False))
    for step, batch in enumerate(loader, start=stop + 1):
        assert (list(batch["env"]), list(batch["raw_prompt"])) == whole[step - 1], step
        learn(resumed, step, batch)
        if step == 16:
            break
    assert resumed.state_dict() == rows.state_dict()
    assert {key.split("/")[0] for key in rows.state_dict()["curriculum"]["accuracy"]} == {
        "sums",
        "terms",
    }


def test_the_state_of_a_single_environment_is_read_as_before():
    state = {"curriculum": {"step": 3, "accuracy": {"1.0": 1.0, "2.0": 0.5}}}
    env = {"id": "reasoning/Addition-v0", "kwargs": {"digits": [1, 2, 3]}, "curriculum": {}}
    rows = data_set("train", **env)
    before = [json.loads(rows[i]["env"])["level"] for i in range(200)]
    rows.load_state_dict(state)
    after = [json.loads(rows[i]["env"])["level"] for i in range(200)]
    assert after.count(1) < 0.3 * before.count(1)
    metrics = rows.observe(4, [])
    assert metrics["curriculum/accuracy/2.0"] == 0.5
    assert {"curriculum/probability/1", "curriculum/probability/3"} < set(metrics)


def real(folder: Path, name: str, count: int = 24) -> str:
    """A prepared file of the first rows of a public set; its worked solutions end in the answer."""
    source = {
        "gsm8k": source_of("reasoning/GSM8K-v0"),
        "math500": source_of("reasoning/MATH-v0").but(
            question="question", answer="answer", solution="", difficulty="", split=""
        ),
        "minerva": source_of("reasoning/MATH-v0").but(
            answer="solution", solution="", difficulty="", split=""
        ),
    }[name]
    for split in filter(None, (source.split, source.validation_split)):
        with (DATA / name / f"{split}.jsonl").open(encoding="utf-8") as lines:
            (folder / f"{name}_{split}.jsonl").write_text("".join(islice(lines, count)))
    rows = source.but(path=f"{folder}/{name}_{{split}}.jsonl").rows()
    prepared.write(folder / f"{name}.parquet", [row for row in rows if not row.problem], {})
    return str(folder / f"{name}.parquet")


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data sets are not at {DATA}")
def test_train_on_gsm8k_and_validate_on_math_500_and_minerva(tmp_path):
    env = {
        "id": "reasoning/GSM8K-v0",
        "kwargs": {"file": real(tmp_path, "gsm8k")},
        "validation": {
            "MATH-500": {
                "id": "reasoning/MATH-500-v0",
                "kwargs": {"file": real(tmp_path, "math500")},
                "samples": 4,
            },
            "Minerva": {
                "id": "reasoning/Minerva-v0",
                "kwargs": {"file": real(tmp_path, "minerva")},
                "size": 16,
                "temperature": 0,
            },
        },
    }
    train, held_out = data_set("train", **env), data_set("validation", **env)
    rows = [train[i] for i in range(len(train))]
    given = (tmp_path / "gsm8k_train.jsonl").read_text().splitlines()
    questions = {json.loads(line)["question"] for line in given}
    assert len(rows) > 20
    assert {question(row).rpartition("\n")[0] for row in rows} <= questions
    assert {row["data_source"] for row in rows} == {"reasoning/GSM8K-v0"}

    asked = [held_out[i] for i in range(len(held_out))]
    counts = Counter((row["data_source"], row["__rollout_n__"]) for row in asked)
    assert counts["Minerva", 1] == 16
    assert counts["MATH-500", 4] > 16
    assert len(counts) == 2
    assert not {question(row) for row in asked} & {question(row) for row in rows}
    for row in asked:  # the agent loop's environment has the row's own gold
        spec = json.loads(row["env"])
        env = envs.make(spec["id"], **spec["kwargs"])
        env.reset(seed=spec["seed"], options={k: spec[k] for k in ("index", "stream")})
        assert env.task.answer == row["reward_model"]["ground_truth"]


def test_what_the_data_set_refuses(tmp_path):
    rows = [Row(f"{i}", "train", f"question {i}", str(i)) for i in range(4)]
    prepared.write(tmp_path / "train.parquet", rows, {})
    only_train = rows_entry(str(tmp_path / "train.parquet"))
    sums = {"id": "reasoning/Addition-v0"}
    assert len(data_set("train", mix={"a": only_train})) == 4
    for given, sentence in (
        ({"mix": {"a": only_train}}, "data.env.mix.a: .* no tasks for stream 'validation'"),
        (only_train, "Name what to validate on in data.env.validation."),
        ({**sums, "validation": {"b": only_train}}, "data.env.validation.b: reasoning/Rows-v0"),
    ):
        with pytest.raises(EnvConfigError, match=sentence):
            data_set("validation", **given)
    with pytest.raises(EnvConfigError, match=r"data.val_max_samples=3 would cut off .* 2 entries"):
        data_set("validation", max_samples=3, mix={"a": sums, "b": sums})
    with pytest.raises(EnvConfigError, match="dataloader_num_workers=0, got 2"):
        data_set("train", workers=2, mix={"a": sums}, curriculum={})
    with pytest.raises(EnvConfigError, match=r"unknown keys \['shares'\]; it takes"):
        data_set("train", mix={"a": sums}, curriculum={"shares": [1]})
    with pytest.raises(LookupError, match="Unknown environment 'reasoning/Adition-v0'"):
        data_set("train", mix={"a": {"id": "reasoning/Adition-v0"}})
