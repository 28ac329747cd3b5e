"""Counts sessions that failed, says so, and ends a run that has too many: ``trainer.env_failures``.

A session fails if its environment does (our agent loop reports it), or if verl drops it because an
agent loop or reward function raised. verl trains on: it pays the first 0 and fills up with padding
for the second, so nothing would show but a lower reward.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from omegaconf import OmegaConf

from ..errors import EnvFailuresError
from ..notices import Notice
from ..notices.finding import percent
from ..options import Options, integer, option
from . import notices
from .dropped import Reported
from .infos import Info, words
from .outcomes import Outcomes
from .sections import options_of, problems_of
from .tally import Place, Tally, count_infos, of_outcomes

SECTION = "trainer.env_failures"
TRAINING, VALIDATION = "env_failures", "env_failures_in_validation"
"""Keys of the notices."""
MOST_NEWS = 10
"""Notices about another cause or node in one run; all of them are in the one at its end."""
_NOTHING = "no materializable trajectories"  # verl, where every session of a step was dropped


@dataclass(frozen=True)
class EnvFailuresConfig(Options):
    """Options of ``trainer.env_failures``.

    Attributes:
        share: of the sessions of a step that may fail, short of this.
        steps: steps in a row with that share before the run ends; one is enough if all fail.
    """

    share: float = option(
        0.2,
        "a number above 0 and at most 1",
        lambda x: isinstance(x, int | float) and not isinstance(x, bool) and 0 < x <= 1,
    )
    steps: int = integer(3, 1)


def problems(config: Any) -> list[str]:
    """One sentence per setting of ``trainer.env_failures`` that is unknown or out of range."""
    return problems_of(config, SECTION, EnvFailuresConfig)


class Failures:
    """Follows the sessions of a run.

    Args:
        config: verl's, in which ``problems`` finds none.
        reported: why verl dropped sessions.
    """

    def __init__(self, config: Any, reported: Reported | None = None) -> None:
        self._config = config
        self._limits = options_of(config, SECTION, EnvFailuresConfig)
        self._n = int(config.actor_rollout_ref.rollout.n)
        self._prompts = int(config.data.train_batch_size)
        self._reported = reported or Reported()
        self._asked: dict[str, int] = {}
        self._evicted = Tally()
        self._recent: deque[tuple[int, Tally]] = deque(maxlen=self._limits.steps)
        self._run, self._since = Tally(), 0
        self._known: dict[str, set[Place]] = {TRAINING: set(), VALIDATION: set()}

    # ---- what is hooked to verl's trainer

    def submitted(self, batch: Any) -> None:
        """Remember how many sessions a batch of prompts asks for, where its rows say so."""
        if "__rollout_n__" in batch:
            uids, counts = map(str, batch["uid"]), map(int, batch["__rollout_n__"])
            self._asked |= dict(zip(uids, counts, strict=True))

    def watch(self, buffer: Any) -> None:
        """Count the groups that a replay buffer throws away because a session of theirs failed.

        verl replaces them by others, for ever if they fail too, and hands none to the trainer.
        """
        evict = getattr(buffer, "_evict_terminal_groups", None)
        if evict is None:  # a sampler of the user's
            return

        def counted(global_steps: int, partition_id: str, reasons: Sequence[Any]) -> Any:
            if partition_id == "train" and reasons[2]:
                self._count_evicted(reasons[2], buffer.partitions[partition_id])
                self._stop_replacing(global_steps, len(buffer.finished_keys[partition_id]))
            return evict(global_steps, partition_id, reasons)

        buffer._evict_terminal_groups = counted

    def observe(
        self, step: int, outcomes: Outcomes, *, groups: int, last: bool = False
    ) -> dict[str, float]:
        """Take in what came back of a step, say what failed, and return ``env/*``.

        Args:
            step: verl's global step.
            outcomes: of the batch.
            groups: prompts that were sampled; 0 where nobody knows.
            last: whether it is the run's last step.

        Raises:
            EnvFailuresError: all sessions of the step failed, or too many for too many steps.
        """
        asked = {uid: self._asked.pop(uid) for uid in {*outcomes.groups} & {*self._asked}}
        found = of_outcomes(outcomes, n=self._n, groups=groups, asked=asked)
        self._name_dropped(found, found.dropped)
        found.add(self._evicted)
        self._evicted = Tally()
        self._tell(TRAINING, step, found)
        self._since = self._since or (step if found.failed else 0)
        if self._since:
            self._run.add(found)
        if last and 0 < self._since < step:  # the whole of it, for the report
            self._give(TRAINING, self._run, since=self._since, step=step)
        self._stop(step, found)
        return found.metrics("env")

    def validated(
        self, step: int, infos: Sequence[Info], expected: Iterable[int]
    ) -> dict[str, float]:
        """Take in the infos of a validation, say what failed, and return ``val-env/*``.

        Args:
            step: verl's global step.
            infos: of the sessions that came back.
            expected: sessions of each prompt.
        """
        wanted = sum(expected) or len(infos)
        missing = max(0, wanted - len(infos))
        found = Tally(sessions=len(infos) + missing, dropped=missing)
        count_infos(found, infos, [0.0] * len(infos))
        self._name_dropped(found, missing)
        self._tell(VALIDATION, step, found)
        return found.metrics("val-env")

    @contextmanager
    def explained(self, trainer: Any) -> Iterator[None]:
        """Raise `EnvFailuresError` with the causes where verl says that a step has no rows."""
        try:
            yield
        except RuntimeError as error:
            if _NOTHING not in str(error):
                raise
            lost = Tally(self._n * self._prompts, self._n * self._prompts)
            self._name_dropped(lost, lost.dropped)
            raise self._error([(trainer.global_steps, lost)]) from error

    @contextmanager
    def validating(self, trainer: Any) -> Iterator[None]:
        """Raise `EnvFailuresError` if a validation fails after sessions of it were dropped."""
        try:
            yield
        except Exception as error:
            places = self._reported.waiting()
            if not places:
                raise
            lost = Tally(places.total(), places.total())
            lost.blame(places, self._reported.details)
            raise EnvFailuresError(
                f"The validation at step {trainer.global_steps} ended with {words(repr(error))} "
                f"after verl dropped sessions: {self._causes(lost)}. {self._advice(lost)}"
            ) from error

    # ---- inside

    def _count_evicted(self, uids: set[str], rows: Mapping[str, Any]) -> None:
        sessions = {key.rsplit("_", 1)[0] for key in rows if key.split("_", 1)[0] in uids}
        wanted = sum(self._asked.pop(uid, self._n) for uid in uids)
        lost = Tally(wanted, max(0, wanted - len(sessions)), groups=len(uids), short=len(uids))
        self._name_dropped(lost, lost.dropped)
        self._evicted.add(lost)

    def _stop_replacing(self, step: int, waiting: int) -> None:
        """End a run that replaces failed groups without end."""
        batch = self._n * self._prompts
        seen = Tally(self._n * waiting)
        seen.add(self._evicted)
        steps = 1 if seen.share == 1 else self._limits.steps
        if seen.share >= self._limits.share and seen.sessions >= steps * batch:
            raise self._error([(step, seen)])

    def _name_dropped(self, tally: Tally, dropped: int) -> None:
        places = self._reported.take(dropped)
        tally.blame(places, self._reported.details)

    def _stop(self, step: int, found: Tally) -> None:
        if not self._recent or self._recent[-1][0] != step:
            self._recent.append((step, Tally()))
        self._recent[-1][1].add(found)  # a step may have several batches
        enough = len(self._recent) == self._limits.steps
        if enough and all(tally.share >= self._limits.share for _, tally in self._recent):
            raise self._error(list(self._recent))
        if self._recent[-1][1].share == 1:
            raise self._error([self._recent[-1]])

    def _error(self, steps: Sequence[tuple[int, Tally]]) -> EnvFailuresError:
        whole = Tally()
        for _, tally in steps:
            whole.add(tally)
        first, last, limits = steps[0][0], steps[-1][0], self._limits
        if whole.share == 1:
            said = f"All {whole.sessions} sessions of step {last} failed"
        else:
            when = f"steps {first} to {last}" if last > first else f"step {last}"
            said = (
                f"{percent(whole.share)} of the {whole.sessions} sessions of {when} failed; a run "
                f"ends where at least {SECTION}.share={limits.share:g} of them fail at "
                f"{SECTION}.steps={limits.steps} steps in a row"
            )
        return EnvFailuresError(f"{said}: {self._causes(whole)}. {self._advice(whole)}")

    def _causes(self, tally: Tally) -> str:
        examples = "".join(f". For example: {text}" for text in tally.examples())
        return f"{tally.by_place()}{examples}"

    def _advice(self, tally: Tally) -> str:
        ids = sorted({self._env_id(source) for source in tally.sources})
        found = [f"Run `verl-credit check-env {env_id}` on that node." for env_id in ids[:3]]
        if tally.dropped:
            found.append("The log has the traceback of what was dropped (Error in _run_prompt).")
        return " ".join(found or ["Look at the reward function."])

    def _env_id(self, source: str) -> str:
        """The id behind a source: an entry of the configuration, or the id itself."""
        for section in ("mix", "validation"):
            entries = OmegaConf.select(self._config, f"data.env.{section}") or {}
            if source in entries:
                return str(entries[source].id)
        return source

    def _tell(self, key: str, step: int, found: Tally) -> None:
        """Give a notice if something failed in a way or at a place that is new."""
        known = self._known[key]
        if len(known) < MOST_NEWS and found.places.keys() - known:
            known.update(found.places)
            self._give(key, found, since=step, step=step)

    def _give(self, key: str, found: Tally, *, since: int, step: int) -> None:
        many = f"steps {since} to {step}" if step > since else f"step {step}"
        title = found.told("the validation at " + many if key == VALIDATION else many)
        seen = [f"{found.by_place()}.", *(f"{text}." for text in found.examples())]
        if found.short:
            seen.append(f"{found.short} of {found.groups} groups lost sessions.")
        seen.append("a failed episode pays 0, and padding takes the place of what was dropped.")
        limits, change = self._limits, [self._advice(found)]
        if key == TRAINING:
            ends = f"the run ends at {percent(limits.share)} for {limits.steps} steps in a row"
            change.append(f"{SECTION} says when it is too much: {ends}.")
        notices.give(Notice(key, since, step, title, tuple(seen), tuple(change)))
