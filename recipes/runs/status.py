"""What a training run is doing, read from its log lines and its metrics."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from statistics import fmean

# A text of verl's (or Ray's) log and what the run does from then on, in the order of a start-up.
_PHASES = (
    ("ray init kwargs", "starting Ray"),
    ("Started a local Ray instance", "starting the trainer"),
    ("Total training steps:", "starting workers"),
    ("create worker group", "loading the model"),
    ("model engine initialized", "starting vLLM"),
    ("all initialize finished", "validating"),
    ("Training Progress", "training"),
)
_TOTAL = re.compile(r"Total training steps: (\d+)")
_RESUMED = re.compile(r"setting global step to (\d+)")


@dataclass
class Status:
    """State of a run, from its log and its metrics.

    Attributes:
        total: optimizer steps planned; None until known.
        step: last step logged.
        phase: what the run is doing, in words.
        reward: mean reward of the last batch.
        pass_at_1: held-out pass@1 of the last validation, mean over difficulties and sources.
        none_solved: share of the groups of the last batch without a success; None if not logged.
        all_solved: share of those without a failure.
        tokens_per_second: prompt and response tokens of the last step over its time.
        sample: verdict and text of the last response that was dumped.
        resumed_at: step of the checkpoint the run went on from.
    """

    total: int | None = None
    step: int = 0
    phase: str = "importing verl"
    reward: float | None = None
    pass_at_1: float | None = None
    none_solved: float | None = None
    all_solved: float | None = None
    tokens_per_second: float | None = None
    sample: tuple[str, str] | None = None
    resumed_at: int | None = None
    _phase_index: int = -1
    _step_ends: deque[float] = field(default_factory=lambda: deque(maxlen=6))
    _step_seconds: float | None = None

    def on_line(self, line: str) -> None:
        """Read one line of train.log; a phase never goes back to an earlier one."""
        if match := _TOTAL.search(line):
            self.total = int(match.group(1))
        if match := _RESUMED.search(line):
            self.resumed_at = self.step = int(match.group(1))
        for index, (mark, phase) in enumerate(_PHASES):
            if index > self._phase_index and mark in line:
                self._phase_index, self.phase = index, phase

    def on_metrics(self, step: int, data: dict[str, float], now: float) -> bool:
        """Read one row of metrics.

        Args:
            step: verl's global step.
            data: metrics of the step.
            now: clock reading in seconds.

        Returns:
            Whether the row ends a training step (a row at the start holds only a validation).
        """
        self.pass_at_1 = _held_out_pass_at_1(data, self.pass_at_1)
        if "critic/score/mean" not in data:
            return False
        self.on_line("Training Progress")
        self.step, self.reward = step, data["critic/score/mean"]
        self.none_solved = data.get("credit/group/all_fail")
        self.all_solved = data.get("credit/group/all_pass")
        self._step_seconds = data.get("perf/time_per_step")
        tokens = data.get("perf/total_num_tokens")
        seconds = self._step_seconds
        self.tokens_per_second = tokens / seconds if tokens is not None and seconds else None
        self._step_ends.append(now)
        return True

    @property
    def seconds_per_step(self) -> float | None:
        """Mean wall time of the last five steps; after the first step, verl's own timer of it."""
        if len(self._step_ends) < 2:
            return self._step_seconds
        return (self._step_ends[-1] - self._step_ends[0]) / (len(self._step_ends) - 1)

    @property
    def seconds_left(self) -> float | None:
        """Time to the last step at the current pace."""
        if self.total is None or self.seconds_per_step is None:
            return None
        return max(self.total - self.step, 0) * self.seconds_per_step


def _held_out_pass_at_1(data: dict[str, float], before: float | None) -> float | None:
    """Return the mean over sources; `before` where nothing was validated."""
    found = [data[name] for name in data if re.fullmatch(r"val-credit/.+/mean/pass@1", name)]
    return fmean(found) if found else before
