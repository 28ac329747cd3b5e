"""What a chain makes of one group, without training: the same numbers that a dump of it holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from credit_plugins.batch import PLANNING, CreditBatch
from credit_plugins.chain import Chain, Run
from credit_plugins.dump import Dump, Rollout
from credit_plugins.dump.read import Ran
from credit_plugins.dump.schema import ADVANTAGE_OF
from credit_plugins.errors import CreditError
from credit_plugins.stats import row_counts

from ..errors import RecipeError
from .effects import Effect, Tokens, effects_of
from .group import Group, group_of
from .operators import Chosen, Operators, chain_of
from .signals import batch_of

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Explanation:
    """One group with what every operator of a chain made of it.

    Attributes:
        group: where the rollouts are from.
        dump: the group as ``credit_plugins.dump`` holds it, with a layer per operator.
        chain: what ran, at fixed numbers.
        scheduled: what was said of each number that follows a schedule, by ``OPERATOR.NUMBER``.
        cautions: what is allowed and probably not meant, one sentence each.
    """

    group: str
    dump: Dump
    chain: Chain
    scheduled: Mapping[str, str] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()

    @property
    def signal(self) -> str:
        """``entropy`` or ``surprisal``, which the chain reads; "" for neither."""
        return (self.chain.signal_key or "").removesuffix("_BT")

    @cached_property
    def tokens(self) -> Tokens:
        """The generated tokens of all rollouts, one after another."""
        return Tokens.of(self.dump.rollouts)

    @cached_property
    def effects(self) -> list[Effect]:
        """What each operator changed, in the order in which they ran."""
        return effects_of(self.dump, self.tokens, self.signal)

    def rows(self) -> Iterator[dict[str, Any]]:
        """A mapping per token, in plain Python; what is not known is None.

        Keys: ``rollout``, ``token`` (its position), ``text``, ``mask``, ``entropy`` and
        ``surprisal`` (nats), ``planning``, ``signal:NAME`` or ``advantage:NAME`` after each
        operator, and ``weight``, the final advantage over the episode operator's.
        """
        for rollout in self.dump.rollouts:
            columns = {
                "entropy": rollout.entropy,
                "surprisal": rollout.surprisal,
                "planning": rollout.planning,
                **rollout.layers,
                "weight": rollout.weight,
            }
            for t, text in enumerate(rollout.text):
                place = {"rollout": rollout.rollout, "token": t, "text": text}
                numbers = {k: None if x is None else _plain(x[t]) for k, x in columns.items()}
                yield place | {"mask": bool(rollout.mask[t])} | numbers

    @cached_property
    def table(self) -> pandas.DataFrame:
        """The same as a table, one row per token; what is not known is missing."""
        import pandas

        return pandas.DataFrame(list(self.rows()))

    def figure(self, rollouts: Sequence[int] | None = None) -> Figure:
        """Signal and advantage over the tokens of some rollouts, a line per operator.

        Args:
            rollouts: their positions in the group; None for the first four.

        Raises:
            RecipeError: the group has no such rollout.
        """
        from .figure import draw

        return draw(self.dump, self.signal, rollouts)


def explain(
    operators: Operators,
    rollouts: Any = None,
    credit: Mapping[str, Any] | None = None,
    model: str | Path | None = None,
    step: int | None = None,
) -> Explanation:
    """Run a chain of operators on one group of rollouts, without training.

    The numbers are the chain's own (``credit_plugins.chain.Run.trace``), in float32 as in verl.

    Args:
        operators: a name such as ``maxrl_gtpo_sepa``; or operators in the order in which they run,
            as a list or separated by commas, each a short name, ``MODULE:NAME`` or an operator.
        rollouts: a JSONL file or a dump, mappings with ``text`` and ``reward``, or rollouts of a
            dump; see ``group``. None for a built-in example.
        credit: numbers, as under ``algorithm.credit``: ``{"gtpo": {"beta": 0.5}}``.
        model: a model whose entropies and surprisals take the place of those of the rollouts: a
            folder, or a name on the Hugging Face hub.
        step: a scheduled number has its value at this training step, its gate open from the
            beginning; None for its value at the end of its schedule.

    Raises:
        RecipeError: operators, numbers, rollouts or model are wrong, or the rollouts lack a signal
            that an operator reads; one sentence each.

    >>> rollouts = [
    ...     {"text": "So 7.", "reward": 1, "entropies": [1, 3, 2]},
    ...     {"text": "No", "reward": 0, "entropies": [1]},
    ... ]
    >>> told = explain("maxrl,gtpo", rollouts, {"gtpo": {"beta": 0.5}})
    >>> print(told.table[["rollout", "text", "advantage:maxrl", "weight"]].round(3))
       rollout text  advantage:maxrl  weight
    0        0   So              1.0    0.75
    1        0    7              1.0    1.25
    2        0    .              1.0    1.00
    3        1   No             -1.0    1.00
    """
    chosen, group = chain_of(operators, credit, step), group_of(rollouts)
    if model is not None:
        from .policy import load, measured

        group = measured(group, load(str(model)))
    batch = batch_of(group, chosen.chain, step or 0)
    try:
        return _traced(chosen, group, batch)
    except CreditError as error:
        raise RecipeError(str(error)) from error


def _traced(chosen: Chosen, group: Group, batch: CreditBatch) -> Explanation:
    chain = chosen.chain
    length_B = row_counts(batch.mask_BT) if chain.episode.operator.wants_length else None
    run = Run(chain, {}, batch.step, batch.reward_B, batch.group_B, length_B)
    seen = run.trace(batch, run.adv_B, torch.arange(len(group.rollouts)))
    operators = tuple(
        Ran(one.operator.name, one.operator.kind, numbers)
        for one, numbers in zip(chain.steps, run.numbers, strict=True)
    )
    layers = {one.column: seen[one.name].float().numpy() for one in operators}
    planning = batch.signals.get(PLANNING)
    made = []
    for i, rollout in enumerate(group.rollouts):
        length = len(rollout.text)
        mine = {column: x_BT[i, :length] for column, x_BT in layers.items()}
        plans = None if planning is None else planning[i, :length].numpy()
        new = replace(rollout, layers=mine, planning=plans)
        made.append(replace(new, weight=_weight(new)))
    dump = Dump(made[0].step, chain.name, operators, tuple(made))
    return Explanation(group.name, dump, chain, chosen.scheduled, chosen.cautions)


def _weight(rollout: Rollout) -> Any:
    """Final advantage over the episode operator's, [T]; NaN where that is 0."""
    columns = [name for name in rollout.layers if name.startswith(ADVANTAGE_OF)]
    first, last = (rollout.layers[columns[i]] for i in (0, -1))
    return np.divide(last, first, out=np.full_like(last, math.nan), where=first != 0)


def _plain(value: Any) -> Any:
    """A number for JSON: as short as float32 allows; None for NaN."""
    if isinstance(value, np.floating):
        return None if math.isnan(value) else float(str(value))
    return value.item()
