"""State of schedule, gate and notices inside verl's checkpoint folder, written atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..compose import Estimator
from ..errors import CreditError

FILE_NAME = "credit.json"


def save(
    folder: Path,
    estimator: Estimator | None,
    state: Mapping[str, Any],
    notices: Mapping[str, Any] | None = None,
) -> None:
    """Write ``folder/credit.json``; a crash leaves the old file or none, never half of one."""
    if estimator is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{FILE_NAME}.part"
    with part.open("w") as file:
        kept = {"estimator": estimator.name, "state": dict(state), "notices": notices or {}}
        json.dump(kept, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / FILE_NAME)


def load(folder: Path, estimator: Estimator) -> dict[str, Any]:
    """Read the state back.

    Raises:
        CreditError: the checkpoint was not written by the same estimator.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise CreditError(
            f"{path} is missing, so lambda and gate of {estimator.name} cannot be restored; resume "
            "a checkpoint that verl-credit wrote, or set trainer.resume_mode=disable."
        )
    saved = json.loads(path.read_text())
    if saved["estimator"] != estimator.name:
        raise CreditError(
            f"{path} was written by estimator {saved['estimator']}, this run uses "
            f"{estimator.name}; resume with the same algorithm.adv_estimator or set "
            "trainer.resume_mode=disable."
        )
    return dict(saved["state"])


def load_notices(folder: Path) -> dict[str, Any]:
    """Read the state of the notices back; {} if an older version wrote the checkpoint."""
    return dict(json.loads((folder / FILE_NAME).read_text()).get("notices", {}))
