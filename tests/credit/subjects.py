"""What the laws run on: operators at numbers of their own, and every estimator by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from credit_plugins.check.subject import Subject
from credit_plugins.config import build_chain
from credit_plugins.presets import PRESETS, estimator_names
from credit_plugins.registry import find, own

REPLACING = {name for name, operator in own().items() if operator.replaces}  # no identity

ACTIVE_CREDIT = {"gtpo": {"beta": 0.5}, "hicra": {"alpha": 0.3}, "sepa": {"lam": 0.7}}
NEUTRAL_CREDIT = {"gtpo": {"beta": 0.0}, "hicra": {"alpha": 0.0}, "sepa": {"lam": 0.0}}


def subject(name, **numbers):
    """A registered operator, at its defaults but for some numbers."""
    operator = find(name)
    return Subject(operator, {**operator.defaults, **numbers})


def twin_of(right, function):
    """The same declaration and numbers around another function, which takes the inputs only."""
    if right.operator.wants_length:

        def twin(reward_B, group_B, *, length_B, **_):
            return function(reward_B, group_B, length_B=length_B)
    else:

        def twin(first, second, **_):
            return function(first, second)

    return replace(right, operator=replace(right.operator, function=twin))


@dataclass(frozen=True)
class Estimator:
    """A chain as the laws call it."""

    chain: Any

    @property
    def scope(self):
        return self.chain.scope

    @property
    def operator(self):
        return self.chain

    def __call__(self, batch):
        return self.chain(batch, self.chain.init_state()).advantage_BT


ESTIMATORS = {name: Estimator(build_chain(name, ACTIVE_CREDIT)) for name in estimator_names()}
WITH_NEUTRAL = [name for name in estimator_names() if not set(PRESETS.get(name, ())) & REPLACING]
