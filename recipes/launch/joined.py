"""May a run start on a Ray cluster that others have started?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cluster import Node, digest, survey
from ..errors import PreflightError
from ..runs import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omegaconf import DictConfig


def admit(address: str, run: Run, config: DictConfig) -> str:
    """Look at a cluster before a run joins it.

    Args:
        address: of the cluster.
        run: its folder is on disk.
        config: the composed configuration.

    Returns:
        What the cluster has, as a line for the user.

    Raises:
        RecipeError: the cluster does not answer.
        PreflightError: a node cannot be asked or does not see the run's folder, or there are too
            few accelerators.
    """
    mark = str(run.path / "run.json")
    nodes = survey(address, {"files": [mark]})
    if found := list(_problems(nodes, run, config, {mark: digest(mark)})):
        raise PreflightError(found)
    totals = {key: sum(node.resources.get(key, 0.0) for node in nodes) for key in ("CPU", "GPU")}
    count = f"{len(nodes)} node{'s' * (len(nodes) > 1)}"
    return f"Ray: the cluster at {address}: {count}, {totals['CPU']:g} CPUs, {totals['GPU']:g} GPUs"


def _problems(
    nodes: Sequence[Node], run: Run, config: DictConfig, here: dict[str, str | None]
) -> Iterator[str]:
    for node in nodes:
        if node.error:
            yield f"Node {node.name} cannot be asked: {node.error}."
        elif node.resources.get("CPU") and node.facts["files"] != here:
            yield (
                f"Node {node.name} does not see {run.path}, where the run writes checkpoints and "
                "metrics: start in a folder on a disk that all nodes share."
            )
    have = sum(node.resources.get("GPU", 0.0) for node in nodes)
    wanted = int(config.trainer.nnodes) * int(config.trainer.n_gpus_per_node)
    if have < wanted:
        yield (
            f"The run wants {wanted} GPUs (trainer.nnodes={config.trainer.nnodes} times "
            f"trainer.n_gpus_per_node={config.trainer.n_gpus_per_node}); the cluster has {have:g}."
        )
