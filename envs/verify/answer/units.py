"""Names of units and the one name each stands under.

A unit is compared by name and power, never converted: an answer in metres to a question that asks
for centimetres is a different answer.
"""

from __future__ import annotations

from .tokens import TEXT, Tokens

_NAMES = {
    "m": "metre metres meter meters", "cm": "centimetre centimetres centimeter centimeters",
    "mm": "millimetre millimetres millimeter millimeters",
    "km": "kilometre kilometres kilometer kilometers",
    "in": "inch inches", "ft": "foot feet", "yd": "yard yards", "mi": "mile miles",
    "g": "gram grams", "kg": "kilogram kilograms", "mg": "milligram milligrams",
    "lb": "lbs pound pounds", "oz": "ounce ounces", "ton": "tons",
    "s": "sec secs second seconds", "min": "mins minute minutes", "h": "hr hrs hour hours",
    "day": "days", "week": "weeks", "month": "months", "year": "years",
    "L": "l liter liters litre litres", "mL": "ml milliliter milliliters millilitre millilitres",
    "gallon": "gallons", "cup": "cups", "mph": "", "kph": "kmh", "degree": "degrees deg",
    "radian": "radians rad", "dollar": "dollars usd", "cent": "cents", "euro": "euros eur",
    "unit": "units", "N": "newton newtons", "J": "joule joules", "W": "watt watts",
    "V": "volt volts", "K": "kelvin", "Hz": "hertz", "Pa": "pascal pascals",
    "square": "sq", "cubic": "cu", "yen": "jpy", "rupee": "rupees inr rs", "yuan": "cny rmb",
    "\u00c5": "angstrom angstroms", "\u03a9": "ohm ohms", "mol": "mole moles",
    "C": "coulomb coulombs", "eV": "", "keV": "", "MeV": "", "GeV": "",
    "kJ": "kilojoule kilojoules", "kW": "kilowatt kilowatts", "kN": "", "kPa": "",
    "atm": "atmosphere atmospheres", "nm": "nanometer nanometers nanometre nanometres",
    "\u03bcm": "micrometer micrometers", "cal": "", "kcal": "", "erg": "ergs", "T": "tesla",
    "ms": "millisecond milliseconds", "MHz": "megahertz", "kHz": "kilohertz", "acre": "acres",
    "pint": "pints", "quart": "quarts", "AU": "", "pc": "parsec parsecs", "ly": "",
}  # fmt: skip
_CANONICAL = {alias: name for name, aliases in _NAMES.items() for alias in [name, *aliases.split()]}
_POWERS = {"square": "^2", "cubic": "^3"}
_EXPONENTS = {"^2", "^3", "^-1", "^-2", "^-3"}
_JOINTS = {"/": "/", TEXT + "per": "/", r"\cdot": "*", "*": "*"}
_SCALES = {"C": "celsius", "F": "fahrenheit", "Celsius": "celsius", "Fahrenheit": "fahrenheit"}
CURRENCIES = {"dollar", "cent", "euro", "lb", "yen", "rupee", "yuan"}
"""What may stand in front of a number; a pound is a weight too."""


def unit_at(tokens: Tokens, start: int) -> tuple[str, int]:
    r"""Return the canonical unit that begins at `start`, and how many tokens it takes; ("", 0).

        compound := unit (('/' | 'per' | '\\cdot') unit)*
        unit     := ['square' | 'cubic'] name ['^' power]

    `\text{cm}^2`, `sq cm` and `square centimeters` all give `cm^2`; `mi/h`, `miles per hour` and
    `mph` all give `mi/h`.
    """
    name, at = _simple(tokens, start)
    while name and at + 1 < len(tokens):
        joint = _JOINTS.get(tokens[at])
        further, end = _simple(tokens, at + 1) if joint else ("", at)
        if not further:
            break
        name, at = name + str(joint) + further, end
    return name, at - start if name else 0


def _simple(tokens: Tokens, at: int) -> tuple[str, int]:
    power = ""
    if (first := _named(tokens, at)) in _POWERS:
        power, at = _POWERS[first], at + 1
    name = _named(tokens, at)
    if not name or name in _POWERS:
        return "", at
    at += 1
    if name == "degree" and tokens[at : at + 1] and tokens[at].removeprefix(TEXT) in _SCALES:
        name, at = _SCALES[tokens[at].removeprefix(TEXT)], at + 1
    if tokens[at : at + 1] == ("^",) and not power:
        end = tokens.index("}", at) + 1 if "}" in tokens[at:] else at
        power = "".join(tokens[at:end]).replace("{", "").replace("}", "")
        if power not in _EXPONENTS:
            return "", at
        at = end
    return {"mph": "mi/h", "kph": "km/h"}.get(name, name) + power, at


def _named(tokens: Tokens, at: int) -> str:
    if at >= len(tokens):
        return ""
    if tokens[at] == "'":
        return "'"
    return _name(tokens[at][1:]) if tokens[at].startswith(TEXT) else ""


def unit_letters(tokens: Tokens) -> Tokens:
    """Return `25 m ^ {2}` with what stands behind the number marked as a unit, not a variable."""
    first = next((i for i, token in enumerate(tokens) if token.isalpha() and i), len(tokens))
    run = next((i for i in range(first, len(tokens)) if not tokens[i].isalpha()), len(tokens))
    word = "".join(tokens[first:run])
    return (*tokens[:first], TEXT + word, *tokens[run:]) if word else tokens


def _name(word: str) -> str:
    """Return the canonical name; case matters in one letter, and in mg against Mg."""
    lower = word.lower() if len(word) > 2 or (len(word) > 1 and word[0] != "M") else word
    return _CANONICAL.get(word) or _CANONICAL.get(lower, "")
