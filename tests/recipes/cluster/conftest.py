"""A Ray cluster of two nodes on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """HOST:PORT of a cluster whose second node has two logical GPUs."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    try:
        cluster.add_node(num_cpus=3, num_gpus=2)
        yield cluster.address
    finally:
        cluster.shutdown()
