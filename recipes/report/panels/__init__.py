"""The plots of the report: each is drawn from one family of metrics or left out with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes

from ...runs.history import Run
from ..style import COLORS, GREY, draw, legend

# verl's stages in the order of a step. Other timers nest inside these or are none of a step's.
STAGES = (
    "gen",
    "reward",
    "old_log_prob",
    "ref",
    "values",
    "adv",
    "update_critic",
    "update_actor",
    "update_weights",
    "save_checkpoint",
    "testing",
)


@dataclass(frozen=True)
class Panel:
    """One plot of the page; without `svg`, `text` says why it is missing."""

    title: str
    text: str
    svg: str = ""


def reward(run: Run) -> Panel:
    """Mean reward of the training batch."""
    title = "Reward per step"
    steps, values = run.series("critic/score/mean")
    if not steps:
        return _absent(title, "critic/score/mean")

    def plot(axes: Axes) -> None:
        axes.plot(steps, values, color=COLORS[0], alpha=0.35, linewidth=1, label="batch mean")
        axes.plot(steps, _smooth(values), color=COLORS[0], label="mean of the last 5 steps")
        axes.set(xlabel="step", ylabel="reward")
        legend(axes)

    text = "Share of correct answers among the rollouts of each training batch (problems differ)."
    return Panel(title, text, draw("reward", plot))


def actor(run: Run) -> Panel:
    """Actor entropy and gradient norm."""
    rows = {"actor/entropy": "entropy (nats)", "actor/grad_norm": "gradient norm"}
    rows = {name: label for name, label in rows.items() if run.has(name)}
    if not rows:
        return _absent("Actor", "actor/*")

    def plot(*axes: Axes) -> None:
        for ax, (name, label) in zip(axes, rows.items(), strict=True):
            ax.plot(*run.series(name))
            ax.set(ylabel=label)
        axes[-1].set(xlabel="step")

    text = "As logged by the actor: mean entropy of all response tokens, gradient norm before clip."
    return Panel("Actor", text, draw("actor", plot, len(rows)))


def signal(run: Run) -> Panel:
    """The token signal on planning and execution tokens, before and after SEPA."""
    name = signal_name(run)
    title = "Planning and execution tokens"
    if not name:
        return _absent(title, "credit/entropy/*")

    def plot(*axes: Axes) -> None:
        for ax, stat in zip(axes, ("mean", "var"), strict=True):
            for color, (key, label) in zip(COLORS, _KINDS.items(), strict=False):
                metric = f"credit/{name}/{key}_{stat}"
                ax.plot(*run.series(metric), color=color, label=label)
                after = run.series(f"{metric}_sepa")
                ax.plot(*after, color=color, linestyle=(0, (2, 1.5)), label=f"{label}, after SEPA")
            ax.set(ylabel={"mean": f"mean {name} (nats)", "var": "variance"}[stat])
        legend(axes[0], columns=2)
        axes[-1].set(xlabel="step")

    text = (
        f"Mean and variance of the {name} over planning and execution tokens. Dashed: the signal "
        "that GTPO reads, after SEPA. Pooling keeps the execution mean and shrinks its variance; "
        "planning tokens are left alone by the default pooling."
    )
    return Panel(f"{title}: {name} before and after SEPA", text, draw("signal", plot, 2))


def sepa(run: Run) -> Panel:
    """SEPA's lambda, its gate and the batch's correct rate that opens it."""
    title = "SEPA schedule"
    if not run.has("credit/lambda"):
        return _absent(title, "credit/lambda")

    def plot(axes: Axes) -> None:
        for name, label, color, style in (
            ("credit/lambda", "λ", COLORS[0], "-"),
            ("credit/gate", "gate open", COLORS[1], "--"),
            ("credit/correct_rate", "correct rate", GREY, ":"),
        ):
            if run.has(name):
                axes.plot(*run.series(name), label=label, color=color, linestyle=style)
        axes.set(xlabel="step", ylim=(-0.04, 1.04))
        legend(axes)

    text = "λ is the strength of the pooling; it stays 0 until the gate has opened."
    return Panel(title, text, draw("sepa", plot))


def weights(run: Run) -> Panel:
    """Effective GTPO weights and how far they are from uniform."""
    title = "Effective GTPO weights"
    if not run.has("credit/weight/mean"):
        return _absent(title, "credit/weight/*")

    def plot(top: Axes, bottom: Axes) -> None:
        steps, low = run.series("credit/weight/min")
        top.fill_between(steps, low, run.series("credit/weight/max")[1], alpha=0.25, linewidth=0)
        top.plot(*run.series("credit/weight/mean"), label="mean; band: min to max")
        top.set(ylabel="weight")
        legend(top)
        bottom.plot(*run.series("credit/weight/cosine"), color=COLORS[2])
        bottom.ticklabel_format(axis="y", useOffset=False)
        bottom.set(xlabel="step", ylabel="cosine to uniform")

    text = (
        "Over all response tokens of a batch. A cosine of 1 means that every token of a completion "
        "got the same weight, as without GTPO."
    )
    return Panel(title, text, draw("weights", plot, 2))


def planning(run: Run) -> Panel:
    """How many tokens are planning tokens and how much credit they carry."""
    title = "Credit on planning tokens"
    if not run.has("credit/planning_ratio"):
        return _absent(title, "credit/planning_ratio")

    def plot(axes: Axes) -> None:
        axes.plot(*run.series("credit/planning_ratio"), label="share of tokens", color=GREY)
        axes.plot(*run.series("credit/share/planning"), label="share of |advantage|")
        axes.set(xlabel="step", ylabel="share", ylim=(0, None))
        legend(axes)

    text = "Planning tokens found by the detector, and their share of the final advantage mass."
    return Panel(title, text, draw("planning", plot))


def groups(run: Run) -> Panel:
    """Fractions of groups that no rollout or every rollout solved."""
    title = "Groups without contrast"
    names = {"all_fail": "K=0: none correct", "all_pass": "K=N: all correct", "single": "N=1"}
    names = {
        key: label for key, label in names.items() if any(run.series(f"credit/group/{key}")[1])
    }
    if not run.has("credit/group/all_fail"):
        return _absent(title, "credit/group/*")

    def plot(axes: Axes) -> None:
        for color, (key, label) in zip(("#d35f5f", "#2fa37c", GREY), names.items(), strict=False):
            axes.plot(*run.series(f"credit/group/{key}"), label=label, color=color)
        axes.set(xlabel="step", ylabel="fraction of groups", ylim=(0, 1.02))
        if names:
            legend(axes)

    text = "Groups with K of N rollouts correct; at K=0 and K=N rewards do not tell rollouts apart."
    return Panel(title, text, draw("groups", plot))


def timings(run: Run) -> Panel:
    """Seconds per step, stacked by stage."""
    title = "Where the time goes"
    stages = [stage for stage in STAGES if run.has(f"timing_s/{stage}")]
    steps = [step for step, data in run.history.items() if "timing_s/step" in data]
    if not stages or not steps:
        return _absent(title, "timing_s/*")

    def plot(axes: Axes) -> None:
        heights = {stage: _timing(run, steps, stage) for stage in stages}
        heights["other"] = _other(run, steps, stages)
        bottom = [0.0] * len(steps)
        for color, (stage, seconds) in zip(_CYCLE, heights.items(), strict=False):
            axes.bar(steps, seconds, 1.0, bottom, label=stage, color=color, linewidth=0)
            bottom = [b + s for b, s in zip(bottom, seconds, strict=True)]
        axes.set(xlabel="step", ylabel="seconds")
        legend(axes, columns=3)

    text = "verl's own timers. Validation (testing) and checkpoints only run at some steps."
    return Panel(title, text, draw("timings", plot))


def agreement(run: Run) -> Panel:
    """Difference between the rollout engine's and the actor's token probabilities."""
    title = "Rollout and actor agree"
    names = {"max": "largest difference", "mean": "mean difference"}
    prefix = "training/rollout_probs_diff_"
    if not run.has(f"{prefix}max"):
        return _absent("Rollout and actor", f"{prefix}*")

    def plot(axes: Axes) -> None:
        for key, label in names.items():
            steps, values = run.series(prefix + key)
            axes.plot(steps, [max(v, 1e-12) for v in values], label=label)
        axes.set(xlabel="step", ylabel="|Δ probability|", yscale="log")
        legend(axes)

    text = (
        "Probability of each sampled token as the rollout engine reported it, against the actor's "
        "own, on the same weights. Exact zeros are drawn at 1e-12."
    )
    return Panel(title.replace("agree", "probabilities"), text, draw("agreement", plot))


PANELS: tuple[Callable[[Run], Panel], ...] = (
    reward,
    actor,
    groups,
    signal,
    sepa,
    weights,
    planning,
    timings,
    agreement,
)
_KINDS = {"plan": "planning", "exec": "execution"}
_CYCLE = (*COLORS, GREY, "#5b6dc7", "#a9714b", "#6f9a3e")


def signal_name(run: Run) -> str:
    """The token signal that was logged, entropy or surprisal; empty without one."""
    pattern = re.compile(r"credit/(\w+)/(?:exec|plan)_mean")
    for data in run.history.values():
        for name in data:
            if match := pattern.fullmatch(name):
                return match[1]
    return ""


def _absent(title: str, family: str) -> Panel:
    return Panel(title, f"Not shown: this run logged no {family}.")


def _smooth(values: list[float], window: int = 5) -> list[float]:
    spans = [values[max(0, i - window + 1) : i + 1] for i in range(len(values))]
    return [sum(span) / len(span) for span in spans]


def _timing(run: Run, steps: list[int], stage: str) -> list[float]:
    return [run.history[step].get(f"timing_s/{stage}", 0.0) for step in steps]


def _other(run: Run, steps: list[int], stages: list[str]) -> list[float]:
    """What verl's step timer holds beyond the stages; validation runs outside of it."""
    inside = [_timing(run, steps, stage) for stage in stages if stage != "testing"]
    known = [sum(parts) for parts in zip(*inside, strict=True)]
    return [max(t - k, 0.0) for t, k in zip(_timing(run, steps, "step"), known, strict=True)]
