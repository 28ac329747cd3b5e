"""How far an arm turns the gradient away from uniform credit, against what chance alone turns.

On the first step's rollouts, which all arms of a seed have in common, and with the initial weights:

    shift = |g_chain / |g_chain| - g_uniform / |g_uniform|| = sqrt(2 (1 - cosine))
    noise = |g_even - g_odd| / |g_even + g_odd|

with the uniform gradient of half of the groups each: the relative standard error of a gradient by
the choice of its prompts and answers. A shift is there at every step and adds up with the number of
steps, noise with its root. An arm is delivered if ``shift sqrt(steps) > noise``: then what it does
to the sum of gradients of a training is larger than what other prompts would do. A schedule that
begins at 0, as SEPA's, has not moved at the first step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from credit_plugins.dump import Dump, Rollout
from credit_plugins.dump.schema import ADVANTAGE_OF, file_name

from ..errors import RecipeError
from ..runs import Run

GROUPS = 8
"""Groups whose gradients are taken; each rollout costs a forward and two backward passes."""

COSINE, NOISE = "gradient_cosine", "gradient_noise"


def dose_of(run: Run) -> dict[str, float]:
    """The gradient's cosine and noise of a finished run, `COSINE` and `NOISE`; {} if not known.

    Not known are the model, or a first step with two groups that have a success and a failure.
    """
    from ..explain.gradient import doses_of, read
    from ..explain.policy import load

    try:
        dump = _chosen(read(run.dumps / file_name(1)))
        if dump is None:
            return {}
        policy = load(str(run.setting("actor_rollout_ref.model.path")))
        chain, halves = (doses_of(one, policy)[-1] for one in (dump, _halved(dump)))
    except RecipeError:
        return {}
    if math.isnan(chain.cosine) or math.isnan(halves.ratio):
        return {}
    batch = run.setting("data.train_batch_size") or len(dump.groups)
    # The noise of the run's own batch, of which these are some of the groups.
    noise = halves.ratio * math.sqrt(len(dump.groups) / batch)
    return {COSINE: round(chain.cosine, 6), NOISE: round(noise, 6)}


def delivered(dose: Mapping[str, float], steps: int) -> bool | None:
    """Whether an arm moves the training by more than chance does; None if that is not known."""
    if COSINE not in dose:
        return None
    shift = math.sqrt(max(0.0, 2 * (1 - dose[COSINE])))
    return shift * math.sqrt(steps) > dose[NOISE]


def _chosen(dump: Dump) -> Dump | None:
    """The first groups with contrast in the order of their prompts, an even number of them."""
    mixed = [group for group in dump.groups.values() if len({one.reward for one in group}) > 1]
    mixed.sort(key=lambda group: group[0].prompt_ids)
    kept = mixed[: min(GROUPS, len(mixed) // 2 * 2)]
    if not kept:
        return None
    return replace(dump, rollouts=tuple(one for group in kept for one in group))


def _halved(dump: Dump) -> Dump:
    """The dump with the uniform advantage, its sign turned in every second group."""
    signs = {name: 1 - 2 * (place % 2) for place, name in enumerate(dump.groups)}
    return replace(dump, rollouts=tuple(_turned(one, signs[one.group]) for one in dump.rollouts))


def _turned(rollout: Rollout, sign: int) -> Rollout:
    base = rollout.base
    layers = {f"{ADVANTAGE_OF}uniform": base, f"{ADVANTAGE_OF}halves": sign * base}
    return replace(rollout, layers=layers)
