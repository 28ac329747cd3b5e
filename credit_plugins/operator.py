"""What an operator is: one function with keyword-only numbers, and one declaration.

    @token_operator(reads=ENTROPY, scope="completion", neutral={"strength": 0.0})
    def mine(adv_BT, batch, *, strength=number(0.5, 0, 1)):
        ...

The section ``algorithm.credit.mine``, its checks, its line in ``verl-credit list``, its row in the
option reference and its place in the law tests follow from the declaration. Called directly, an
operator takes its numbers by keyword and fills in the defaults.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from .declared import Declared
from .errors import CreditConfigError
from .metrics import Metric
from .options import Option, declared_by

EPISODE, SIGNAL, TOKEN = "episode", "signal", "token"
KINDS: Mapping[str, tuple[str, ...]] = {
    EPISODE: ("reward_B", "group_B"),
    SIGNAL: ("signal_BT", "batch"),
    TOKEN: ("adv_BT", "batch"),
}
"""Each kind with the arguments that its functions take by position."""

SCOPES = ("completion", "group", "batch")
"""The widest set of rollouts that the answer for one rollout depends on, narrow to wide."""

Numbers = Mapping[str, Any]


@dataclass(eq=False)
class Operator(Declared[Tensor]):
    """A declared operator; called, it is its function.

    Attributes:
        kind: ``episode``, ``signal`` or ``token``.
        function: what it computes.
        options: its keyword-only numbers, with defaults and ranges.
        reads: names of the signals that it reads, at its numbers.
        scope: one of ``SCOPES``, at its numbers.
        replaces: it puts an advantage of its own in place of the incoming one.
        binary: it refuses rewards other than 0 and 1.
        neutral: numbers at which it changes nothing; {} if there are none.
        metrics: what it reports.
        cautions: numbers -> sentences about what is allowed and probably not meant.
    """

    kind: str
    function: Callable[..., Tensor]
    options: Mapping[str, Option]
    reads: Callable[[Numbers], tuple[str, ...]]
    scope: Callable[[Numbers], str]
    replaces: bool = False
    binary: bool = False
    neutral: Numbers = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    cautions: Callable[[Numbers], list[str]] = lambda _: []

    @property
    def wants_length(self) -> bool:
        """Whether an episode operator takes ``length_B``, the generated tokens of each rollout."""
        return "length_B" in inspect.signature(self.function).parameters


def episode_operator(
    *, scope: str = "group", binary: bool = False, metrics: tuple[Metric, ...] = ()
) -> Callable[[Callable[..., Tensor]], Operator]:
    """Declare ``f(reward_B, group_B, *, ...) -> advantage_B``; it may also take ``length_B``."""
    return functools.partial(
        _declared, EPISODE, reads=(), scope=scope, binary=binary, metrics=metrics
    )


def signal_operator(
    *,
    reads: Any = (),
    scope: Any = "completion",
    neutral: Numbers | None = None,
    metrics: tuple[Metric, ...] = (),
) -> Callable[[Callable[..., Tensor]], Operator]:
    """Declare ``f(signal_BT, batch, *, ...) -> signal_BT``, an edit of the uncertainty signal.

    Args:
        reads: a signal's name, several, or a function from the numbers to them.
        scope: one of ``SCOPES``, or a function from the numbers to one.
        neutral: numbers at which it changes nothing.
        metrics: what it reports.
    """
    return functools.partial(
        _declared, SIGNAL, reads=reads, scope=scope, neutral=neutral or {}, metrics=metrics
    )


def token_operator(
    *,
    reads: Any = (),
    scope: Any = "completion",
    replaces: bool = False,
    neutral: Numbers | None = None,
    metrics: tuple[Metric, ...] = (),
    cautions: Callable[[Numbers], list[str]] = lambda _: [],
) -> Callable[[Callable[..., Tensor]], Operator]:
    """Declare ``f(adv_BT, batch, *, ...) -> adv_BT``.

    Args:
        reads: a signal's name, several, or a function from the numbers to them.
        scope: one of ``SCOPES``, or a function from the numbers to one.
        replaces: it puts an advantage of its own in place of the incoming one.
        neutral: numbers at which it changes nothing.
        metrics: what it reports.
        cautions: numbers -> sentences about what is allowed and probably not meant.
    """
    return functools.partial(
        _declared,
        TOKEN,
        reads=reads,
        scope=scope,
        replaces=replaces,
        neutral=neutral or {},
        metrics=metrics,
        cautions=cautions,
    )


def _declared(
    kind: str, function: Callable[..., Tensor], *, reads: Any, scope: Any, **facts: Any
) -> Operator:
    fixed = (reads,) if isinstance(reads, str) else reads
    operator = Operator(
        kind=kind,
        function=function,
        options=declared_by(
            function,
            f"a {kind} operator",
            KINDS[kind],
            besides=("length_B",) if kind == EPISODE else (),
        ),
        reads=reads if callable(reads) else lambda _: tuple(fixed),
        scope=scope if callable(scope) else lambda _: scope,
        **facts,
    )
    if (found := operator.scope(operator.declared)) not in SCOPES:
        raise CreditConfigError(f"{operator.name}: scope is {found!r}, must be one of {SCOPES}")
    return operator
