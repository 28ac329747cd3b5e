"""math-verify's reader, for what asks to be evaluated: sums, products, integrals.

Used in the limited worker only, and only on text made of tokens from a closed list, rewritten to
mean the same to it as to a reader (`render.parsable`).
"""

from __future__ import annotations

import sympy
from latex2sympy2_extended import NormalizationConfig
from math_verify import LatexExtractionConfig, parse

from .bounded import Unreadable

_CONFIG = LatexExtractionConfig(
    normalization_config=NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=False, nits=False, boxed="none"
    ),
    boxed_match_priority=-1,
)
# The parser leaves i a symbol.
_IMAGINARY = {sympy.Symbol("i", real=False): sympy.I, sympy.Symbol("i", real=True): sympy.I}


def evaluated(latex: str) -> sympy.Expr:
    """Return the value of `latex`.

    Raises:
        Unreadable: math-verify finds no scalar in it.
    """
    found = parse(f"${latex}$", [_CONFIG], fallback_mode="no_fallback", parsing_timeout=None)
    if not found or not isinstance(found[0], sympy.Expr):
        raise Unreadable
    return found[0].subs(_IMAGINARY)
