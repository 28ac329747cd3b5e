"""No group has contrast: every advantage is 0, and training teaches nothing."""

from __future__ import annotations

from .finding import Facts, Finding, Means, percent

MIXED = "credit/group/mixed"
GAP = "training/rollout_probs_diff_mean"
VERDICT = "env/verdict/"
ERROR = "env/error"
CORRECT_RATE = "credit/correct_rate"
# Half precision moves the probability of a sampled token by hundredths, not by this on average.
LARGE_GAP = 0.1
# How a response can fail before it is compared, and how the judging itself can fail.
UNREAD = ("no_answer", "ambiguous", "unparsable")
BROKEN = ("timeout", "memory", "crash", "env_error")

HARDER = (
    "Ask harder tasks: other levels in data.env.kwargs, or data.env.curriculum, which follows what "
    "the model can do."
)
EASIER = (
    "Ask easier tasks (levels in data.env.kwargs, or data.env.curriculum, which follows what the "
    "model can do), start from a stronger model (launch.warm_start.steps, or "
    "actor_rollout_ref.model.path), or draw more rollouts per prompt (actor_rollout_ref.rollout.n)."
)
SPREAD = (
    "Let rollouts of one prompt differ: a higher actor_rollout_ref.rollout.temperature, or more of "
    "them (actor_rollout_ref.rollout.n)."
)
MARK = (
    "Tell the model how to mark its answer (data.env.instruction; null is the environment's own "
    "sentence), or start from a model that does so (launch.warm_start.steps, or "
    "actor_rollout_ref.model.path)."
)
JUDGE = "The judging fails, not the model: run verl-credit check-env on the environment."
REWARD = (
    "Look at the reward function: it paid all rollouts of a prompt alike. If it is right to do so, "
    "change how hard the tasks are, or draw more rollouts per prompt "
    "(actor_rollout_ref.rollout.n)."
)
ENGINE = (
    "First look at the rollout engine: it does not sample from the weights that are trained, so no "
    "other change will help."
)


def outcomes(means: Means) -> dict[str, float]:
    """Share of each outcome, the largest first; {} if no verifier of ours reported any."""
    counts = {n.removeprefix(VERDICT): x for n, x in means.items() if n.startswith(VERDICT)}
    if means.get(ERROR):
        counts["env_error"] = means[ERROR]
    whole = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {name: count / whole for name, count in ranked if count} if whole else {}


def _seen(_: Facts, means: Means) -> list[str]:
    found = []
    if shares := outcomes(means):
        listed = ", ".join(f"{percent(share)} {name}" for name, share in shares.items())
        found.append(f"the rollouts were {listed}.")
    elif CORRECT_RATE in means:
        found.append(f"{percent(means[CORRECT_RATE])} of the rollouts were correct.")
    if means.get(GAP, 0.0) >= LARGE_GAP:
        found.append(
            f"rollout engine and trainer disagree by {means[GAP]:.2f} on average about the "
            "probability of the tokens that the engine sampled."
        )
    return found


def _change(_: Facts, means: Means) -> list[str]:
    engine = [ENGINE] if means.get(GAP, 0.0) >= LARGE_GAP else []
    return [*engine, _advice(outcomes(means))]


def _advice(shares: dict[str, float]) -> str:
    if not shares:
        return REWARD
    kinds = {
        MARK: sum(shares.get(name, 0.0) for name in UNREAD),
        JUDGE: sum(shares.get(name, 0.0) for name in BROKEN),
        HARDER: shares.get("correct", 0.0),
        EASIER: shares.get("wrong", 0.0),
    }
    advice = max(kinds, key=lambda text: kinds[text])
    return SPREAD if kinds[HARDER] and advice != HARDER else advice


DEAD_RUN = Finding(
    key="dead_run",
    applies=lambda _: True,
    holds=lambda _, __, metrics: metrics.get(MIXED, 1.0) == 0.0,
    title="No group had both a success and a failure, so every advantage was 0",
    seen=_seen,
    change=_change,
    short_run=True,
)
