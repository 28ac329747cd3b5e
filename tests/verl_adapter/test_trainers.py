"""Every trainer that verl looks up by name is ours, in whichever order things were imported."""

from __future__ import annotations

import pytest

from .subprocesses import last_line, python

pytestmark = pytest.mark.slow

LOOK_UPS = """
from verl.trainer.ppo.v1 import PPOTrainerSync, get_trainer_cls, register_trainer, trainer_base
from credit_plugins.verl_adapter.cpu.trainer import CpuTrainer
from credit_plugins.verl_adapter.trainer import CreditTrainer

class Late(PPOTrainerSync):
    pass

register_trainer("late")(Late)
found = get_trainer_cls("late")
assert issubclass(found, CreditTrainer) and issubclass(found, Late), found.__mro__
assert found is get_trainer_cls("late") is trainer_base.get_trainer_cls("late")
assert register_trainer("late")(Late) is Late, "verl lets a module be imported twice"

class OnOurs(get_trainer_cls("sync")):
    pass

register_trainer("on_ours")(OnOurs)
assert get_trainer_cls("on_ours") is OnOurs
assert OnOurs.__mro__.count(CreditTrainer) == 1

try:
    get_trainer_cls("snyc")
except ValueError as error:
    assert "Available trainers: colocate_async, late, on_ours, separate_async, sync" in str(error)
print(found.__name__, issubclass(found, CpuTrainer))
"""


@pytest.mark.parametrize("platform", ["", "cpu"])
def test_a_trainer_that_is_registered_late_is_ours_too(platform: str) -> None:
    run = python(LOOK_UPS, VERL_PLATFORM=platform)
    assert last_line(run) == f"CreditLate {platform == 'cpu'}"


def test_a_plugin_that_comes_after_verls_modules_does_the_same() -> None:
    code = """
import sys
import verl.experimental.separation.ray_trainer
import verl.trainer.ppo.v1
from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY

assert "credit_plugins.verl_adapter.plugin" not in sys.modules
assert "maxrl" not in ADV_ESTIMATOR_REGISTRY
import credit_plugins.verl_adapter.plugin
from credit_plugins.verl_adapter.trainer import CreditTrainer
from verl.trainer.ppo.v1.trainer_base import TRAINER_REGISTRY, get_trainer_cls

assert "maxrl" in ADV_ESTIMATOR_REGISTRY
assert all(issubclass(get_trainer_cls(name), CreditTrainer) for name in TRAINER_REGISTRY)
assert verl.trainer.ppo.v1.get_trainer_cls("sync") is get_trainer_cls("sync")
legacy = verl.trainer.ppo.v1.utils.compute_advantage.__globals__["RayPPOTrainer"]
print(legacy.init_workers.__wrapped__.__name__, len(TRAINER_REGISTRY))
"""
    assert last_line(python(code, VERL_USE_EXTERNAL_PLUGINS="none")) == "init_workers 3"
