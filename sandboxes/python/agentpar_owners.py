"""Which rank has which part of the data, before a call and after it; and why ranks' outputs are wrong.

Every rank is called with arguments of the serial call's lengths. What it does not own holds values of other inputs
before the call and is not looked at after it. harness/owners.hpp is the same for C++.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

REPLICATED, ROOT, BLOCKS = "replicated", "root", "blocks"


def with_foreign(value: Any, other: Any, owner: str, rank: int, ranks: int) -> Any:
    """A value with another's in place of what a rank does not own; as it is where the two are of different lengths."""
    if owner == REPLICATED or ranks == 1 or (owner == ROOT and rank == 0):
        return value
    if owner == ROOT:
        return other
    is_rows = isinstance(value, (np.ndarray, list)) and type(value) is type(other) and np.ndim(value) > 0
    if not is_rows or len(value) != len(other):
        return value
    low, high = len(value) * rank // ranks, len(value) * (rank + 1) // ranks
    if isinstance(value, list):
        return [*other[:low], *value[low:high], *other[high:]]
    if value.shape != other.shape or value.dtype != other.dtype:
        return value
    mixed = other.copy()
    mixed[low:high] = value[low:high]
    return mixed


def cause(want: Any, parts: Sequence[Any], is_same: Callable[[Any, Any], bool]) -> str:
    """What is missing, as far as it shows in what all ranks have of one wrong output."""
    added, joined, picked = _added(want, parts), _joined(want, parts), _picked(want, parts)
    if added is not None and is_same(want, added):
        return "; the ranks' values add up to the right one: they are not reduced (comm.allreduce)"
    if any(each is not None and is_same(want, each) for each in (joined, picked)):
        return "; each part is right on some rank: they are not gathered (comm.allgather)"
    return ""


def _added(want: Any, parts: Sequence[Any]) -> Any:
    arrays = _alike(want, parts)
    return None if arrays is None or arrays[0].dtype.kind not in "iufc" else _as(want, sum(arrays[1:], arrays[0]))


def _picked(want: Any, parts: Sequence[Any]) -> Any:
    """For each element the nearest that a rank has."""
    arrays = _alike(want, parts)
    if arrays is None:
        return None
    right = np.asarray(want)
    with np.errstate(all="ignore"):
        apart = [np.nan_to_num(np.abs(each - right), nan=np.inf) if each.dtype.kind in "iufc" else each != right
                 for each in arrays]  # fmt: skip
    best = np.argmin(np.asarray(apart), axis=0)
    return _as(want, np.choose(best, arrays))


def _joined(want: Any, parts: Sequence[Any]) -> Any:
    """The parts one after the other."""
    if isinstance(want, list) and all(isinstance(each, list) for each in parts):
        return [element for each in parts for element in each]
    if isinstance(want, np.ndarray) and all(isinstance(each, np.ndarray) and each.ndim for each in parts):
        try:
            return np.concatenate(parts) if want.ndim else None
        except ValueError:
            return None
    return None


def _alike(want: Any, parts: Sequence[Any]) -> list[np.ndarray] | None:
    """The parts as arrays, where all are numbers in the shape of what is wanted."""
    try:
        arrays = [np.asarray(each) for each in (want, *parts)]
    except ValueError:  # rows of different lengths
        return None
    if arrays[0].dtype.kind not in "biufc" or len(parts) > 30:  # more than np.choose takes
        return None
    is_alike = all(each.shape == arrays[0].shape and each.dtype == arrays[0].dtype for each in arrays)
    return arrays[1:] if is_alike else None


def _as(want: Any, array: np.ndarray) -> Any:
    return array if isinstance(want, np.ndarray) else array.tolist()
