"""Mixin that gives a verl trainer CPU workers and CPU rollout replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer
else:
    PPOTrainer = object


class CpuTrainer(PPOTrainer):
    """Replaces worker classes through the tables verl's trainers keep for that purpose."""

    def _init_resource_pool_mgr(self) -> Any:
        import ray
        from verl.trainer.ppo.utils import Role

        from .engine import CpuActorRolloutRefWorker, CpuTrainingWorker

        result = super()._init_resource_pool_mgr()
        for role in self.role_worker_mapping:
            worker = CpuTrainingWorker if role == Role.Critic else CpuActorRolloutRefWorker
            self.role_worker_mapping[role] = ray.remote(worker)
        return result

    @staticmethod
    def _replica() -> type:
        from .rollout import CpuReplica

        return CpuReplica
