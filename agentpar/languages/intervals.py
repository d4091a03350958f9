"""Interval arithmetic on the least and greatest values of integer expressions."""

import math
from collections.abc import Iterator

Interval = tuple[float, float]
ANY: Interval = (-math.inf, math.inf)
_BASES = {"0x": 16, "0b": 2}
_LIMIT = 1e15  # beyond it nothing is a size, and floating point no longer counts


def literal(written: str) -> Interval:
    """A number as written in C++; unbounded when it is none."""
    plain = written.replace("'", "").lower()
    whole = plain.rstrip("ulz")
    try:
        base = _BASES.get(plain[:2]) or (8 if whole.isdecimal() and whole[0] == "0" else 0)
        value = float(int(whole, base) if base else float(whole.rstrip("f")))
    except (ValueError, OverflowError):
        return ANY
    return _bounded(value, value)


def _bounded(low: float, high: float) -> Interval:
    """Without values that overflow, and without NaN."""
    return (min(low, _LIMIT) if low > -_LIMIT else -math.inf), (max(high, -_LIMIT) if high < _LIMIT else math.inf)


def union(found: list[Interval]) -> Interval:
    """The interval around several; unbounded when there are none."""
    return (min(low for low, _ in found), max(high for _, high in found)) if found else ANY


def finite(*values: float) -> bool:
    """Whether all values are finite."""
    return all(math.isfinite(value) for value in values)


def truncated(low: float, high: float) -> Interval:
    """Rounded towards zero, as a cast to an integer does."""
    return (float(math.trunc(low)) if finite(low) else low), (float(math.trunc(high)) if finite(high) else high)


def root(low: float, high: float) -> Interval:
    """The square root."""
    return math.sqrt(max(low, 0.0)), math.sqrt(max(high, 0.0))


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _quotient(a: float, b: float) -> float:
    if math.isinf(a) or math.isinf(b):
        return 0.0 if math.isinf(b) else math.copysign(math.inf, a * b)
    exact = a / b
    return float(math.floor(exact)) if a.is_integer() and b.is_integer() else exact


def _corners(a: Interval, b: Interval) -> Iterator[tuple[float, float]]:
    return ((x, y) for x in a for y in b)


def combine(sign: str, a: Interval, b: Interval) -> Interval:
    """What a binary operator makes of two intervals; unbounded where little can be said."""
    return _bounded(*_combined(sign, a, b))


def _combined(sign: str, a: Interval, b: Interval) -> Interval:  # noqa: PLR0911 - one line per operator
    match sign:
        case "+":
            return a[0] + b[0], a[1] + b[1]
        case "-":
            return a[0] - b[1], a[1] - b[0]
        case "*":
            products = [_product(x, y) for x, y in _corners(a, b)]
            return min(products), max(products)
        case "/" if b[0] > 0:
            quotients = [_quotient(x, y) for x, y in _corners(a, b)]
            return min(quotients), max(quotients)
        case "%" if b[0] > 0:
            return (0.0 if a[0] >= 0 else 1 - b[1]), min(b[1] - 1, a[1] if a[1] >= 0 else 0.0)
        case "&":
            bounded = [x[1] for x in (a, b) if x[0] >= 0]
            return (0.0, min(bounded)) if bounded else ANY
        case "|" | "^" if a[0] >= 0 and b[0] >= 0 and finite(a[1], b[1]):
            return 0.0, float((1 << int(max(a[1], b[1])).bit_length()) - 1)
        case "<<" if b[0] == b[1] and 0 <= b[0] < 60:
            return a[0] * 2 ** b[0], a[1] * 2 ** b[0]
        case ">>" if b[0] == b[1] and 0 <= b[0] < 60 and finite(*a):
            return float(math.floor(a[0] / 2 ** b[0])), float(math.floor(a[1] / 2 ** b[0]))
        case "<" | ">" | "<=" | ">=" | "==" | "!=" | "&&" | "||":
            return 0.0, 1.0
    return ANY
