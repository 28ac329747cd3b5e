"""What of a run can be inspected: its dumped steps, read one at a time when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from credit_plugins.dump import Dump, Rollout
from credit_plugins.dump import load as load_parquet
from credit_plugins.errors import CreditError

from .. import runs
from ..errors import RunError
from . import prime_rl

_SHOWN = 20
_SHORT = 12


@dataclass(frozen=True)
class Dumps:
    """The dumped steps of a run.

    Attributes:
        name: of the run, or of the file or folder.
        steps: in order; at least one.
        read: step -> its dump.
    """

    name: str
    steps: list[int]
    read: Callable[[int], Dump]

    def load(self, step: int | None = None) -> Dump:
        """The dump of a step; of the last one without a number.

        Raises:
            RunError: the step was not dumped, or its file cannot be read.
        """
        wanted = self.steps[-1] if step is None else step
        if wanted not in self.steps:
            raise RunError(
                f"{self.name} has no dump of step {step}; there are {_some(self.steps)}."
            )
        dump = self.read(wanted)
        if not dump.rollouts:
            raise RunError(f"The dump of step {wanted} of {self.name} holds no rollouts.")
        return dump


def open_dumps(path: Path, tokenizer: Path | None = None) -> Dumps:
    """The dumps of a run's folder, of a folder of dumps, of one file, or of prime-rl's exports.

    Args:
        path: ``outputs/RECIPE/NAME``, a folder with ``step_*.parquet``, such a file, prime-rl's
            ``token_exports``, one of its steps, or a ``.jsonl`` file of it.
        tokenizer: decodes the ids of prime-rl's exports, which hold no text; None shows the ids.

    Raises:
        RunError: nothing there can be inspected.
    """
    if not path.exists():
        raise RunError(f"There is no {path}; give a run's folder, outputs/RECIPE/NAME, or a dump.")
    if path.is_file():
        if path.suffix == ".jsonl":
            return _exports(path, [path], tokenizer)
        dump = _parquet(path)
        return Dumps(path.name, [dump.step], lambda step: dump)
    for folder in (path, path / "dumps", path / "checkpoints" / "dumps"):
        if files := _files_of(folder):
            return _of_files(_name(path), files)
    for folder in (path / "token_exports", path):
        if lines := sorted(folder.glob("rank_*.jsonl")) or sorted(folder.glob("*/rank_*.jsonl")):
            return _exports(path, lines, tokenizer)
    return _of_run(path)


def choose(
    dump: Dump, group: str | None = None, among: Sequence[str] | None = None
) -> list[Rollout]:
    """The rollouts of a group, named in full or by its beginning.

    Without a name the first group with different rewards, else the first.

    Args:
        dump: of a step.
        group: its name.
        among: groups that can be chosen; None for all.

    Raises:
        RunError: no group, or more than one, is called so.
    """
    known = list(dump.groups) if among is None else list(among)
    if group is None:
        mixed = [name for name in known if has_contrast(dump.groups[name])]
        return dump.groups[(mixed or known)[0]]
    found = [group] if group in known else [name for name in known if name.startswith(group)]
    if len(found) == 1:
        return dump.groups[found[0]]
    what = "more than one group" if found else "no group"
    where = "" if among is None else " that the other run has as well"
    raise RunError(
        f"Step {dump.step} has {what} {group!r}{where}; there are {', '.join(found or known)}."
    )


def has_contrast(rollouts: Sequence[Rollout]) -> bool:
    """Whether the rollouts of a group were paid differently."""
    return len({rollout.reward for rollout in rollouts}) > 1


def short(group: str) -> str:
    """A group's name, cut where it is an identifier of verl's."""
    return group if len(group) <= _SHORT else group[:8]


def _of_run(path: Path) -> Dumps:
    run = runs.Run(path.resolve())
    if not run.attempts() and not run.config.exists():
        runs.load(path)  # says what is there instead
    folder = run.setting("algorithm.credit.dump.folder")
    if folder and (files := _files_of(Path(folder))):
        return _of_files(_name(path), files)
    every = run.setting("algorithm.credit.dump.every") or 0
    raise RunError(
        f"{path} holds no dumps: it ran with algorithm.credit.dump.every={every}"
        + ("." if every else "; train with algorithm.credit.dump.every=5 to keep some.")
    )


def _files_of(folder: Path) -> dict[int, Path]:
    found = {}
    for file in sorted(folder.glob("step_*.parquet")):
        if match := re.fullmatch(r"step_(\d+)", file.stem):
            found[int(match[1])] = file
    return dict(sorted(found.items()))


def _of_files(name: str, files: dict[int, Path]) -> Dumps:
    return Dumps(name, list(files), lambda step: _parquet(files[step]))


def _exports(path: Path, files: list[Path], tokenizer: Path | None) -> Dumps:
    texts = prime_rl.texts_of(tokenizer)
    by_step = prime_rl.steps_of(files)
    return Dumps(_name(path), sorted(by_step), lambda step: prime_rl.read(by_step[step], texts))


def _parquet(file: Path) -> Dump:
    try:
        return load_parquet(file)
    except CreditError as error:
        raise RunError(str(error)) from error


def _name(path: Path) -> str:
    path = path.resolve()
    return f"{path.parent.name}/{path.name}" if path.parent.name else path.name


def _some(steps: Sequence[int]) -> str:
    if len(steps) <= _SHOWN:
        return ", ".join(map(str, steps))
    first = ", ".join(map(str, steps[: _SHOWN - 1]))
    return f"{first}, ... {steps[-1]} ({len(steps)} in all)"
