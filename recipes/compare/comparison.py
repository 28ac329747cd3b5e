"""Two or more runs side by side: everything that the table, the page and the JSON show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import RunError
from ..held_out.rates import HeldOut, held_out
from ..runs import Run, load
from ..runs.listing import planned, state_of
from .arms import Arm, ArmAtK, arms_of, compared
from .differences import Difference, Side, difference
from .measures import Measure, common_steps, measures
from .settings import Differing, differing, flat


@dataclass(frozen=True)
class One:
    """One of the runs.

    Attributes:
        letter: how it is called here: A, B, ...
        label: the end of its path, as much as tells it from the others.
        run: the run.
        state: finished, running or stopped.
        held_out: its validations by source.
    """

    letter: str
    label: str
    run: Run
    state: str
    held_out: dict[str, HeldOut]

    @property
    def last_step(self) -> int:
        """The last step logged."""
        return max(self.run.history, default=0)

    @property
    def steps(self) -> str:
        """The last step logged, and how many are planned if that is known."""
        total = planned(self.run)
        return f"{self.last_step} of {total}" if total else f"{self.last_step}"


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes:
        runs: in the order given; all others are compared with the first.
        sources: those on which at least two runs validated.
        differences: of every other run to the first, source by source.
        arms: runs that differ in seeds alone, together.
        over_seeds: each arm on each source, where some arm has several seeds.
        settings: those that are not the same in all runs.
        measures: time, tokens, dose and verdicts.
        steps: the training steps that all runs have made, over which the measures are.
    """

    runs: list[One]
    sources: list[str]
    differences: list[Difference]
    arms: list[Arm]
    over_seeds: list[ArmAtK]
    settings: list[Differing]
    measures: list[Measure]
    steps: list[int]

    @property
    def has_seeds(self) -> bool:
        """Whether some arm has several runs."""
        return len(self.arms) < len(self.runs)

    def arm_name(self, index: int) -> str:
        """An arm as the letters of its runs."""
        return "".join(self.runs[i].letter for i in self.arms[index].runs)

    def place(self, letter: str) -> int:
        """The place of the run that is called by a letter."""
        return next(i for i, one in enumerate(self.runs) if one.letter == letter)

    def run(self, letter: str) -> One:
        """The run that is called by a letter."""
        return self.runs[self.place(letter)]

    def arm_of(self, letter: str) -> int:
        """The place of the arm of a run."""
        return next(i for i, arm in enumerate(self.arms) if self.place(letter) in arm.runs)

    def ks(self, source: str) -> list[int]:
        """Every k of a difference on a source, ascending."""
        return sorted({at.k for each in self.of(source) for at in each.at})

    def of(self, source: str) -> list[Difference]:
        """The differences on one source."""
        return [each for each in self.differences if each.source == source]


def compare(folders: Sequence[str | Path]) -> Comparison:
    """Read runs and compare them.

    Raises:
        RunError: fewer than two, one that is none or twice there, one that did not validate, or
            none that shares a data source with the first.
    """
    paths = [Path(folder).resolve() for folder in folders]
    if len(paths) < 2:
        raise RunError(f"A comparison needs two runs or more; got {len(paths)}.")
    if twice := [str(f) for f, path in zip(folders, paths, strict=True) if paths.count(path) > 1]:
        raise RunError(f"{twice[0]} is given twice; give each run once.")
    runs = [load(folder) for folder in folders]
    validated = [held_out(run) for run in runs]
    ones = [
        One(_letter(i), label, run, state_of(run), found)
        for i, (label, run, found) in enumerate(zip(_labels(paths), runs, validated, strict=True))
    ]
    _require_shared(ones)
    base, *others = ones
    settings = [flat(run) for run in runs]
    arms, steps = arms_of(settings), common_steps(runs)
    sources = [s for s in base.held_out if any(s in one.held_out for one in others)]
    return Comparison(
        runs=ones,
        sources=sources,
        differences=[
            difference(_side(one, source), _side(base, source))
            for source in sources
            for one in others
            if source in one.held_out
        ],
        arms=arms,
        over_seeds=[
            each
            for source in sources
            for each in compared(arms, [one.held_out.get(source) for one in ones])
            if len(arms) < len(ones)
        ],
        settings=differing(settings),
        measures=measures(runs, steps),
        steps=steps,
    )


def _side(one: One, source: str) -> Side:
    return Side(one.letter, one.run, one.held_out[source])


def _require_shared(ones: Sequence[One]) -> None:
    for one in ones:
        if not one.held_out:
            raise RunError(
                f"{one.run.path} has logged no held-out pass@k (val-credit/*), so there is nothing "
                "to compare."
            )
    base = ones[0]
    for one in ones[1:]:
        if not set(one.held_out) & set(base.held_out):
            raise RunError(
                f"{one.label} and {base.label} share no validation: {one.label} validates on "
                f"{', '.join(one.held_out)}, {base.label} on {', '.join(base.held_out)}."
            )


def _letter(index: int) -> str:
    """A to Z, then A2, B2 and so on."""
    round_, place = divmod(index, 26)
    return chr(ord("A") + place) + (str(round_ + 1) if round_ else "")


def _labels(paths: Sequence[Path]) -> list[str]:
    """The last two parts of each path, or more of them where two would be the same."""
    for parts in range(2, max(len(path.parts) for path in paths) + 1):
        labels = ["/".join(path.parts[-parts:]) for path in paths]
        if len(set(labels)) == len(paths):
            break
    return labels
