"""Infers from the serial source which sizes belong together, and which values are legal inputs."""

from agentpar.verdict import Frozen


class InputPlan(Frozen):
    """How inputs of any size are made. All expressions are C++ over the names of `dims`.

    `dims` are the free dimensions with their weight relative to each other (`{"rows": 1, "nnz": 8}`: when rows
    is 100, nnz is 800). `lengths` gives, for each container or pointer parameter, one expression per level.
    `scalars` gives the value of each integer parameter that is a size; the others are drawn from `ranges`.
    `ranges` are inclusive bounds of values (of elements, for containers). `generators` names a generator other
    than uniform: `offsets` (ascending from 0 to the upper bound of its range), `sorted`, `permutation`.
    """

    dims: dict[str, int]
    lengths: dict[str, tuple[str, ...]] = {}
    scalars: dict[str, str] = {}
    ranges: dict[str, tuple[str, str]] = {}
    generators: dict[str, str] = {}
