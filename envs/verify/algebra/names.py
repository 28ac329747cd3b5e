"""Names that the symbolic tier gives a meaning; imported in the limited worker only."""

from __future__ import annotations

import sympy

from .bounded import gcd, lcm

INVERSE = {
    r"\sin": sympy.asin, r"\cos": sympy.acos, r"\tan": sympy.atan, r"\cot": sympy.acot,
    r"\sec": sympy.asec, r"\csc": sympy.acsc, r"\sinh": sympy.asinh, r"\cosh": sympy.acosh,
    r"\tanh": sympy.atanh,
}  # fmt: skip
FUNCTIONS = {
    r"\sin": sympy.sin, r"\cos": sympy.cos, r"\tan": sympy.tan, r"\cot": sympy.cot,
    r"\sec": sympy.sec, r"\csc": sympy.csc, r"\arcsin": sympy.asin, r"\arccos": sympy.acos,
    r"\arctan": sympy.atan, r"\sinh": sympy.sinh, r"\cosh": sympy.cosh, r"\tanh": sympy.tanh,
    r"\ln": sympy.log, r"\exp": sympy.exp, r"\log": sympy.log,
}  # fmt: skip
OF_SEVERAL = {r"\max": sympy.Max, r"\min": sympy.Min, r"\gcd": gcd, r"\lcm": lcm}
CONSTANTS = {r"\pi": sympy.pi, "e": sympy.E, "i": sympy.I, r"\infty": sympy.oo}
COMPLEX = {"z", "w"}  # letters that usually are no real numbers
APPLIED = {"f", "g", "F", "G"}  # before a parenthesis, letters that usually are functions
DIFFERENTIALS = {*"xyzturs", r"\theta"}
