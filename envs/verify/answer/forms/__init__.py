"""The forms an answer may have, one file each.

To add one, write its class and put its reader in its place below: the first reader that returns a
value decides, and what none of them recognises is an expression.
"""

from __future__ import annotations

from collections.abc import Callable

from ..brackets import grouped
from ..tokens import Tokens
from ..values import Inner, Value
from .based import Based
from .choice import Choice
from .colons import Colons
from .listing import Listing
from .matrix import Matrix
from .number import Number
from .quantity import Quantity
from .sequence import Sequence
from .sets import Set, SetExpr
from .statement import Assigned, Relation
from .words import Words

READERS: tuple[Callable[[Tokens, Inner], Value | None], ...] = (
    Number.read,
    grouped,
    Choice.read,
    Matrix.read,
    Listing.read,
    Assigned.read,
    Relation.read,
    SetExpr.read,
    Set.read,
    Sequence.read,
    Based.read,
    Quantity.read,
    Colons.read,
    Words.read,
)
