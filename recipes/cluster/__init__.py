"""A Ray cluster that already runs: where it is, what it is told, and what its nodes have."""

from .join import authentication, check_found, join_overrides, running_address, second_task
from .probe import digest
from .survey import Node, survey

__all__ = [
    "Node",
    "authentication",
    "check_found",
    "digest",
    "join_overrides",
    "running_address",
    "second_task",
    "survey",
]
