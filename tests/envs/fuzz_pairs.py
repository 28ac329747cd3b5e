r"""Pairs of answers that are equal, or not, by construction; ours and math-verify judge them.

    python tests/envs/fuzz_pairs.py [COUNT] [--seed N] [--ours-only]

A value is drawn first and written twice in different ways; or it is written once, changed by a
little, and written again. So the label needs no scorer. sympy expands and factors polynomials.
Prints every pair that a scorer judges against its label.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from random import Random
from typing import NamedTuple

import sympy
from sympy.printing.latex import latex


class Pair(NamedTuple):
    """Two answers, whether they are the same, and what they are."""

    kind: str
    gold: str
    answer: str
    equal: bool


# ---- ways to write


def number(rng: Random, value: Fraction) -> str:
    """A rational in one of its spellings."""
    top, bottom = value.as_integer_ratio()
    sign = "-" if top < 0 else ""
    ways = [
        rf"{sign}\frac{{{abs(top)}}}{{{bottom}}}",
        f"{top}/{bottom}",
        rf"{sign}\dfrac{{{abs(top) * 3}}}{{{bottom * 3}}}",
    ]
    if bottom == 1:
        ways += [str(top), f"{top}.0", rf"{sign}{abs(top):,}", rf"\text{{{top}}}"]
    if bottom in {2, 4, 5, 8, 10, 20, 25, 50, 100}:
        ways += [f"{float(value):.6f}".rstrip("0").rstrip("."), f"{float(value):.4f}"]
    if abs(top) > bottom > 1:
        whole, rest = divmod(abs(top), bottom)
        ways.append(rf"{sign}{whole}\frac{{{rest}}}{{{bottom}}}")
    if sign:
        ways.append(rf"\frac{{{top}}}{{{bottom}}}")
    return rng.choice(ways)


def surd(rng: Random, parts: tuple[Fraction, int, int]) -> str:
    r"""a + b\sqrt{c}."""
    a, b, c = parts
    inside = rng.choice(
        [rf"{abs(b)}\sqrt{{{c}}}", rf"\sqrt{{{b * b * c}}}", rf"{abs(b)}\cdot\sqrt{{{c}}}"]
    )
    sign = "+" if b > 0 else "-"
    if rng.random() < 0.5:
        return f"{number(rng, a)} {sign} {inside}"
    return f"{inside if b > 0 else '-' + inside} + {number(rng, a)}".replace("+ -", "- ")


def polynomial(rng: Random, expr: sympy.Expr) -> str:
    """Expanded, factored, or with its terms in another order."""
    written = rng.choice([sympy.expand, sympy.factor, lambda e: e])(expr)
    if written.is_Add and rng.random() < 0.5:
        terms = list(written.args)
        rng.shuffle(terms)
        return " + ".join(latex(term) for term in terms).replace("+ -", "- ")
    return latex(written)


def angle(rng: Random, value: Fraction) -> str:
    r"""A multiple of pi."""
    top, bottom = value.as_integer_ratio()
    return rng.choice(
        [
            rf"\frac{{{top}\pi}}{{{bottom}}}",
            rf"\frac{{{top}}}{{{bottom}}}\pi",
            rf"{top}\pi/{bottom}",
        ]
    )


def members(rng: Random, values: list[Fraction], left: str, right: str) -> str:
    """Values between brackets."""
    return left + ", ".join(number(rng, v) for v in values) + right


# ---- what is drawn


def _rational(rng: Random) -> Fraction:
    return Fraction(rng.randint(-99, 99), rng.choice([1, 1, 2, 3, 4, 5, 7, 8, 12]))


def _near(rng: Random, value: Fraction) -> Fraction:
    return rng.choice(
        [value + 1, value - Fraction(1, 10), -value or Fraction(1), value * 10 or Fraction(2)]
    )


def rationals(rng: Random, equal: bool) -> tuple[str, str]:
    """Two spellings of a number, or of two near ones."""
    value = _rational(rng)
    return number(rng, value), number(rng, value if equal else _near(rng, value))


def surds(rng: Random, equal: bool) -> tuple[str, str]:
    """Two spellings of a + b root c."""
    a, b, c = _rational(rng), rng.choice([-3, -2, 2, 3, 5]), rng.choice([2, 3, 5, 6, 7])
    other = (a, b, c) if equal else rng.choice([(a + 1, b, c), (a, -b, c), (a, b, c + 8)])
    return surd(rng, (a, b, c)), surd(rng, other)


def polynomials(rng: Random, equal: bool) -> tuple[str, str]:
    """Two spellings of a product of linear factors."""
    x, y = sympy.symbols("x y")
    one = rng.randint(1, 5) * (x + rng.randint(-6, 6)) * (x + rng.randint(-6, 6) * y)
    other = one if equal else one + rng.choice([1, x, -y])
    return polynomial(rng, one), polynomial(rng, other)


def angles(rng: Random, equal: bool) -> tuple[str, str]:
    """Two spellings of a multiple of pi."""
    value = Fraction(rng.randint(1, 20), rng.choice([3, 4, 6, 8]))
    return angle(rng, value), angle(rng, value if equal else value + 1)


def sets(rng: Random, equal: bool) -> tuple[str, str]:
    """A set in two orders, or with another member."""
    values = list({_rational(rng) for _ in range(4)})
    other = values[:]
    rng.shuffle(other)
    if not equal:
        other[0] = max(values) + 1
    return members(rng, values, r"\{", r"\}"), members(rng, other, r"\{", r"\}")


def tuples(rng: Random, equal: bool) -> tuple[str, str]:
    """A tuple, or one with two entries exchanged."""
    values = sorted({_rational(rng) for _ in range(5)})[:3]
    other = values if equal else [*reversed(values)]
    return members(rng, values, "(", ")"), members(rng, other, "(", ")")


def intervals(rng: Random, equal: bool) -> tuple[str, str]:
    """An interval, or one that is open where the other is closed."""
    low = _rational(rng)
    ends = [low, low + rng.randint(1, 9)]
    one = rng.choice(["(]", "[)", "[]", "()"])
    other = one if equal else rng.choice([b for b in ("(]", "[)", "[]", "()") if b != one])
    return members(rng, ends, *one), members(rng, ends, *other)


KINDS: tuple[Callable[[Random, bool], tuple[str, str]], ...] = (
    rationals, surds, polynomials, angles, sets, tuples, intervals,
)  # fmt: skip


def pairs(count: int, seed: int) -> Iterator[Pair]:
    """Half of them equal, of every kind in turn."""
    rng = Random(seed)
    for i in range(count):
        kind, equal = KINDS[i % len(KINDS)], rng.random() < 0.5
        gold, answer = kind(rng, equal)
        yield Pair(kind.__name__, gold, answer, equal)


# ---- scorers


def ours(pair: Pair) -> bool:
    """Whether we pay it."""
    from envs.verify import verify

    return verify(pair.gold, rf"\boxed{{{pair.answer}}}", timeout=20).correct


def math_verify(pair: Pair) -> bool:
    """Whether math-verify pays it."""
    from math_verify import parse, verify

    return bool(verify(parse(rf"\boxed{{{pair.gold}}}"), parse(rf"\boxed{{{pair.answer}}}")))


def main() -> None:
    """Print each scorer's mistakes, and how many by kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ours-only", action="store_true")
    given = parser.parse_args()
    for scorer in [ours] if given.ours_only else [ours, math_verify]:
        mistakes: Counter[str] = Counter()
        for pair in pairs(given.count, given.seed):
            if scorer(pair) != pair.equal:
                mistakes[f"{pair.kind}, false {int(not pair.equal)}"] += 1
                if mistakes.total() <= 20:
                    print(f"{scorer.__name__}: {pair}")
        print(f"{scorer.__name__}: {given.count} pairs, mistakes: {dict(mistakes) or 'none'}")


if __name__ == "__main__":
    main()
