"""Asks every node of a Ray cluster what it has: ``python -m recipes.cluster.ask HOST:PORT``.

The specification of `probe.facts` comes as JSON from standard input.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import ray
from ray import cloudpickle
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from . import probe

ANSWER_S = 400.0
"""How long a node may take to answer."""


def ask(address: str, spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a `Node` for every node that lives."""
    cloudpickle.register_pickle_by_value(probe)
    ray.init(address, log_to_driver=False, logging_level="ERROR")

    def on(node: str, function: Any) -> Any:
        place = NodeAffinitySchedulingStrategy(node, soft=False)
        return ray.remote(num_cpus=0, max_retries=0)(function).options(scheduling_strategy=place)

    nodes = [node for node in ray.nodes() if node["Alive"]]
    asked = {node["NodeID"]: on(node["NodeID"], probe.facts).remote(spec) for node in nodes}
    ray.wait(list(asked.values()), num_returns=len(asked), timeout=ANSWER_S)
    rows = []
    for node in nodes:
        row = {"name": node["NodeManagerAddress"], "resources": node["Resources"]}
        row["name"] += f":{node['NodeManagerPort']}" if _several_at(node, nodes) else ""
        try:
            row["facts"] = ray.get(asked[node["NodeID"]], timeout=1)
            clock = on(node["NodeID"], lambda: time.time())
            sent = time.time()
            there = ray.get(clock.remote(), timeout=60)
            row["skew_s"] = there - (sent + time.time()) / 2
        except ray.exceptions.GetTimeoutError:
            row["error"] = f"it did not answer within {ANSWER_S:.0f} s"
        except Exception as error:  # whatever goes wrong there is the answer
            row["error"] = str(error).strip().splitlines()[-1]
        rows.append(row)
    return rows


def _several_at(node: dict[str, Any], nodes: list[dict[str, Any]]) -> bool:
    same = [other for other in nodes if other["NodeManagerAddress"] == node["NodeManagerAddress"]]
    return len(same) > 1


if __name__ == "__main__":
    print(json.dumps(ask(sys.argv[1], json.load(sys.stdin))))
