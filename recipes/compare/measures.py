"""What runs took and did in training: time, tokens, dose of the credit operators, verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from ..runs import Run

Numbers = list[float | None]
_VERDICT = "env/verdict/"
_TIMED = ("timing_s/step", "timing_s/testing")


@dataclass(frozen=True)
class Measure:
    """One number of every run.

    Attributes:
        section: time, dose or verdicts.
        name: in words, with the unit.
        metric: where it comes from.
        values: one per run; None where the run has none.
        form: how it is written: ``share``, ``count``, ``clock`` (seconds as h:mm:ss) or a format.
    """

    section: str
    name: str
    metric: str
    values: Numbers
    form: str = ".3g"

    def text(self, index: int) -> str:
        """The number of one run, as it is shown."""
        value = self.values[index]
        if value is None:
            return "n/a"
        if self.form == "share":
            return f"{value:.1%}"
        if self.form == "clock":
            minutes, seconds = divmod(round(value), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        return f"{value:,.0f}" if self.form == "count" else format(value, self.form)


# Metric, words, form: the mean over the steps that all runs have.
_MEANS = (
    ("time", "perf/time_per_step", "seconds per step", ".1f"),
    ("time", "perf/total_num_tokens", "tokens per step", "count"),
    ("time", "perf/throughput", "tokens per second and device", "count"),
    ("time", "response_length/mean", "tokens per response", "count"),
    ("dose", "credit/weight/cosine", "cosine of token weights to uniform", ".4f"),
    ("dose", "credit/weight/min", "smallest token weight", ".3f"),
    ("dose", "credit/weight/max", "largest token weight", ".3f"),
    ("dose", "credit/planning_ratio", "planning tokens", "share"),
    ("dose", "credit/share/planning", "credit on planning tokens", "share"),
    ("dose", "credit/group/all_fail", "groups without a success", "share"),
    ("dose", "credit/group/all_pass", "groups without a failure", "share"),
)


def common_steps(runs: Sequence[Run]) -> list[int]:
    """Training steps that all runs have made, ascending."""
    made = [{s for s, row in run.history.items() if "critic/score/mean" in row} for run in runs]
    return sorted(set.intersection(*made))


def measures(runs: Sequence[Run], steps: Sequence[int]) -> list[Measure]:
    """Everything that at least one run logged; means and shares are over ``steps``."""
    rows = [[run.history[step] for step in steps] for run in runs]
    found = [
        Measure("time", "time in steps and validations", _TIMED[0], [*map(_timed, runs)], "clock"),
        Measure("time", "start-up", "timeline.jsonl", [*map(_start_up, runs)], "clock"),
        *(
            Measure(section, name, metric, [_mean(each, metric) for each in rows], form)
            for section, metric, name, form in _MEANS
        ),
        *(
            Measure("dose", f"{number} (scheduled)", metric, [_mean(each, metric) for each in rows])
            for number, metric in _scheduled(runs)
        ),
        *_verdicts(rows),
    ]
    return [measure for measure in found if any(value is not None for value in measure.values)]


def _mean(rows: Sequence[Mapping[str, float]], metric: str) -> float | None:
    values = [row[metric] for row in rows if metric in row]
    return fmean(values) if values else None


def _scheduled(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Numbers of operators that some run logged because they follow a schedule, and the metric."""
    operators = {name for run in runs for name in run.setting("algorithm.credit") or {}}
    logged = {metric for run in runs for row in run.history.values() for metric in row}
    parts = sorted((metric, metric.split("/")) for metric in logged)
    return [
        (f"{part[1]}.{part[2]}", metric)
        for metric, part in parts
        if len(part) == 3 and part[0] == "credit" and part[1] in operators
        if not part[2].endswith("_gate")
    ]


def _verdicts(rows: Sequence[Sequence[Mapping[str, float]]]) -> Iterator[Measure]:
    """Shares of the verdicts on training rollouts, the most frequent one first."""
    counts = [_counts(each) for each in rows]
    totals = [sum(one.values()) for one in counts]
    for name in sorted(set().union(*counts), key=lambda n: -sum(one.get(n, 0) for one in counts)):
        values = [
            one.get(name, 0) / t if t else None for one, t in zip(counts, totals, strict=True)
        ]
        yield Measure("verdicts", name.replace("_", " "), _VERDICT + name, values, "share")


def _counts(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in rows:
        for metric, value in row.items():
            if metric.startswith(_VERDICT):
                name = metric.removeprefix(_VERDICT)
                found[name] = found.get(name, 0.0) + value
    return found


def _timed(run: Run) -> float | None:
    seconds = [row[name] for row in run.history.values() for name in _TIMED if name in row]
    return sum(seconds) if seconds else None


def _start_up(run: Run) -> float | None:
    """Seconds until training began, with the validation before it, over all attempts."""
    if not run.timeline.exists():
        return None
    seconds = 0.0
    for line in run.timeline.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            seconds += row["seconds"] if row["phase"] == "training" else 0.0
        except (ValueError, KeyError, TypeError):  # cut short by a kill
            continue
    return seconds or None
