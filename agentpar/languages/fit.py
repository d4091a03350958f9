"""Turns lengths needed at sample points into the simplest natural expression that covers them all."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from itertools import product as every

from agentpar.languages.polynomials import (
    Point,
    Polynomial,
    joined,
    least_asked,
    linear_factors,
    near,
    value_at,
    written,
)

_PRIMES = (13, 17, 23, 29, 37, 43, 53, 61, 71, 79, 89, 101)
_MAX_CONSTANT = 64
_MAX_FACTORS = 6
_LOOSE = 0.9  # twice what is needed: halves may come closer
# Sizes in all proportions: with a length that is too short at 1 alone, or where one is larger than another, the serial
# code goes out of bounds there.
_SMALL = (1, 2, 3, 5, 8, 50)
_FEWER = (1, 4, 50)


@dataclass(frozen=True)
class Expression:
    """A C++ expression over dimensions, and its value at a point. `complexity` ranks the simpler first."""

    text: str
    value: Callable[[Point], int]
    complexity: int = 0


def sample_points(dims: Sequence[str]) -> list[dict[str, int]]:
    """A few points at which the dimensions are all different, in several orders, and one far larger than the others."""
    count = len(dims)
    base = [(_PRIMES[i % 12] + 101 * (i // 12)) for i in range(count)]
    orders = [base, base[::-1], [3 * b + 2 for b in base]]
    orders += [base[r:] + base[:r] for r in range(1, min(count, 4))]
    if count > 1:
        orders += [[10 * b + 1 if i == large else b for i, b in enumerate(base)] for large in range(min(count, 4))]
    return [dict(zip(dims, order, strict=True)) for order in orders]


def constant(value: int) -> Expression:
    """A fixed length."""
    return Expression(str(value), lambda point: value)


def symbol(name: str) -> Expression:
    """A dimension as it is."""
    return Expression(name, lambda point: point[name], 1)


def plus(expression: Expression, amount: int) -> Expression:
    """An expression with a constant added."""
    if amount == 0:
        return expression
    sign = "+" if amount > 0 else "-"
    return Expression(
        f"{expression.text}{sign}{abs(amount)}",
        lambda point: expression.value(point) + amount,
        expression.complexity + 2,
    )


def fit(
    dims: Sequence[str], points: Sequence[Point], needed: Sequence[int], exact: Sequence[Polynomial] = ()
) -> Expression:
    """The natural length that covers what is needed at every point, with the least to spare.

    Exact lengths are not the aim: a stencil that touches all but one corner of a grid gets the whole grid. But none is
    shorter at any size than the `exact` polynomials that what is needed was found to be.
    """
    if not dims:
        return constant(max(needed))
    asked = [least for each in exact if any(least := least_asked(each))]
    whole = joined(asked)
    exacts = list(_exact(whole, dims)) if whole and len(dims) <= _MAX_FACTORS else []
    checks = [(point, value_at(whole, point)) for point in _proportions(dims)] if exacts else []
    names = [symbol(name) for name in dims[:_MAX_FACTORS]]
    best = _closest([*_candidates(dims, list(_products(names)), points, needed), *exacts], points, needed, checks)
    if best is None or best[0] > _LOOSE:
        halved = _closest(_products([*names, *map(_half, names)]), points, needed, checks)
        best = min((each for each in (best, halved) if each is not None), key=lambda each: each[0], default=None)
    return best[1] if best is not None else plus(symbol(dims[0]), max(needed))


def _closest(
    candidates: Iterable[Expression],
    points: Sequence[Point],
    needed: Sequence[int],
    checks: Sequence[tuple[Point, int]],
) -> tuple[float, Expression] | None:
    """The candidate that covers every point with the least to spare, and how much that is."""
    best: tuple[float, Expression] | None = None
    for candidate in candidates:
        values = [candidate.value(point) for point in points]
        if any(value < need for value, need in zip(values, needed, strict=True)):
            continue
        spare = sum(value / max(need, 1) - 1 for value, need in zip(values, needed, strict=True)) / len(points)
        score = spare + 0.03 * candidate.complexity
        if (best is None or score < best[0]) and all(candidate.value(point) >= least for point, least in checks):
            best = score, candidate
    return best


def _proportions(dims: Sequence[str]) -> Iterator[Point]:
    for values in every(_SMALL if len(dims) <= 3 else _FEWER, repeat=len(dims)):
        yield dict(zip(dims, values, strict=True))


def _exact(polynomial: Polynomial, dims: Sequence[str]) -> Iterator[Expression]:
    """The polynomial as a sum of products, and it or one that is hardly larger as a product of sums."""
    for total in near(polynomial):
        parts = linear_factors(total, dims)
        if len(parts) > 1:
            parts.sort(key=lambda part: min((dims.index(n) for names in part for n in names), default=-1))
            texts = [written(part, dims) for part in parts]
            text = "*".join(f"({each})" if "+" in each else each for each in texts)
            complexity = sum(2 * each.count("+") + each.count("*") + 1 for each in set(texts)) + len(parts) - 1
            yield Expression(text, lambda point, p=total: value_at(p, point), complexity)  # type: ignore[misc]
    text = written(polynomial, dims)
    complexity = 2 * text.count("+") + text.count("*") + 1
    yield Expression(text, lambda point: value_at(polynomial, point), complexity)


def _half(name: Expression) -> Expression:
    return Expression(f"({name.text}/2)", lambda point: name.value(point) // 2, 2)


def _candidates(
    dims: Sequence[str], products: Sequence[Expression], points: Sequence[Point], needed: Sequence[int]
) -> Iterator[Expression]:
    for product in products:
        yield from _scaled(product, points, needed)
    for margin in (1, 2):
        for size in (2, 3):
            for chosen in combinations_with_replacement(dims, size):
                yield _padded(chosen, margin)
    for left, right in combinations(products, 2):
        total = Expression(
            f"{left.text}+{right.text}",
            lambda point, a=left, b=right: a.value(point) + b.value(point),  # type: ignore[misc]
            left.complexity + right.complexity + 1,
        )
        yield total
        yield plus(total, 1)


def _products(names: Sequence[Expression]) -> Iterator[Expression]:
    for degree in (1, 2, 3):
        for factors in combinations_with_replacement(names, degree):
            yield Expression(
                "*".join(factor.text for factor in factors),
                lambda point, f=factors: math.prod(factor.value(point) for factor in f),  # type: ignore[misc]
                sum(factor.complexity for factor in factors),
            )


def _scaled(product: Expression, points: Sequence[Point], needed: Sequence[int]) -> Iterator[Expression]:
    ratios = [need / product.value(point) for point, need in zip(points, needed, strict=True)]
    for factor in {math.ceil(max(ratios) - 1e-9), math.floor(min(ratios) + 1e-9)}:
        if factor < 1:
            continue
        scaled = product
        if factor > 1:
            scaled = Expression(
                f"{factor}*{product.text}",
                lambda point, k=factor: k * product.value(point),  # type: ignore[misc]
                product.complexity + 1,
            )
        missing = max(need - scaled.value(point) for point, need in zip(points, needed, strict=True))
        if missing <= _MAX_CONSTANT:
            yield plus(scaled, max(missing, 0))


def _padded(chosen: tuple[str, ...], margin: int) -> Expression:
    return Expression(
        "*".join(f"({name}+{margin})" for name in chosen),
        lambda point: math.prod(point[name] + margin for name in chosen),
        2 * len(chosen) + 1,
    )
