"""What a chain of operators does to one group, step by step, without training.

``verl-credit explain`` prints it; in Python:

>>> from recipes.explain import explain
>>> told = explain("maxrl_gtpo_sepa_hicra")
>>> list(told.table.columns[:4])
['rollout', 'token', 'text', 'mask']
"""

from __future__ import annotations

from .explanation import Explanation, explain
from .group import Group, example, read_group

__all__ = ["Explanation", "Group", "example", "explain", "read_group"]
