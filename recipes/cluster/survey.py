"""What the nodes of a cluster have, or this machine without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from ..errors import RecipeError
from . import probe
from .join import authentication, check_answers


@dataclass(frozen=True)
class Node:
    """One node and what it said.

    Attributes:
        name: its address, as Ray knows it; "this machine" without a cluster.
        resources: what Ray may hand out there.
        facts: of `probe.facts`; {} if it gave none.
        error: why it gave none, "" if it did.
        skew_s: how many seconds its clock is ahead of ours, to within a few milliseconds.
    """

    name: str
    resources: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    skew_s: float = 0.0


def survey(address: str | None, spec: dict[str, Any]) -> list[Node]:
    """What every living node says to `probe.facts`, or this machine if there is no cluster.

    Args:
        address: HOST:PORT of a cluster that runs.
        spec: see `probe.facts`.

    Raises:
        RecipeError: the cluster cannot be joined.
    """
    if address is None:
        return [Node("this machine", facts=probe.facts(spec))]
    check_answers(address)
    # A process of its own: a driver of Ray changes signal handlers and logging.
    command = [sys.executable, "-m", f"{__package__}.ask", address]
    asked = subprocess.run(
        command,
        input=json.dumps(spec),
        env={**os.environ, **authentication()},
        capture_output=True,
        text=True,
        check=False,
    )
    if "AuthenticationError" in asked.stderr:
        raise RecipeError(
            f"The Ray cluster at {address} wants its token: copy ~/.ray/auth_token from the node "
            "that started it, or set RAY_AUTH_MODE=disabled wherever it is started."
        )
    if asked.returncode:
        said = asked.stderr.strip().splitlines() or [f"exit status {asked.returncode}"]
        raise RecipeError(f"The Ray cluster at {address} cannot be asked: {said[-1]}")
    return [Node(**row) for row in json.loads(asked.stdout.splitlines()[-1])]
