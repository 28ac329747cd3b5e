"""The job of a worker that compares: decide what the cheap tiers of the caller left open."""

from __future__ import annotations

import sys

from ..answer.parse import read
from ..compare.equivalence import decide
from ..workers.limits import MEMORY_BYTES, grant_seconds, limit
from ..workers.messages import Reply, Request
from .confirm import confirm, warm_up

_RECURSION = 5000


class Compare:
    """Compare an answer with the correct one, or say whether one can be read at all."""

    def prepare(self) -> None:
        """Fill the caches of the algebra system, inherited by every child."""
        warm_up()

    def begin(self) -> None:
        """Set limits that cannot be lifted again."""
        sys.setrecursionlimit(_RECURSION)
        limit(MEMORY_BYTES, hard=True)

    def answer(self, request: Request) -> Reply:
        """Return whether `request["answer"]` equals `request["gold"]`, or `reads` can be read."""
        grant_seconds(request["timeout"])
        try:
            if "reads" in request:
                parts = read(request["reads"]).expressions()
                return {"correct": all(confirm(part, part) for part in parts)}
            return {"correct": bool(decide(request["gold"], request["answer"], confirm).correct)}
        except MemoryError:
            return {"error": "memory"}
        except Exception:  # whatever a parser raises on hostile text, the answer does not count
            return {"error": "unparsable"}
