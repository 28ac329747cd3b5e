"""Everything wrong with a launch, in one list, before anything starts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from omegaconf import DictConfig

from credit_plugins.verl_adapter import releases
from recipes.errors import PreflightError
from recipes.launch import preflight
from recipes.launch.compose import compose, for_hydra

pytestmark = pytest.mark.slow  # seconds each: a process, or verl's whole configuration


def composed(*overrides: str) -> DictConfig:
    return compose("cpu_addition", for_hydra("cpu_addition", overrides))


def test_shipped_recipe_is_accepted():
    assert preflight.problems(composed()) == []


def test_srun_launches_once(monkeypatch):
    monkeypatch.setenv("SLURM_PROCID", "2")
    monkeypatch.setenv("SLURM_NTASKS", "4")
    (problem,) = preflight.problems(composed())
    assert problem.startswith("This is task 3 of 4 of srun")


@pytest.mark.parametrize("folder", ["my work", "a&b", "it's", "$HOME", "a(1)"])
def test_a_python_whose_path_a_shell_would_not_read_as_it_is(monkeypatch, folder):
    """What Ray does with the path, and what we say of it."""
    python = f"/{folder}/bin/python"
    read = subprocess.run(["bash", "-c", f"printf '[%s]' {python}"], capture_output=True, text=True)
    assert read.stdout != f"[{python}]"
    monkeypatch.setattr(sys, "executable", python)
    (problem,) = preflight.problems(composed())
    assert problem.startswith(f"Ray cannot start workers with the Python at {python!r}")
    monkeypatch.setattr(preflight, "running_address", lambda _: "10.0.0.1:6379")
    assert preflight.problems(composed()) == []


def test_a_python_with_signs_that_a_shell_leaves_alone(monkeypatch):
    python = "/home/zoë/a-b_c.d+e@f,g:h=i/bin/python3.11"
    read = subprocess.run(["bash", "-c", f"printf '[%s]' {python}"], capture_output=True, text=True)
    assert read.stdout == f"[{python}]"
    monkeypatch.setattr(sys, "executable", python)
    assert preflight.problems(composed()) == []


def test_estimator_credit_and_environment_are_told_together():
    found = preflight.problems(
        composed(
            "algorithm.credit.gtpo.betta=0.1",
            "algorithm.credit.hicra.alpha=-7",
            "data.env.id=reasoning/Adition-v0",
        )
    )
    text = "\n".join(found)
    assert "betta" in text
    assert "beta" in text
    assert "-7" in text
    assert "reasoning/Addition-v0" in text


def test_unknown_estimator_names_the_nearest():
    (problem,) = preflight.problems(composed("algorithm.adv_estimator=maxrl_gtpo_seppa"))
    assert "maxrl_gtpo_sepa" in problem


def test_verls_own_estimators_pass():
    assert preflight.problems(composed("algorithm.adv_estimator=reinforce_plus_plus")) == []


def test_environment_without_id():
    problems = preflight.problems(composed("data.env.id=null"))
    assert any("data.env.id" in problem for problem in problems)


def test_environment_with_worked_solutions_warm_starts_on_itself():
    assert preflight.problems(composed("data.env.id=reasoning/Arithmetic-v0")) == []


def test_neither_a_model_nor_a_warm_start():
    (problem,) = preflight.problems(composed("launch.warm_start=null"))
    assert "actor_rollout_ref.model.path is empty" in problem


@pytest.mark.parametrize(
    ("override", "text"),
    [("launch.warm_start.steps=0", "at least 1"), ("+launch.warm_start.stepz=3", "stepz")],
)
def test_a_wrong_input_of_the_warm_start_is_told(override, text):
    (problem,) = preflight.problems(composed(override))
    assert text in problem


def test_argument_the_environment_does_not_have():
    (problem,) = preflight.problems(composed("data.env.kwargs.digit=[1]"))
    assert problem == "AdditionEnv takes no argument 'digit'; nearest: digits."


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ("+data.env.trainsize=3", "data.env has unknown keys ['trainsize']"),
        ("data.env.validation_size=0", "data.env.validation_size=0 must be at least 1"),
        ("data.env.train_size=many", "data.env.train_size='many' must be at least 1"),
        ("data.train_files=trian", "'trian'; EnvDataset takes a stream name"),
        ("data.val_files=[validation]", "EnvDataset takes a stream name"),
        ("data.env.curriculum={target: 2}", "target must be from 0 to 1; got 2"),
        ("data.env.curriculum={tarrget: 0.5}", "data.env.curriculum has unknown keys"),
        ("data.env.id=???", "data.env.id is missing"),
        ("data.env=null", "data.env.id is missing"),
    ],
)
def test_what_the_data_set_would_refuse_later_is_told_once(override, text):
    (problem,) = preflight.problems(composed(override))
    assert text in problem


def test_a_curriculum_needs_the_loader_in_the_trainer():
    given = ("data.env.curriculum={target: 0.5}", "data.dataloader_num_workers=2")
    (problem,) = preflight.problems(composed(*given))
    assert "data.dataloader_num_workers=0, got 2" in problem


def test_both_streams_are_told_in_one_message():
    found = preflight.problems(composed("data.train_files=trian", "data.val_files=vall"))
    assert [word for word in ("trian", "vall") if word in " ".join(found)] == ["trian", "vall"]


VERLS_ROWS = (
    "data.custom_cls.path=null",
    "data.env.id=nothing",
    "data.val_files=[]",
    f"data.train_files={__file__}",
)


def test_verls_own_data_sets_are_left_to_verl(model_folder):
    given = (*VERLS_ROWS, f"actor_rollout_ref.model.path={model_folder}", "reward.num_workers=1")
    assert preflight.problems(composed(*given)) == []


OURS = (
    "reward.custom_reward_function.path=pkg://envs.reward_function",
    "reward.custom_reward_function.name=compute_score",
)
NO_WORKER = "reward.num_workers=0 leaves no worker to compute the reward"


@pytest.mark.parametrize("function", [(), OURS])
def test_rows_of_verls_own_need_a_reward_worker(model_folder, function):
    given = (*VERLS_ROWS, *function, f"actor_rollout_ref.model.path={model_folder}")
    (problem,) = preflight.problems(composed(*given))
    assert NO_WORKER in problem
    assert "set reward.num_workers=8" in problem


def test_an_agent_loop_of_ones_own_may_pay_by_itself(model_folder):
    loop = f"actor_rollout_ref.rollout.agent.agent_loop_config_path={__file__}"
    given = (*VERLS_ROWS, loop, f"actor_rollout_ref.model.path={model_folder}")
    assert preflight.problems(composed(*given)) == []
    (problem,) = preflight.problems(composed(*given, *OURS))
    assert NO_WORKER in problem


def test_a_reward_function_beside_an_environment_is_not_called():
    with pytest.warns(UserWarning, match=r"pkg://envs.reward_function is not called: the env"):
        assert preflight.problems(composed(*OURS)) == []


def test_the_estimator_is_built_and_its_numbers_are_checked_once(monkeypatch):
    from credit_plugins import config
    from credit_plugins.verl_adapter import preflight as adapter

    calls = []

    def counted(function):
        return lambda *given: (calls.append(function.__name__), function(*given))[1]

    monkeypatch.setattr(adapter, "build_chain", counted(config.build_chain))
    monkeypatch.setattr(adapter, "credit_problems", counted(config.problems))
    monkeypatch.setattr(config, "problems", counted(config.problems))
    assert preflight.problems(composed()) == []
    assert calls == ["build_chain", "problems"]


def test_refused_by_the_verl_adapter():
    problems = preflight.problems(composed("actor_rollout_ref.rollout.n=1"))
    assert any("rollout.n" in problem for problem in problems)


@pytest.mark.parametrize("package", ["verl", "vllm"])
def test_missing_package_says_what_to_install(monkeypatch, package):
    monkeypatch.setattr(preflight, "_installed", lambda name: name != package)
    (problem,) = preflight.problems(composed())
    assert package in problem
    assert "pip install -e '.[gpu]'" in problem
    assert "make setup" in problem


def test_another_release_of_verl_is_refused(monkeypatch):
    monkeypatch.setattr(releases, "installed", lambda: "0.8.0")
    assert preflight.problems(composed()) == [
        "verl 0.8.0 is installed, and verl-credit works with verl 0.9.0 and 0.9.1 alone; install "
        "one of these."
    ]


def test_check_hands_on_warnings():
    (warning,) = preflight.check(composed("actor_rollout_ref.actor.loss_agg_mode=token-mean"))
    assert "seq-mean-token-sum-norm" in warning


def test_check_raises_all_of_them(monkeypatch):
    monkeypatch.setattr(preflight, "problems", lambda config, root: ["one", "two"])
    with pytest.raises(PreflightError) as caught:
        preflight.check(composed())
    assert caught.value.problems == ["one", "two"]


MIX = (
    "data.env.mix.sums={id: reasoning/Addition-v0, kwargs: {digits: [1]}, weight: 2}",
    "data.env.mix.systems.id=reasoning/LinearSystem-v0",
)


def test_a_mixture_needs_a_model_or_an_environment_to_start_on(model_folder):
    (problem,) = preflight.problems(composed(*MIX))
    assert "launch.warm_start has no env_id" in problem
    assert "actor_rollout_ref.model.path=FOLDER" in problem
    assert preflight.problems(composed(*MIX, f"actor_rollout_ref.model.path={model_folder}")) == []
    start = ("launch.warm_start.env_id=reasoning/Addition-v0", "launch.warm_start.env_kwargs={}")
    assert preflight.problems(composed(*MIX, *start)) == []


def test_a_wrong_entry_is_told_once():
    (problem,) = preflight.problems(composed(*MIX, "data.env.mix.sums.wieght=3"))
    assert "data.env.mix.sums" in problem
    assert "wieght" in problem


def test_a_model_that_transformers_refuses_is_told(tmp_path):
    (tmp_path / "config.json").write_text("{")
    (problem,) = preflight.problems(composed(f"actor_rollout_ref.model.path={tmp_path}"))
    assert "its config.json cannot be used" in problem


def test_what_a_run_needs_is_part_of_it(model_folder):
    model = f"actor_rollout_ref.model.path={model_folder}"
    (problem,) = preflight.problems(composed("ray_kwargs.ray_init.num_cpus=4"))
    assert "waits for ever without 5" in problem
    bucket = "actor_rollout_ref.rollout.checkpoint_engine.update_weights_bucket_megabytes"
    found = preflight.problems(composed(model, f"{bucket}=0"))
    assert [bucket in text for text in found] == [True]
