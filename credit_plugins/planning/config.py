"""Which detector finds planning tokens, and its numbers: ``algorithm.credit.planning``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from ..discovery import at_address, in_files_of
from ..errors import CreditConfigError, MissingSignalError
from ..options import Option, nearest, option
from ..options import problems as option_problems
from .detector import Detector
from .projection import Finder, Marker, mark, to_numpy

if TYPE_CHECKING:
    from torch import Tensor

    from .pieces import PieceTable

DEFAULT = "phrases"


@dataclass(frozen=True)
class Planning:
    """A detector at its numbers; what it reads from files is read once.

    Attributes:
        detector: what marks the tokens.
        numbers: the keys of the section that are its own.
    """

    detector: Detector
    numbers: Mapping[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:
        """Without what was read."""
        return Planning, (self.detector, dict(self.numbers))

    @cached_property
    def find(self) -> Finder:
        """The finder of a detector of text."""
        finder: Finder = self.detector(**self.numbers)
        return finder

    def marks(
        self,
        mask_BT: Tensor,
        signals: Mapping[str, Tensor],
        pieces: PieceTable | None = None,
        *,
        marker: Marker = mark,
    ) -> Tensor:
        """Planning tokens, bool [B,T], on the CPU; never outside the mask.

        Args:
            mask_BT: bool, true on tokens that the model generated.
            signals: has the one that the detector reads.
            pieces: the tokenizer's, for a detector of text.
            marker: how a search of text runs over the rows.

        Raises:
            MissingSignalError: nobody provided what the detector reads.
        """
        import torch

        from ..batch import IDS

        detector, key = self.detector, self.detector.reads or IDS
        if key not in signals or (detector.reads is None and pieces is None):
            raise MissingSignalError(
                f"planning.detector={detector.name} needs {key}"
                f"{' and pieces' if detector.reads is None else ''}, and nobody provided it."
            )
        if pieces is None or detector.reads is not None:
            found: Tensor = detector(signals[key], mask_BT, **self.numbers)
            return found.bool() & mask_BT.cpu()
        run = marker if detector.spreads else mark
        return torch.from_numpy(run(to_numpy(signals[key]), to_numpy(mask_BT), pieces, self.find))


@cache
def detectors() -> Mapping[str, Detector]:
    """The detectors of this package by name."""
    return in_files_of(f"{__package__}.detectors", Detector)


def detector_of(name: Any) -> Detector:
    """The detector of a short name or ``MODULE:NAME``.

    Raises:
        CreditConfigError: there is none; one sentence with the reason.
    """
    if name in detectors():
        return detectors()[name]
    if isinstance(name, str) and ":" in name:
        must = "a function under text_detector or signal_detector of credit_plugins.planning"
        return at_address(f"detector {name}", name, Detector, must)
    hint = nearest(name, list(detectors()))
    raise CreditConfigError(f"unknown detector {name!r}; {hint} (MODULE:NAME for your own)")


def options(detector: Detector | None = None) -> dict[str, Option]:
    """Every key of the section: the detector's name, and the numbers of ours and of this one."""
    names = f"one of {', '.join(detectors())}, or MODULE:NAME"
    found = {"detector": option(DEFAULT, names, lambda name: isinstance(name, str))}
    for one in [*detectors().values(), *([detector] if detector else [])]:
        found |= one.options
    return found


def problems(given: Mapping[str, Any], path: str = "") -> list[str]:
    """One sentence per key that is unknown or wrong, each naming ``path`` + key.

    Keys of a detector that the section does not name are allowed, and checked too, so that one
    recipe serves several.
    """
    try:
        detector = detector_of(given.get("detector", DEFAULT))
    except CreditConfigError as error:
        return [f"{path}detector: {error}"]
    found = option_problems(options(detector), given, path)
    return found or [path + text for text in detector.check(given)]


def planning_of(given: Mapping[str, Any]) -> Planning:
    """The detector of a section without problems."""
    detector = detector_of(given.get("detector", DEFAULT))
    return Planning(detector, {k: x for k, x in given.items() if k in detector.options})
