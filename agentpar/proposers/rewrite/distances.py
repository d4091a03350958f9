"""Whether two subscripts can name the same element in different rounds of a loop, where they are sums and products."""

import ast
from collections import Counter
from collections.abc import Mapping, Sequence, Set

_Polynomial = Mapping[tuple[str, ...], int]
"""Products of names, sorted, to their factors; the empty product is the constant."""


def never_meet(one: Sequence[str], other: Sequence[str], variable: str, varying: Set[str]) -> bool:
    """Whether elements are the same in the same round only, or never.

    The subscripts are given as text. `varying` names what has other values in other rounds, besides the counter: a
    subscript with one of these says nothing.
    """
    distances: set[int] = set()
    pairs = zip(map(_polynomial, one), map(_polynomial, other), strict=False)
    for left, right in (parts for pair in pairs for parts in _coordinates(*pair, variable)):
        difference = {key: n for key in {*left, *right} if (n := left.get(key, 0) - right.get(key, 0))}
        told = {name for key in (*left, *right) for name in key}
        if set(difference) - {()} or told & varying or any(variable in key and len(key) > 1 for key in left):
            continue
        factor, gap = left.get((variable,), 0), difference.get((), 0)
        if factor == 0 and gap == 0:
            continue
        if factor == 0 or gap % factor:
            return True
        distances.add(gap // factor)
    return len(distances) > 1 or distances == {0}


def _coordinates(
    left: _Polynomial | None, right: _Polynomial | None, variable: str
) -> list[tuple[_Polynomial, _Polynomial]]:
    """Row and column of `i * width + j`, and the subscript itself where the counter has no factor."""
    if left is None or right is None:
        return []
    factors = {name for key in left if len(key) == 2 and variable in key for name in key} - {variable}
    if len(factors) != 1:
        return [(left, right)]
    width = factors.pop()
    return [(_rows(left, width), _rows(right, width)), (_rest(left, width), _rest(right, width))]


def _rows(whole: _Polynomial, width: str) -> _Polynomial:
    return {tuple(name for name in key if name != width): n for key, n in whole.items() if width in key}


def _rest(whole: _Polynomial, width: str) -> _Polynomial:
    return {key: n for key, n in whole.items() if width not in key}


def _polynomial(spelled: str) -> _Polynomial | None:
    """A subscript as sums of products; None where it is anything else."""
    try:
        return _read(ast.parse(spelled.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def _read(node: ast.expr) -> _Polynomial | None:
    if isinstance(node, ast.Name):
        return {(node.id,): 1}
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return {(): node.value}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _combined(ast.Sub(), {}, _read(node.operand))
    if isinstance(node, ast.BinOp):
        return _combined(node.op, _read(node.left), _read(node.right))
    return None


def _combined(operation: ast.operator, left: _Polynomial | None, right: _Polynomial | None) -> _Polynomial | None:
    if left is None or right is None or not isinstance(operation, ast.Add | ast.Sub | ast.Mult):
        return None
    total: Counter[tuple[str, ...]] = Counter()
    if isinstance(operation, ast.Mult):
        for a, m in left.items():
            for b, n in right.items():
                total[tuple(sorted((*a, *b)))] += m * n
    else:
        total.update(left)
        for key, n in right.items():
            total[key] += n if isinstance(operation, ast.Add) else -n
    return {key: n for key, n in total.items() if n}
