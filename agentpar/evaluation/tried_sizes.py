"""The sizes at which the serial code has to show that it fits its inputs, by the weights of the dimensions."""

from collections.abc import Collection, Sequence

from agentpar.languages.inputs import InputPlan

Dims = tuple[int, ...]

_EDGES = ((0,), (1,), (2,), (3,))
_GENERIC = ((7, 11, 13, 5, 17), (31, 17, 23, 29, 19), (64, 61, 33, 48, 40))
_LOPSIDED = ((70, 4, 5), (4, 70, 5), (5, 4, 70))


def edge_sizes(dims: Collection[int]) -> list[Dims]:
    """None at all, and as few as there can be."""
    return _repeated(_EDGES, [1] * len(dims))


def generic_sizes(weights: Collection[int]) -> tuple[Dims, ...]:
    """Sizes of which none divides another."""
    return tuple(_repeated(_GENERIC, weights))


def lopsided_sizes(weights: Collection[int]) -> list[Dims]:
    """Where one is as much larger than others as sizes that are drawn may be."""
    return _repeated(_LOPSIDED, weights) if len(weights) > 1 else []


def may_be_too_short(inputs: InputPlan, given: Collection[str]) -> bool:
    """Whether a length that is not `given` was fitted to what subscripts ask for, and not a dimension as it is."""
    fitted = [part for name, parts in inputs.lengths.items() if name not in given for part in parts]
    return any(sign in part for part in fitted for sign in "+-*/")


def _repeated(rows: Sequence[Sequence[int]], weights: Collection[int]) -> list[Dims]:
    return [tuple(row[i % len(row)] * weight for i, weight in enumerate(weights)) for row in rows]
