"""From what nodes say to what is wrong with them: each check, right and wrong."""

from __future__ import annotations

import copy

import pytest

from recipes.cluster import Node
from recipes.doctor.checks import Demand, findings

GB = 10**9
FACTS = {
    "host": "a",
    "python": "3.11.7",
    "packages": {"verl": "0.9.1", "ray": "2.60.0"},
    "files": {"/data/gsm8k.parquet": "a" * 64},
    "gpus": [{"name": "H100", "total": 85 * GB, "free": 84 * GB}] * 8,
    "shm": {"total": 64 * GB, "free": 60 * GB},
    "memory": {"total": 64 * GB, "free": 60 * GB},
    "disk": {"total": 64 * GB, "free": 60 * GB},
    "open_files": 65536,
    "cpus": 16,
    "code": "",
}
RUN = Demand(
    cpus=60, gpus=16, gpus_per_node=8, nodes=2, real_gpus=True, gpu_memory=80 * GB, vllm_share=0.7
)


def pair(**second):
    """Two nodes that are all right, but for what is said of the second."""
    facts = copy.deepcopy(FACTS)
    resources = {"CPU": 32.0, "GPU": 8.0}
    node = {"name": "10.0.0.2", "resources": resources, "facts": facts}
    for key, value in second.items():
        if key in facts:
            facts[key] = value
        else:
            node[key] = value
    return [Node("10.0.0.1", {"CPU": 32.0, "GPU": 8.0}, copy.deepcopy(FACTS)), Node(**node)]


def wrong(nodes, demand=RUN, joined=True):
    return [finding for finding in findings(nodes, demand, joined=joined) if not finding.ok]


def test_two_nodes_that_are_all_right():
    found = findings(pair(), RUN, joined=True)
    assert all(finding.ok for finding in found)
    assert all(finding.nodes == ("10.0.0.1", "10.0.0.2") for finding in found)
    assert [finding.check for finding in found] == [
        "Python",
        "verl",
        "ray",
        "/data/gsm8k.parquet",
        "plugin, estimator, environment",
        "clock",
        "/dev/shm",
        "open files",
        "CPUs of Ray",
        "GPUs",
        "GPU memory",
    ]


@pytest.mark.parametrize(
    ("second", "check", "seen", "remedy"),
    [
        ({"python": "3.12.1"}, "Python", "3.12.1", "Python 3.11.7"),
        (
            {"packages": {"verl": "0.9.0", "ray": "2.60.0"}},
            "verl",
            "0.9.0",
            "pip install verl==0.9.1",
        ),
        (
            {"packages": {"verl": "0.9.1", "ray": None}},
            "ray",
            "is missing",
            "pip install ray==2.60.0",
        ),
        ({"files": {"/data/gsm8k.parquet": None}}, "/data/gsm8k.parquet", "is missing", "Put it"),
        (
            {"files": {"/data/gsm8k.parquet": "b" * 64}},
            "/data/gsm8k.parquet",
            "sha256 bbbbbbbbbbbb",
            "Make it the same",
        ),
        (
            {"code": "ModuleNotFoundError: No module named 'mine'"},
            "plugin, estimator, environment",
            "No module named 'mine'",
            "pip install mine there",
        ),
        (
            {"code": "verl does not know the estimator mine"},
            "plugin, estimator, environment",
            "does not know the estimator",
            "Install the same verl-credit",
        ),
        ({"skew_s": -7.25}, "clock", "-7.2 s", "NTP"),
        ({"shm": {"total": 64 << 20, "free": 64 << 20}}, "/dev/shm", "0.07 GB", "--shm-size"),
        ({"shm": None}, "/dev/shm", "0.00 GB", "--shm-size"),
        ({"open_files": 1024}, "open files", "limit 1024", "ulimit -n 65536"),
        ({"resources": {"CPU": 8.0, "GPU": 8.0}}, "CPUs of Ray", "40 of 60", "--num-cpus"),
        ({"resources": {"CPU": 32.0, "GPU": 4.0}}, "GPUs", "8, 4", "trainer.n_gpus_per_node"),
        (
            {"gpus": [{"name": "A10", "total": 24 * GB, "free": 24 * GB}] * 8},
            "GPU memory",
            "24 GB",
            "cards of 80 GB",
        ),
        (
            {"gpus": [{"name": "H100", "total": 85 * GB, "free": 20 * GB}] * 8},
            "GPU memory",
            "20 of 85 GB free",
            "nvidia-smi",
        ),
    ],
)
def test_what_is_wrong_with_one_node_is_said_of_it_alone(second, check, seen, remedy):
    (finding,) = wrong(pair(**second))
    assert finding.check == check
    assert seen in finding.seen
    assert remedy in finding.remedy
    if check not in ("CPUs of Ray", "GPUs"):  # these are sums
        assert finding.nodes == ("10.0.0.2",)


def test_a_node_that_does_not_answer_is_one_finding_and_the_others_are_judged():
    nodes = pair(facts={}, error="it did not answer within 400 s")
    first, *others = wrong(nodes)
    assert (first.check, first.seen) == ("answers", "it did not answer within 400 s")
    assert {finding.check for finding in others} == {"CPUs of Ray", "GPUs"} or not others


def test_nodes_with_the_same_fault_share_a_line():
    nodes = pair(open_files=1024)
    nodes[0].facts["open_files"] = 1024
    (finding,) = wrong(nodes)
    assert finding.nodes == ("10.0.0.1", "10.0.0.2")


def test_logical_gpus_of_the_cpu_platform_want_no_cards():
    nodes = pair(gpus=[])
    nodes[0].facts["gpus"] = []
    demand = Demand(cpus=8, gpus=2, gpus_per_node=1, nodes=2, bucket=16 << 20)
    assert wrong(nodes, demand) == []


def test_alone_no_clock_is_compared_and_ray_is_not_counted():
    (node, _) = pair()
    checks = {finding.check for finding in findings([node], Demand(cpus=500), joined=False)}
    assert not checks & {"clock", "CPUs of Ray", "GPUs"}


def test_a_weight_bucket_wants_its_room_in_shared_memory():
    demand = Demand(gpus=2, gpus_per_node=2, bucket=40 * GB)
    (finding,) = wrong(pair()[:1], demand, joined=False)
    assert "160 GB are wanted" in finding.remedy
