"""What is found of lengths: each with its level, the dimensions, and which elements are indices of what."""

from dataclasses import dataclass, field

from agentpar.languages.fit import Expression

Key = tuple[str, int]


@dataclass(frozen=True)
class DataIndex:
    """The elements of `source`, a parameter or a field of its structs, times `slope` plus `offset`, index `target`."""

    source: str
    target: Key
    slope: int
    offset: int
    is_store: bool

    @property
    def parameter(self) -> str:
        """The parameter that the elements, or the structs with the field, are of."""
        return self.source.partition(".")[0]


@dataclass
class Solution:
    """Lengths by parameter and level, the dimensions as discovered, and what could not be found.

    `strides` are integers that only say how far apart rows lie, with the least that they must be.
    """

    lengths: dict[Key, Expression] = field(default_factory=dict)
    free: dict[str, Key] = field(default_factory=dict)
    totals: dict[str, str] = field(default_factory=dict)
    strides: dict[str, Expression] = field(default_factory=dict)
    unknown: list[Key] = field(default_factory=list)
