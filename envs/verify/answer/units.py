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
    "square": "sq", "cubic": "cu", "per": "",
}  # fmt: skip
_COUNTED = (
    "animal apple arrangement bag ball balloon banana banker bead bean bike bird block boat"
    " book bottle boy brick bulb button cake calorie candle car card carrot cat chair chicken"
    " chocolate choice coin color combination cookie cow crayon cupcake customer digit dime"
    " divisor dog doll donut door dot duck edge egg element employee episode eraser face factor"
    " flower friend game girl goal grape group guest hen horse hotdog integer item jar kid lap"
    " lemon letter marble marker member mountain movie muffin nickel notebook number onion"
    " orange outcome page painting parent passenger path peach pear pen pencil permutation phone"
    " picture pie piece pizza plant plate player point potato prime problem puppy question"
    " ribbon rock room rose row seat seed shell shirt shoe side slice sock soldier solution song"
    " stair stamp step sticker stone student teacher team term ticket tile tomato toy tree"
    " triangle truck tulip vote way wheel win window word worker"
)
_PLURALS = {
    "person": "people persons", "child": "children", "man": "men", "woman": "women",
    "box": "boxes", "bus": "buses", "penny": "pennies", "candy": "candies", "class": "classes",
    "fish": "", "sheep": "", "vertex": "vertices", "sandwich": "sandwiches", "puppy": "puppies",
    "strawberry": "strawberries", "knife": "knives", "peach": "peaches", "tomato": "tomatoes",
    "potato": "potatoes", "baby": "babies", "time": "times",
}  # fmt: skip
_COUNTS = {name: f"{name}s" for name in _COUNTED.split()} | _PLURALS
_CANONICAL = {
    alias: name
    for name, aliases in (_NAMES | _COUNTS).items()
    for alias in [name, *aliases.split()]
}
_POWERS = {"square": "^2", "cubic": "^3"}


def unit_name(tokens: Tokens) -> str:
    r"""Return the canonical unit written by `tokens` (`"square "centimeters`), or "" for none.

    `\\text{cm}^2`, `sq cm` and `square centimeters` all give `cm^2`; `mi/h`, `miles per hour` and
    `mph` all give `mi/h`.
    """
    parts, power = [], ""
    for token in tokens:
        if token.startswith(TEXT) and (name := _name(token[1:])):
            if name in _POWERS:
                power = _POWERS[name]
                continue
            parts.append({"per": "/", "mph": "mi/h", "kph": "km/h"}.get(name, name) + power)
            power = ""
        elif token in {"/", "^", "2", "3", "-", "1"} and parts:
            parts.append(token)
        elif token not in {"{", "}", r"\cdot"} or not parts:
            return ""
    return "".join(parts)


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
