"""Saved by verl's trainer under one configuration, loaded under another: said or refused."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from credit_plugins.errors import CreditConfigError, CreditError
from credit_plugins.notices import FILE_VARIABLE
from credit_plugins.verl_adapter.resuming import check_ranks, resumed_folder

from .in_memory_queue import config, trainer

FULL = "algorithm.adv_estimator=maxrl_gtpo_sepa_hicra"


def made(folder: Path, *overrides: str) -> Any:
    """verl's trainer whose one rank writes an empty shard."""
    one = trainer(f"trainer.default_local_dir={folder}", *overrides)

    def save(path: str, *_: Any, **__: Any) -> None:
        Path(path).mkdir(parents=True)
        Path(path, "model_world_size_1_rank_0.pt").touch()

    one.actor_rollout_wg = SimpleNamespace(save_checkpoint=save, load_checkpoint=lambda **_: None)
    one.use_critic = False
    one.train_dataloader = SimpleNamespace(
        state_dict=lambda: {"row": 7}, load_state_dict=lambda state: None
    )
    one.checkpoint_callback = SimpleNamespace(on_save=lambda **_: None)
    return one


def resumed(folder: Path, *overrides: str, before: tuple[str, ...] = (FULL,)) -> Any:
    first = made(folder, *before)
    first.global_steps = 5
    first._save_checkpoint()
    second = made(folder, *(overrides or before))
    second._load_checkpoint()
    assert second.global_steps == 5
    return second


def said(capsys) -> list[str]:
    lines = capsys.readouterr().err.splitlines()
    return [line for line in lines if line.startswith("verl-credit: ")]


@pytest.mark.parametrize("name", [FULL, "algorithm.adv_estimator=maxrl"])
def test_the_same_configuration_resumes_without_a_word(name, tmp_path, capsys) -> None:
    resumed(tmp_path, before=(name,))
    assert said(capsys) == []


@pytest.mark.parametrize(
    ("overrides", "changed"),
    [
        (["algorithm.credit.gtpo.beta=0.3"], "algorithm.credit.gtpo.beta=0.3 (was 0.1)"),
        (["algorithm.credit.hicra.alpha=0"], "algorithm.credit.hicra.alpha=0 (was 0.2)"),
        (
            ["+algorithm.credit.gtpo.negative='off'"],
            "algorithm.credit.gtpo.negative=off (was same)",
        ),
        (["algorithm.credit.planning.phrases=[hm]"], "planning.phrases=['hm'] (was null)"),
        (
            ["algorithm.credit.sepa.lam.steps=7"],
            "algorithm.credit.sepa.lam={'schedule': 'linear', ",
        ),
        (["algorithm.credit.sepa.lam=0.5"], "algorithm.credit.sepa.lam=0.5 (was {'schedule': "),
        (["algorithm.credit.reward=acc"], "algorithm.credit.reward=acc (was score)"),
    ],
)
def test_other_numbers_are_said_with_both(overrides, changed, tmp_path, capsys) -> None:
    resumed(tmp_path, FULL, *overrides)
    (line,) = said(capsys)
    assert line.startswith(
        "verl-credit: resumed from global_step_5 with other numbers than it was trained with: "
    )
    assert changed in line


def test_numbers_of_operators_that_do_not_run_are_no_matter(tmp_path, capsys) -> None:
    plain = "algorithm.adv_estimator=maxrl"
    resumed(tmp_path, plain, "algorithm.credit.gtpo.beta=0.3", before=(plain,))
    assert said(capsys) == []


@pytest.mark.parametrize(
    ("overrides", "changed"),
    [
        (["data.env.kwargs.digits=[5]"], "data.env.kwargs.digits=[5] (was [1, 2, 3, 4])"),
        (["+data.env.kwargs.max_turns=2"], "data.env.kwargs.max_turns=2 (was null)"),
        (["data.env.seed=3"], "data.env.seed=3 (was 0)"),
        (["data.seed=3"], "data.seed=3 (was "),
        (["data.train_batch_size=8"], "data.train_batch_size=8 (was 4)"),
        (["data.env.curriculum={target: 0.5}"], "data.env.curriculum.target=0.5 (was null)"),
    ],
)
def test_other_tasks_are_said_and_what_becomes_of_the_place(
    overrides, changed, tmp_path, capsys
) -> None:
    resumed(tmp_path, FULL, *overrides)
    (line,) = said(capsys)
    assert "with other training tasks: " in line
    assert changed in line


def test_what_only_validates_is_no_other_task(tmp_path, capsys) -> None:
    resumed(tmp_path, FULL, "data.env.validation_size=9", "data.env.instruction=Go.")
    assert said(capsys) == []


def test_the_place_in_the_data_is_no_matter_where_none_is_kept(tmp_path, capsys) -> None:
    first = made(tmp_path, FULL)
    first.global_steps = 5
    first._save_checkpoint()
    (tmp_path / "global_step_5" / "data.pt").unlink()
    made(tmp_path, FULL, "data.env.seed=3")._load_checkpoint()
    assert said(capsys) == []


def test_another_learning_rate_has_no_effect_and_is_said(tmp_path, capsys) -> None:
    rate = "actor_rollout_ref.actor.optim.lr=0.5"
    resumed(tmp_path, FULL, rate)
    (line,) = said(capsys)
    assert "another optimizer: actor_rollout_ref.actor.optim.lr=0.5 (was " in line
    assert "have no effect" in line
    made(
        tmp_path, FULL, rate, "actor_rollout_ref.actor.checkpoint.load_contents=[model]"
    )._load_checkpoint()
    assert said(capsys) == []


def test_all_that_differs_is_a_sentence_each(tmp_path, capsys) -> None:
    changed = ("data.env.seed=3", "algorithm.credit.gtpo.beta=0.3")
    resumed(tmp_path, FULL, *changed, "actor_rollout_ref.actor.optim.lr=0.5")
    assert len(said(capsys)) == 3


def test_another_list_of_operators_is_refused(tmp_path) -> None:
    listed = "algorithm.adv_estimator=credit"
    with pytest.raises(CreditError, match=r"rloo_gtpo, this run uses credit:rloo\+entropy_mask"):
        resumed(
            tmp_path,
            listed,
            "algorithm.credit.operators=[rloo,entropy_mask]",
            before=(listed, "algorithm.credit.operators=[rloo,gtpo]"),
        )


def test_the_order_of_operators_is_part_of_the_list(tmp_path) -> None:
    listed = "algorithm.adv_estimator=credit"
    with pytest.raises(CreditError, match="was written by estimator"):
        resumed(
            tmp_path,
            listed,
            "algorithm.credit.operators=[maxrl,hicra,gtpo]",
            before=(listed, "algorithm.credit.operators=[maxrl,gtpo,hicra]"),
        )


def test_an_older_checkpoint_loads_without_a_word(tmp_path, capsys) -> None:
    first = made(tmp_path, FULL)
    first.global_steps = 5
    first._save_checkpoint()
    file = tmp_path / "global_step_5" / "credit.json"
    saved = json.loads(file.read_text())
    old = {key: saved[key] for key in ("estimator", "state", "origin", "notices")}
    file.write_text(json.dumps(old))
    made(tmp_path, FULL, "algorithm.credit.gtpo.beta=0.3")._load_checkpoint()
    assert said(capsys) == []


def test_a_number_that_a_later_version_adds_is_no_difference(tmp_path, capsys) -> None:
    first = made(tmp_path, FULL)
    first.global_steps = 5
    first._save_checkpoint()
    file = tmp_path / "global_step_5" / "credit.json"
    saved = json.loads(file.read_text())
    del saved["run"]["algorithm.credit.gtpo.negative"]
    saved["run"]["algorithm.credit.gtpo.gone"] = 1
    file.write_text(json.dumps(saved))
    made(tmp_path, FULL)._load_checkpoint()
    assert said(capsys) == []


# ---- ranks -------------------------------------------------------------------------------------


def written_by(folder: Path, ranks: int, step: int = 5) -> Path:
    actor = folder / f"global_step_{step}" / "actor"
    actor.mkdir(parents=True)
    for rank in range(ranks):
        torch.save({}, actor / f"model_world_size_{ranks}_rank_{rank}.pt")
    (folder / "latest_checkpointed_iteration.txt").write_text(str(step))
    return actor.parent


def test_another_number_of_ranks_is_refused_before_the_first_worker(tmp_path) -> None:
    written_by(tmp_path, 8)
    with pytest.raises(
        CreditConfigError,
        match=r"global_step_5 was written by 8 rank\(s\), and this run has 6 "
        r"\(trainer.nnodes=2 \* trainer.n_gpus_per_node=3\)",
    ):
        made(tmp_path, FULL, "trainer.nnodes=2", "trainer.n_gpus_per_node=3")


def test_it_is_refused_for_estimators_of_verl_too(tmp_path) -> None:
    folder = written_by(tmp_path, 2)
    path = ("trainer.resume_mode=resume_path", f"trainer.resume_from_path={folder}")
    with pytest.raises(CreditConfigError, match=r"by 2 rank\(s\), and this run has 1"):
        made(tmp_path / "other", "algorithm.adv_estimator=grpo_vectorized", *path)


@pytest.mark.parametrize(
    "overrides",
    [
        ("trainer.n_gpus_per_node=2",),
        ("trainer.resume_mode=disable",),
        ("trainer.default_local_dir=elsewhere",),
    ],
)
def test_what_can_be_loaded_is_not_refused(overrides, tmp_path) -> None:
    written_by(tmp_path, 2)
    check_ranks(config(f"trainer.default_local_dir={tmp_path}", *overrides))


def test_a_checkpoint_without_shards_is_left_to_verl(tmp_path) -> None:
    """Megatron writes others; a folder may be cut short."""
    (written_by(tmp_path, 1) / "actor" / "model_world_size_1_rank_0.pt").unlink()
    check_ranks(config(f"trainer.default_local_dir={tmp_path}", "trainer.n_gpus_per_node=2"))


def test_the_folder_is_the_one_that_verl_finds(tmp_path) -> None:
    from verl.utils.checkpoint.checkpoint_manager import find_latest_ckpt_path

    given = config(f"trainer.default_local_dir={tmp_path}").trainer
    assert resumed_folder(given) is None
    assert find_latest_ckpt_path(str(tmp_path)) is None
    written_by(tmp_path, 1, step=3)
    written_by(tmp_path, 1, step=12)
    assert str(resumed_folder(given)) == find_latest_ckpt_path(str(tmp_path))
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("99")
    assert resumed_folder(given) is None
    assert find_latest_ckpt_path(str(tmp_path)) is None


def test_what_is_said_reaches_the_launch_too(tmp_path, monkeypatch) -> None:
    file = tmp_path / "notices.1.jsonl"
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    resumed(tmp_path / "run", FULL, "algorithm.credit.gtpo.beta=0.3")
    assert "algorithm.credit.gtpo.beta=0.3 (was 0.1)" in file.read_text()
