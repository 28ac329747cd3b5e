"""The CPU as a verl platform: gloo for communication, no device memory, no graph capture."""

from __future__ import annotations

import contextlib
import os
import types
from collections.abc import Iterator
from typing import Any

import torch

# Logical accelerators: verl asks Ray for GPUs, the recipe declares as many as it wants ranks.
RAY_RESOURCE = "GPU"
_HOST_MEMORY = (8 << 30, 16 << 30)  # (free, all) bytes reported to verl's memory logs


class _CpuDeviceModule(types.ModuleType):
    """``torch.cpu`` completed by the memory and RNG calls verl makes on ``torch.cuda``."""

    def __getattr__(self, name: str) -> Any:
        return getattr(torch.cpu, name)


def _device_module() -> types.ModuleType:
    module = _CpuDeviceModule("verl_credit_cpu_device")
    for name in (
        "memory_allocated",
        "memory_reserved",
        "max_memory_allocated",
        "max_memory_reserved",
    ):
        setattr(module, name, lambda *_args, **_kwargs: 0)
    for name in (
        "empty_cache",
        "ipc_collect",
        "set_device",
        "set_per_process_memory_fraction",
        "reset_peak_memory_stats",
        "reset_max_memory_allocated",
    ):
        setattr(module, name, lambda *_args, **_kwargs: None)
    vars(module).update(
        is_available=lambda: True,
        mem_get_info=lambda *_args: _HOST_MEMORY,
        get_rng_state=lambda *_args: torch.get_rng_state(),
        set_rng_state=lambda state, *_args: torch.set_rng_state(state),
        get_device_name=lambda *_args: "cpu",
        manual_seed=torch.manual_seed,
    )
    return module


def register_cpu_platform() -> None:
    """Register platform ``cpu`` with verl, and vLLM's CPU build under the name verl looks for."""
    from verl.plugin.platform.platform_base import PlatformBase
    from verl.plugin.platform.platform_manager import PlatformRegistry

    from .vllm_distribution import answer_for_vllm

    @PlatformRegistry.register(platform="cpu")
    class CpuPlatform(PlatformBase):
        device_name = "cpu"
        vendor_name = "cpu"
        device_module = _device_module()

        def is_available(self) -> bool:
            return True

        def current_device(self) -> torch.device:
            return torch.device("cpu")

        def device_count(self) -> int:
            return 1

        def set_device(self, device_index: int) -> None:
            pass

        def synchronize(self, device_index: int | None = None) -> None:
            pass

        def manual_seed(self, seed: int) -> None:
            torch.manual_seed(seed)

        manual_seed_all = manual_seed

        def set_allocator_settings(self, settings: str) -> None:
            pass

        def empty_cache(self) -> None:
            pass

        def get_device_capability(self, device_index: int = 0) -> tuple[int | None, int | None]:
            return (None, None)

        def communication_backend_name(self) -> str:
            return "gloo"

        def visible_devices_envvar(self) -> str:
            return "CUDA_VISIBLE_DEVICES"

        @contextlib.contextmanager
        def nvtx_range(self, msg: str) -> Iterator[None]:
            yield

        def profiler_start(self) -> None:
            pass

        def profiler_stop(self) -> None:
            pass

        def ray_resource_name(self) -> str:
            return RAY_RESOURCE

        def ray_noset_envvars(self) -> list[str]:
            return ["RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES"]

        def is_ipc_supported(self) -> bool:
            return False

        def rollout_env_vars(self) -> dict[str, str]:
            settings = {k: v for k, v in os.environ.items() if k.startswith("VLLM_CPU_")}
            return {"VLLM_TARGET_DEVICE": "cpu", **settings}

        def cudart(self) -> Any:
            return None

    answer_for_vllm()
