"""What is right and wrong with a set of nodes: from what they said to findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..cluster import Node

_GB = 1_000_000_000
_LEAST_OPEN_FILES = 8192
"""Ray opens sockets by the thousand on a node; a limit of 1,024, as shells have it, is reached."""
_LEAST_SHM = 1 * _GB
"""NCCL and vLLM exchange through /dev/shm; a container has 64 MB of it by default."""
_MOST_SKEW_S = 2.0


@dataclass(frozen=True)
class Finding:
    """One check on one or several nodes.

    Attributes:
        check: what was looked at.
        ok: whether it is as it has to be.
        nodes: where it was seen so.
        seen: what was seen.
        remedy: what to do about it; "" where all is well, or where `seen` says it.
    """

    check: str
    ok: bool
    nodes: tuple[str, ...]
    seen: str
    remedy: str = ""


@dataclass(frozen=True)
class Demand:
    """What a run asks of its nodes; by default nothing.

    Attributes:
        cpus: CPUs that Ray has to have, all nodes together; None if it is not known.
        gpus: accelerators, all nodes together.
        gpus_per_node: on each of ``nodes`` nodes.
        nodes: how many nodes train.
        real_gpus: whether they are GPUs, and not the logical ones of the CPU platform.
        gpu_memory: bytes that a card has to have; None if the recipe does not say.
        vllm_share: part of a card that vLLM wants to find free.
        bucket: bytes of shared memory through which a process sends weights.
    """

    cpus: int | None = None
    gpus: int = 0
    gpus_per_node: int = 0
    nodes: int = 1
    real_gpus: bool = False
    gpu_memory: int | None = None
    vllm_share: float = 0.0
    bucket: int = 0


def findings(nodes: Sequence[Node], demand: Demand, *, joined: bool) -> list[Finding]:
    """Every check, in the order in which a user would mend things.

    Args:
        nodes: what they said; the first answers for the launch.
        demand: what the run asks for.
        joined: whether they are nodes of a cluster, whose resources Ray counts.
    """
    silent = [node for node in nodes if node.error]
    able = [node for node in nodes if not node.error]
    found = [
        Finding("answers", False, (node.name,), node.error, "Look at the raylet's log there.")
        for node in silent
    ]
    if not able:
        return found
    found += _alike(able, "Python", lambda facts: facts["python"], _same_python)
    for kind, remedy in (("packages", _install), ("files", _copy)):
        for name in able[0].facts[kind]:
            found += _alike(able, name, partial(_entry, kind, name), remedy)
    if "code" in able[0].facts:
        found += _each(able, "plugin, estimator, environment", _code)
    found += _each(able, "clock", _clock) if joined else []
    found += _each(able, "/dev/shm", lambda node: _shm(node, demand))
    found += _each(able, "open files", _open_files)
    found += [*_cpus(able, demand, joined), *_gpus(able, demand, joined)]
    return found


Judged = tuple[bool, str, str]
"""Whether it is right, what was seen, what to do."""


def _each(nodes: Iterable[Node], check: str, judge: Callable[[Node], Judged]) -> Iterator[Finding]:
    """One finding for each thing that was seen, with the nodes where it was."""
    seen: dict[Judged, list[str]] = {}
    for node in nodes:
        seen.setdefault(judge(node), []).append(node.name)
    right = [name for (ok, *_), names in seen.items() if ok for name in names]
    for (ok, what, remedy), names in seen.items():
        if not ok:
            yield Finding(check, False, tuple(names), what, remedy)
    if right:
        yield Finding(check, True, tuple(right), next(what for (ok, what, _) in seen if ok))


def _alike(
    nodes: Sequence[Node],
    check: str,
    value: Callable[[Mapping[str, Any]], str | None],
    remedy: Callable[[str, str | None, str | None], str],
) -> Iterator[Finding]:
    """Every node has the same as the first, which has something."""
    here = value(nodes[0].facts)

    def judge(node: Node) -> Judged:
        own = value(node.facts)
        return (own == here and own is not None, _short(own), remedy(check, own, here))

    yield from _each(nodes, check, judge)


def _entry(kind: str, name: str, facts: Mapping[str, Any]) -> str | None:
    value: str | None = facts[kind][name]
    return value


def _short(value: str | None) -> str:
    if value is None:
        return "is missing"
    return f"sha256 {value[:12]}" if len(value) == 64 else value


def _same_python(_: str, own: str | None, here: str | None) -> str:
    return f"Make the environment with Python {here}: Ray and pickle want the same one everywhere."


def _install(name: str, own: str | None, here: str | None) -> str:
    return f"pip install {name}=={here}" if here else f"pip install {name}"


def _copy(path: str, own: str | None, here: str | None) -> str:
    if here is None:
        return "Name a file that exists."
    what = "Put it there" if own is None else "Make it the same file"
    return f"{what}: on a disk that all nodes share, or copied to the same path."


def _code(node: Node) -> Judged:
    said = node.facts["code"]
    remedy = "Install the same verl-credit there, beside verl."
    if missing := re.search(r"No module named '(\w+)", said):
        name = missing.group(1)
        remedy = f"pip install {name.replace('_', '-')} there; one of your own: the same path."
    return not said, said or "are there", remedy


def _clock(node: Node) -> Judged:
    ok = abs(node.skew_s) <= _MOST_SKEW_S
    seen = f"within {_MOST_SKEW_S:.0f} s" if ok else f"{node.skew_s:+.1f} s"
    return ok, seen, "Let NTP (chrony) set the clocks: Ray's and NCCL's time-outs compare them."


def _shm(node: Node, demand: Demand) -> Judged:
    free = (node.facts["shm"] or {"free": 0})["free"]
    wanted = max(_LEAST_SHM, 2 * demand.bucket * max(demand.gpus_per_node, 1))
    ok = free >= wanted
    seen = "room enough" if ok else f"{free / _GB:.2f} GB free"
    return ok, seen, f"{wanted / _GB:.0f} GB are wanted: docker run --shm-size=16g, or --ipc=host."


def _open_files(node: Node) -> Judged:
    limit = node.facts["open_files"]
    ok = limit < 0 or limit >= _LEAST_OPEN_FILES
    return (
        ok,
        "limit high enough" if ok else f"limit {limit}",
        "ulimit -n 65536 before `ray start`.",
    )


def _cpus(nodes: Sequence[Node], demand: Demand, joined: bool) -> Iterator[Finding]:
    if demand.cpus is None or not joined:
        return  # a Ray of the run's own has what ray_kwargs.ray_init.num_cpus says
    have = sum(node.resources.get("CPU", 0) for node in nodes)
    ok = have >= demand.cpus
    names = tuple(node.name for node in nodes)
    remedy = "" if ok else "ray start --num-cpus=N: they are logical, and verl waits for them."
    yield Finding("CPUs of Ray", ok, names, f"{have:g} of {demand.cpus}", remedy)


def _gpus(nodes: Sequence[Node], demand: Demand, joined: bool) -> Iterator[Finding]:
    if not demand.gpus or not (joined or demand.real_gpus):
        return
    counts = [_count(node, joined) for node in nodes]
    ok = sum(count >= demand.gpus_per_node for count in counts) >= demand.nodes
    wanted = f"{demand.nodes} node{'s' * (demand.nodes > 1)} with {demand.gpus_per_node}"
    seen = ", ".join(f"{count:g}" for count in counts)
    remedy = "" if ok else f"{wanted} are wanted: trainer.nnodes, trainer.n_gpus_per_node."
    yield Finding("GPUs", ok, tuple(node.name for node in nodes), f"{seen} ({wanted})", remedy)
    if demand.real_gpus:
        have = [node for node in nodes if node.facts["gpus"]]
        yield from _each(have, "GPU memory", lambda node: _cards(node, demand))


def _count(node: Node, joined: bool) -> float:
    return node.resources.get("GPU", 0.0) if joined else float(len(node.facts["gpus"]))


def _cards(node: Node, demand: Demand) -> Judged:
    cards = node.facts["gpus"]
    total, free = (min(card[key] for card in cards) for key in ("total", "free"))
    # Makers count a card of 80 GB as 80e9 or as 80 * 2**30 bytes, less what the driver keeps.
    if demand.gpu_memory and total < 0.93 * demand.gpu_memory:
        wanted = demand.gpu_memory / _GB
        told = f"The recipe is made for cards of {wanted:.0f} GB; take another, or a smaller model."
        return False, f"{total / _GB:.0f} GB", told
    if free < demand.vllm_share * total:
        return (
            False,
            f"{free / _GB:.0f} of {total / _GB:.0f} GB free",
            f"vLLM wants {demand.vllm_share:.0%} of a card free: end what runs there (nvidia-smi).",
        )
    return True, f"{total / _GB:.0f} GB, {free / _GB:.0f} free", ""
