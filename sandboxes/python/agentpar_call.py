"""One call of a worker's function: what it is given, what it took, and what can go wrong."""

import pickle
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

_ANY, _NONE = -1, -2


class Failure(Exception):
    """What a worker did wrong, and during which phase."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind  # lost, timeout, deadlock, tampering, threw, left_over, out_of_memory, malformed
        self.detail = detail
        self.rank = 0


@dataclass
class Run:
    """One call. Times are in nanoseconds: on the judge's clock, of CPU meanwhile, of CPU before and after it while the
    clock stood, and of CPU while all should have stood still, as far as that is forgiven.
    """

    wall: int = 0
    cpu: int = 0
    before: int = 0
    after: int = 0
    lapse: int = 0
    delay: int = 0
    map_bytes: int = 0


class CallRecord(NamedTuple):
    """What a rank says that it does in MPI; see wire.RECORD."""

    is_rank: int
    is_inside: int
    calls: int
    peer: int
    tag: int
    relation: bytes
    name: bytes

    def told(self) -> str:
        """For people, after the rank's number."""
        if not self.calls:
            return " has made no MPI call"
        relation, name = (each.partition(b"\0")[0].decode(errors="replace") for each in (self.relation, self.name))
        peer = f" {relation} rank {_number(self.peer)}" if self.peer != _NONE else ""
        tag = f", tag {_number(self.tag)}" if self.tag != _NONE else ""
        return f"{' is in' if self.is_inside else ' computes after'} {name}{peer}{tag}"


@dataclass
class Inputs:
    """The arguments of one call as they travel: arrays apart from the rest."""

    payload: bytes
    buffers: list[memoryview] = field(default_factory=list)
    is_flat: bool = True
    """Whether every array is an argument, and none is in a list or another container."""

    @classmethod
    def of(cls, arguments: list[Any]) -> "Inputs":
        """Pack arguments."""
        apart: list[pickle.PickleBuffer] = []
        payload = pickle.dumps(arguments, protocol=5, buffer_callback=apart.append)
        arrays = sum(isinstance(each, np.ndarray) for each in arguments)
        return cls(payload, [each.raw() for each in apart], len(apart) == arrays)

    @property
    def bytes(self) -> int:
        """How many bytes they take."""
        return len(self.payload) + sum(each.nbytes for each in self.buffers)


def _number(value: int) -> str:
    return "any" if value == _ANY else str(value)
