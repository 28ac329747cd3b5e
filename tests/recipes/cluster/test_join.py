"""Which cluster a run joins, and what its configuration says to it."""

from __future__ import annotations

import pytest
from omegaconf import OmegaConf

from recipes.cluster import check_found, join_overrides, running_address, second_task
from recipes.errors import RecipeError
from recipes.launch.compose import compose


def config(**ray_init):
    return OmegaConf.create({"ray_kwargs": {"ray_init": ray_init}})


@pytest.mark.parametrize("given", [{}, {"address": None}, {"address": "local"}, {"num_cpus": 8}])
def test_without_a_cluster_the_run_starts_its_own(given):
    assert running_address(config(**given)) is None


def test_a_named_cluster_is_joined(monkeypatch):
    assert running_address(config(address="10.1.2.3:6379")) == "10.1.2.3:6379"
    monkeypatch.setenv("RAY_ADDRESS", "10.1.2.4:6379")
    assert running_address(config()) == "10.1.2.4:6379"
    assert running_address(config(address="auto")) == "10.1.2.4:6379"
    assert running_address(config(address="10.1.2.3:6379")) == "10.1.2.3:6379"


def test_a_cluster_that_ray_start_has_left_here_is_joined(no_cluster):
    (no_cluster / "ray").mkdir()
    (no_cluster / "ray" / "ray_current_cluster").write_text("10.1.2.3:6379")
    assert running_address(config()) == "10.1.2.3:6379"
    assert running_address(config(address="local")) is None


def test_counts_of_a_start_are_taken_back_and_variables_travel():
    config = compose("cpu_addition")
    assert (config.ray_kwargs.ray_init.num_cpus, config.ray_kwargs.ray_init.num_gpus) == (8, 1)
    items = join_overrides(config, {"VERL_PLATFORM": "cpu", "A": "'b=c, {d}'"})
    init = compose("cpu_addition", items).ray_kwargs.ray_init
    assert (init.num_cpus, init.num_gpus) == (None, None)
    assert init.runtime_env.env_vars == {"VERL_PLATFORM": "cpu", "A": "b=c, {d}"}


def test_auto_wants_a_cluster(monkeypatch):
    from ray._private import services

    monkeypatch.setattr(services, "find_gcs_addresses", set)  # another run's Ray may be about
    check_found(config())
    with pytest.raises(RecipeError, match=r"address=auto, and no Ray runs on this machine"):
        check_found(config(address="auto"))
    monkeypatch.setenv("RAY_ADDRESS", "10.1.2.4:6379")
    check_found(config(address="auto"))


@pytest.mark.parametrize(
    ("number", "count", "said"),
    [(None, None, ""), ("0", "4", ""), ("1", "4", "2 of 4"), ("3", "4", "4 of 4"), ("", "", "")],
)
def test_only_the_first_task_of_srun_launches(monkeypatch, number, count, said):
    for key, value in {"SLURM_PROCID": number, "SLURM_NTASKS": count}.items():
        if value is None:
            monkeypatch.delenv(key, raising=False)
        else:
            monkeypatch.setenv(key, value)
    assert second_task() == said
