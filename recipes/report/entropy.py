"""Entropy of a token, from what verl logs."""

from __future__ import annotations

from ..runs import Run

LOGGED = "actor/entropy"
_LENGTH = "response_length/mean"
_ACTOR = "actor_rollout_ref.actor"


def token_entropy(run: Run) -> tuple[list[int], list[float]]:
    """Steps, and the mean entropy there of a response's token, in nats.

    verl aggregates ``actor/entropy`` as it does the loss, by ``loss_agg_mode``. A mean over tokens
    is taken as it is. A mean over responses of their sums is divided by their mean length: with
    ``seq-mean-token-sum-norm`` that is ``loss_scale_factor * actor/entropy / mean length``. The
    result is empty where the settings do not tell. A response of several turns counts the tokens
    of the feedback, which have no entropy.
    """
    steps, values = run.series(LOGGED)
    mode = run.setting(f"{_ACTOR}.loss_agg_mode")
    if mode in (None, "token-mean", "seq-mean-token-mean"):
        return steps, values
    factor = {
        "seq-mean-token-sum": 1,
        "seq-mean-token-sum-norm": run.setting(f"{_ACTOR}.loss_scale_factor"),
    }.get(mode)
    if not factor:
        return [], []
    lengths = dict(zip(*run.series(_LENGTH), strict=True))
    kept = [(at, value) for at, value in zip(steps, values, strict=True) if lengths.get(at)]
    return [at for at, _ in kept], [factor * value / lengths[at] for at, value in kept]
