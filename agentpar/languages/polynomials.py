"""Polynomials with whole coefficients: found from a few of their values, and written as a person would."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product

Point = Mapping[str, int]
# Coefficients by monomial: the names in it, in order, each as often as its power.
Polynomial = dict[tuple[str, ...], int]
_STEP = 2  # odd sizes stay odd, so that what lies around the middle of a window of k, at most k/2 away, counts
_MOST_DEGREE = 4
_MOST_NAMES = 6
_MOST_SLOPE = 4
_MOST_REST = {1: 64, 2: 8, 3: 4}  # by the number of names, for there are many forms


def interpolated(
    names: Sequence[str], points: Sequence[Point], measures: Iterable[Callable[[Point], float | None]]
) -> list[Polynomial]:
    """Of several measures those that are polynomials at all points, from their values around the first point."""
    found = (_interpolated(names, points, measure) for measure in measures)
    return [each for each in found if each is not None]


def _interpolated(
    names: Sequence[str], points: Sequence[Point], measure: Callable[[Point], float | None]
) -> Polynomial | None:
    base = points[0]

    def at(steps: Mapping[str, int]) -> float:
        value = measure({**base, **{name: base[name] + _STEP * step for name, step in steps.items()}})
        return math.nan if value is None else value

    degrees = {name: _degree([at({name: step}) for step in range(_MOST_DEGREE + 2)]) for name in names}
    if None in degrees.values() or sum(degree != 0 for degree in degrees.values()) > _MOST_NAMES:
        return None
    moving = {name: degree for name, degree in degrees.items() if degree}
    powers = [p for p in product(*(range(d + 1) for d in moving.values())) if sum(p) <= _MOST_DEGREE]
    values = {power: at(dict(zip(moving, power, strict=True))) for power in powers}
    if not all(math.isfinite(value) for value in values.values()):
        return None
    total: dict[tuple[str, ...], Fraction] = {}
    for power in powers:
        term: dict[tuple[str, ...], Fraction] = {(): Fraction(_difference(values, power))}
        for name, degree in zip(moving, power, strict=True):
            for j in range(degree):
                # One factor of the binomial ((name - base) / step over degree), as Newton's formula has it.
                below = Fraction(-base[name] - _STEP * j)
                term = _times(term, {(name,): Fraction(1, _STEP * (j + 1)), (): below / (_STEP * (j + 1))})
        for monomial, coefficient in term.items():
            total[monomial] = total.get(monomial, Fraction(0)) + coefficient
    if any(coefficient.denominator != 1 for coefficient in total.values()):
        return None
    found = {monomial: int(coefficient) for monomial, coefficient in total.items() if coefficient}
    return found if all(value_at(found, point) == measure(point) for point in points) else None


def value_at(polynomial: Polynomial, point: Point) -> int:
    """What it is where its names have these values."""
    return sum(c * math.prod(point[name] for name in names) for names, c in polynomial.items())


def least_asked(polynomial: Polynomial) -> Polynomial:
    """What a length must be whatever is known of the sizes: without what is taken off, and what that may outweigh.

    `(h - 1) * w + 3` asks for h*w, for where nobody goes past the third column there are three.
    """
    weighty = max((len(names) for names, c in polynomial.items() if c < 0), default=-1)
    return {names: c for names, c in polynomial.items() if c > 0 and len(names) > weighty}


def joined(polynomials: Sequence[Polynomial]) -> Polynomial:
    """The least that is no smaller than any, term by term."""
    return {
        names: max(each.get(names, 0) for each in polynomials) for names in {n for each in polynomials for n in each}
    }


def near(polynomial: Polynomial) -> Iterator[Polynomial]:
    """Itself, and with so little more as the last corner of a grid takes."""
    yield polynomial
    for amount in (1, 2):
        for extra in ((), *((name,) for name in sorted({name for names in polynomial for name in names}))):
            yield {**polynomial, extra: polynomial.get(extra, 0) + amount}


def linear_factors(polynomial: Polynomial, names: Sequence[str]) -> list[Polynomial]:
    """Its linear factors with small coefficients, none of them negative, and last what is left where that is not 1."""
    found: list[Polynomial] = []
    rest = polynomial
    for form in _linear_forms([name for name in names if any(name in each for each in polynomial)]):
        while len(max(rest, key=len, default=())) > 1 and (quotient := _quotient(rest, form, names)) is not None:
            found.append(form)
            rest = quotient
    return found if rest == {(): 1} else [*found, rest]


def written(polynomial: Polynomial, names: Sequence[str]) -> str:
    """A sum of products: the largest first, a constant last."""

    def place(monomial: tuple[str, ...]) -> tuple[int, int, list[int]]:
        return -len(monomial), polynomial[monomial], [names.index(name) for name in monomial]

    terms = []
    for monomial in sorted(polynomial, key=place):
        coefficient, ordered = polynomial[monomial], sorted(monomial, key=names.index)
        terms.append("*".join([*([str(coefficient)] if coefficient != 1 or not ordered else []), *ordered]))
    return "+".join(terms)


def _degree(values: Sequence[float]) -> int | None:
    """How often differences have to be taken until there are none; None where that does not end."""
    differences, degree = list(values), 0
    while len(differences) > 1:
        differences = [b - a for a, b in pairwise(differences)]
        if not any(differences):
            return degree
        degree += 1
    return None


def _difference(values: Mapping[tuple[int, ...], float], power: tuple[int, ...]) -> int:
    below = product(*(range(each + 1) for each in power))
    return sum(
        (-1) ** (sum(power) - sum(lower)) * math.prod(map(math.comb, power, lower)) * int(values[lower])
        for lower in below
    )


def _times(
    left: Mapping[tuple[str, ...], Fraction], right: Mapping[tuple[str, ...], Fraction]
) -> dict[tuple[str, ...], Fraction]:
    result: dict[tuple[str, ...], Fraction] = {}
    for (a, x), (b, y) in product(left.items(), right.items()):
        names = tuple(sorted((*a, *b)))
        result[names] = result.get(names, Fraction(0)) + x * y
    return result


def _linear_forms(names: Sequence[str]) -> Iterator[Polynomial]:
    """Simple ones first: `n`, `n+1`, `2*n+1`, `n+m`, `n+2*m`."""
    for size, most in _MOST_REST.items():
        for chosen in combinations(names, size):
            for *slopes, rest in product(*[range(1, _MOST_SLOPE + 1)] * size, range(most + 1)):
                if math.gcd(*slopes, rest) == 1:
                    form: Polynomial = {(name,): slope for name, slope in zip(chosen, slopes, strict=True)}
                    yield {**form, (): rest} if rest else form


def _quotient(polynomial: Polynomial, form: Polynomial, names: Sequence[str]) -> Polynomial | None:
    """What it is times a linear form; None where it is no multiple."""
    point = {name: 10 + 7 * i for i, name in enumerate(names)}
    if value_at(polynomial, point) % value_at(form, point):
        return None
    lead = next(iter(form))
    rest, quotient = dict(polynomial), Polynomial()
    while rest:
        # The largest power of the leading name comes off first, so that each step takes from lesser ones alone.
        monomial = max(rest, key=lambda each: each.count(lead[0]))
        coefficient, left_over = divmod(rest[monomial], form[lead])
        if lead[0] not in monomial or left_over:
            return None
        shorter = list(monomial)
        shorter.remove(lead[0])
        quotient[tuple(shorter)] = coefficient
        for part, slope in form.items():
            taken = tuple(sorted((*shorter, *part)))
            rest[taken] = rest.get(taken, 0) - coefficient * slope
            if not rest[taken]:
                del rest[taken]
    return quotient
