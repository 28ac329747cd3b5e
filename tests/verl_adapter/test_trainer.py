"""verl's trainer with ours before it, over a queue in this process: what failed, step by step."""

from __future__ import annotations

import numpy as np
import pytest
from omegaconf import OmegaConf

from credit_plugins.errors import EnvFailuresError
from credit_plugins.verl_adapter import releases
from envs.info import FAILURE_KEYS, INFO_KEYS, NODE, SOURCE, EpisodeInfo, Failure

from .in_memory_queue import rollouts, trainer

SOUND = {**vars(EpisodeInfo(verdict="wrong")), **vars(Failure()), SOURCE: "x", NODE: "a (1.1.1.1)"}
FAILED = (
    SOUND | vars(Failure(1.0, "raised KeyError", "'x' (my_env.py:3)")) | {"verdict": "env_error"}
)
MAXRL, VERLS = "algorithm.adv_estimator=maxrl", "algorithm.adv_estimator=grpo_vectorized"


def infos(failed: int) -> list[dict]:
    right = SOUND | {"acc": 1.0, "verdict": "correct", "has_answer": 1.0}
    return [FAILED] * failed + [right, SOUND] * ((16 - failed) // 2) + [SOUND] * (failed % 2)


@pytest.mark.parametrize("estimator", [MAXRL, VERLS])
def test_failures_are_logged_and_end_the_third_step_before_it_teaches(estimator, queue) -> None:
    made = trainer(estimator)
    for step in (1, 2, 3):
        made.global_steps, logged = step, {}
        batch = rollouts(queue, infos(failed=4), 4)
        if step < 3:
            made._compute_advantage(batch, logged)
            assert (logged["env/error"], logged["env/failed_share"]) == (4.0, 0.25)
            continue
        with pytest.raises(EnvFailuresError, match=r"12x raised KeyError on a \(1\.1\.1\.1\)"):
            made._compute_advantage(batch, logged)
        assert not any("advantages" in row for row in queue.rows.values())


def test_a_few_failures_let_it_train(queue, capsys) -> None:
    made = trainer(MAXRL)
    for step in range(1, 6):
        made.global_steps, logged = step, {}
        made._compute_advantage(rollouts(queue, infos(failed=1), 4), logged)
        assert logged["env/failed_share"] == 1 / 16
    assert capsys.readouterr().err.count("1x raised KeyError on a (1.1.1.1)") == 1


def test_whole_groups_that_never_came_are_missed_unless_a_sampler_decides(queue) -> None:
    lost = infos(0)[:12]
    logged = {}
    trainer(MAXRL)._compute_advantage(rollouts(queue, lost, 4), logged)
    assert logged["env/failed_share"] == 0.25
    for key, value in (
        ("trainer.v1.sampler.custom_sampler", "{path: my_sampler.py, name: Mine}"),
        ("skip.rollout_tq.enable", "true"),
    ):
        logged = {}
        trainer(MAXRL, f"{key}={value}")._compute_advantage(rollouts(queue, lost, 4), logged)
        assert logged["env/failed_share"] == 0.0


@pytest.mark.skipif(releases.installed() == "0.9.0", reason="it does not say how many it expects")
def test_a_validation_counts_what_failed_and_what_never_came(capsys) -> None:
    made, rows = trainer(VERLS), [*infos(failed=2)[:7]]
    columns = {key: [row[key] for row in rows] for key in (*INFO_KEYS, *FAILURE_KEYS, NODE)}
    uids = ["u1"] * 4 + ["u2"] * 3
    logged = made._val_metrics_update(
        ["x"] * 7,
        uids,
        columns | {"reward": [0.0] * 7},
        [1] * 7,
        expected_acc_counts={("x", "u1"): 4, ("x", "u2"): 4},
    )
    assert (logged["val-env/error"], logged["val-env/dropped"]) == (2.0, 1.0)
    assert logged["val-env/failed_share"] == 3 / 8
    assert not [name for name in logged if "env_cause" in name or "node" in name]
    assert "3 of 8 sessions of the validation at step 1" in capsys.readouterr().err


def test_verls_sentence_about_a_step_without_rows_becomes_a_cause(monkeypatch) -> None:
    from credit_plugins.verl_adapter import watchdog

    made = trainer(MAXRL)
    base = type(made).__mro__[2]

    def fit(_self: object) -> None:
        raise RuntimeError("Sync replay buffer selected ... no materializable trajectories.")

    monkeypatch.setattr(base, "fit", fit)
    monkeypatch.setattr(watchdog, "_DELAY_S", 0.0)
    with pytest.raises(EnvFailuresError, match="All 16 sessions of step 1 failed"):
        made.fit()


@pytest.mark.parametrize("counts", [[2, 4, 4, 4], [4, 4, 4, 4]])
def test_rows_that_ask_for_another_number_of_sessions(counts, queue, monkeypatch) -> None:
    """As verl's data loader hands a data set's `__rollout_n__` on."""
    from verl.utils import tensordict_utils as tu

    made = trainer(MAXRL)
    made.agent_loop_manager = type("Manager", (), {"generate_sequences": lambda *_: None})()
    uids = np.array(["g0", "g1", "g2", "g3"], dtype=object)
    prompts = {"uid": uids, "__rollout_n__": np.array(counts, dtype=object)}
    made._submit_batch_to_rollout(tu.get_tensordict(prompts))
    batch = rollouts(queue, infos(0), 4)
    came = [key for key in batch.keys if int(key.split("_")[1]) < counts[int(key[1])]]
    logged: dict = {}
    made._compute_advantage(queue.batch(came), logged)
    assert logged["env/failed_share"] == 0.0


def test_the_recipe_has_the_settings_that_hold_without_it() -> None:
    from credit_plugins.verl_adapter.failures import EnvFailuresConfig

    from .in_memory_queue import config

    written = OmegaConf.to_container(config().trainer.env_failures)
    assert written == vars(EnvFailuresConfig())
