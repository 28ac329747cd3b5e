"""The data of the page: one block per step, unpacked by the browser when it is shown.

A block is base64 of zlib of: a little-endian uint32, the length of the JSON that follows it, which
ends in spaces up to a multiple of 4; then for all tokens of the step, rollout after rollout, int32
ids, one float32 array per name in ``columns``, and uint8 flags: 1 generated, 2 planning. Floats
are rounded to 14 bits, about 4 digits, so that they pack well.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from credit_plugins.dump import Dump, Rollout

from .layers import Layer, Scale, column, layers_of, scale_for, scale_of
from .pairing import Pairs, same_tokens
from .showing import shown
from .totals import differences, totals

if TYPE_CHECKING:
    import numpy.typing as npt

BASE = ("entropy", "surprisal", "weight")
_DROPPED = np.uint32(0xFFFFFFFF << 9 & 0xFFFFFFFF)


def block(dump: Dump) -> str:
    """One step of one run."""
    rollouts = [rollout for group in dump.groups.values() for rollout in group]
    layers = layers_of(dump)
    columns = [*BASE, *rollouts[0].layers]
    head = json.dumps(
        {
            "step": dump.step,
            "chain": dump.chain,
            "operators": [
                {"name": one.name, "kind": one.kind, "numbers": dict(one.numbers)}
                for one in dump.operators
            ],
            "layers": [asdict(layer) for layer in layers],
            "columns": columns,
            "planning": any(rollout.planning is not None for rollout in rollouts),
            "groups": [_group(dump, name, layers) for name in dump.groups],
            "text": [shown(text) for rollout in rollouts for text in rollout.text],
        },
        separators=(",", ":"),
        default=str,
    ).encode()
    head += b" " * (-(len(head) + 4) % 4)
    ids = [rollout.id or [-1] * len(rollout.text) for rollout in rollouts]
    parts = [
        np.uint32(len(head)).tobytes(),
        head,
        np.concatenate([np.array(one, np.int32) for one in ids]).tobytes(),
        *(_joined(rollouts, name).tobytes() for name in columns),
        np.concatenate([_flags(rollout) for rollout in rollouts]).tobytes(),
    ]
    return base64.b64encode(zlib.compress(b"".join(parts), 6)).decode()


def comparison(here: Dump, there: Dump, pairs: Pairs) -> dict[str, Any]:
    """How the groups of a step of two runs differ."""
    names = list(here.groups), list(there.groups)
    return {
        "how": pairs.how,
        "pairs": [
            {
                "a": names[0].index(a),
                "b": names[1].index(b),
                "numbers": [
                    [one.label, one.unit, _plain(one.here), _plain(one.there)]
                    for one in differences(here.groups[a], there.groups[b])
                ],
                **_subtracted(here, there, a, b),
            }
            for a, b in pairs.groups
        ],
    }


def rounded(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The nearest floats of 14 bits: 4 significant digits; what is not finite becomes NaN."""
    values = np.where(np.isfinite(values), values, np.float32(np.nan)).astype("<f4")
    bits = values.view(np.uint32) + np.uint32(1 << 8)
    return np.where(np.isnan(values), values, (bits & _DROPPED).view(np.float32))


def _subtracted(here: Dump, there: Dump, a: str, b: str) -> dict[str, Any]:
    """Pairs of rollouts with the same tokens, and for their layers the scales of B - A."""
    both = list(zip(here.groups[a], there.groups[b], strict=False))
    same = [number for number, (ours, theirs) in enumerate(both) if same_tokens(ours, theirs)]
    theirs = {layer.key: layer for layer in layers_of(there)}
    scales = {}
    for layer in layers_of(here) if same else ():
        if other := theirs.get(layer.key):
            values = [other.values(both[n][1]) - layer.values(both[n][0]) for n in same]
            scales[layer.key] = _scale(scale_for(np.concatenate(values), 0.0))
    return {"same": same, "scales": scales}


def _group(dump: Dump, name: str, layers: Sequence[Layer]) -> Mapping[str, Any]:
    rollouts = dump.groups[name]
    first = rollouts[0]
    return {
        "name": name,
        "prompt": shown(first.prompt),
        "gold": shown(first.gold) if first.gold else "",
        "task": shown(first.task) if first.task else "",
        "source": first.source,
        "difficulty": first.difficulty,
        "totals": [
            {key: _plain(x) if isinstance(x, float) else x for key, x in asdict(one).items()}
            for one in totals(dump, rollouts)
        ],
        "scales": {layer.key: _scale(scale_of(layer, rollouts)) for layer in layers},
        "rollouts": [
            {
                "number": one.rollout,
                "reward": _plain(one.reward),
                "verdict": shown(one.verdict or "not judged"),
                "answer": shown(one.answer) if one.answer else "",
                "turns": one.turns,
                "tokens": len(one.text),
            }
            for one in rollouts
        ],
    }


def _scale(scale: Scale) -> list[float | None]:
    return [_plain(scale.low), _plain(scale.high), scale.centre]


def _plain(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None


def _joined(rollouts: Sequence[Rollout], name: str) -> npt.NDArray[np.float32]:
    return rounded(np.concatenate([column(rollout, name) for rollout in rollouts]))


def _flags(rollout: Rollout) -> npt.NDArray[np.uint8]:
    plans = np.zeros_like(rollout.mask) if rollout.planning is None else rollout.planning
    return np.where(plans, 2, 0).astype(np.uint8) | rollout.mask.astype(np.uint8)
