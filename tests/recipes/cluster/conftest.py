"""A Ray cluster of two nodes on this machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """HOST:PORT of a cluster whose second node has two logical GPUs."""
    from ray.cluster_utils import Cluster

    # Short, for its sockets, and its own: else a run that starts meanwhile joins the cluster.
    place = tempfile.mkdtemp(prefix="ray", dir="/tmp")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", place)
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
        try:
            cluster.add_node(num_cpus=3, num_gpus=2)
            yield cluster.address
        finally:
            cluster.shutdown()
            shutil.rmtree(place, ignore_errors=True)
