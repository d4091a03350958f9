"""Whether two outputs are the same, and if not, the first difference in words."""

import math
from typing import Any, NamedTuple

import numpy as np

_EXACT = {int, bool, str, bytes, type(None)}
_SAMPLE_SIZE = 4096
_MOST_MEDIANS = 64.0


class Comparison:
    """Compares with a tolerance; `relative` below zero scales it with the type's epsilon and `sum_length`.

    `typical` says how large outputs mostly are that are one number each, by name; see compare.hpp.
    """

    def __init__(self, relative: float, absolute: float, bitwise: bool) -> None:
        self.relative = relative
        self.absolute = absolute
        self.bitwise = bitwise
        self.sum_length = 1.0
        self.typical: dict[str, float] = {}

    def difference(self, name: str, want: Any, have: Any) -> str:  # noqa: PLR0911  one for each kind
        """The first difference, or nothing."""
        want, have = _plain(want), _plain(have)
        if isinstance(want, int) and _is_number(have):  # Python compares them exactly, numpy as float64
            have = have.item() if isinstance(have, np.ndarray) else have
            return "" if want == have else f"{name}: expected {shown(want)}, got {shown(have)}"
        if _is_number(want) and _is_number(have):
            like = self.typical.get(name, 0.0)
            return self._numbers(name, np.asarray([want]), np.asarray([have]), lambda at: name, like)
        if isinstance(want, np.ndarray) and isinstance(have, np.ndarray):
            if want.shape != have.shape or want.dtype != have.dtype:
                return f"{name}: expected an array {_kind(want)}, got {_kind(have)}"
            return self._numbers(name, want, have, lambda at: f"{name}[{', '.join(map(str, at))}]")
        if type(want) is not type(have):
            return f"{name}: expected {shown(want)}, got {shown(have)}"
        if isinstance(want, (list, tuple)):
            return self._sequences(name, want, have)
        if isinstance(want, dict):
            if want.keys() != have.keys():
                return f"{name}: expected the keys {shown(list(want))}, got {shown(list(have))}"
            found = (self.difference(f"{name}[{key!r}]", each, have[key]) for key, each in want.items())
            return next(filter(None, found), "")
        return "" if want == have else f"{name}: expected {shown(want)}, got {shown(have)}"

    def _sequences(self, name: str, want: Any, have: Any) -> str:
        if len(want) != len(have):
            return f"{name}: expected {len(want)} elements, got {len(have)}: {shown(want)} and {shown(have)}"
        if want and set(map(type, want)) == set(map(type, have)) == {float}:
            return self._numbers(name, np.asarray(want), np.asarray(have), lambda at: f"{name}[{at[0]}]")
        if set(map(type, (*want, *have))) <= _EXACT and want == have:
            return ""
        found = (self.difference(f"{name}[{i}]", *both) for i, both in enumerate(zip(want, have, strict=True)))
        return next(filter(None, found), "")

    def _numbers(self, name: str, want: np.ndarray, have: np.ndarray, place: Any, like: float = 0.0) -> str:
        if want.dtype.kind not in "fc" or have.dtype.kind == "O":  # the latter of an integer beyond 64 bits
            wrong = want != have
        elif self.bitwise:
            same_sign = np.signbit(want.real) == np.signbit(have.real)
            wrong = ~((want == have) & same_sign | np.isnan(want) & np.isnan(have))
        else:
            wrong = ~self._close(want, have, like)
        if not wrong.any():
            return ""
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        return f"{place(at)}: expected {shown(want.item(*at))}, got {shown(have.item(*at))}"

    def _close(self, want: np.ndarray, have: np.ndarray, like: float) -> np.ndarray:
        epsilon = float(np.finfo(want.dtype).eps)
        relative = self.relative
        if relative < 0:
            relative = min(epsilon * max(self.sum_length, 4096.0), math.sqrt(epsilon))
        with np.errstate(all="ignore"):
            most = min(max(0.1 / max(relative, 1e-300), 1.0), 256.0)
            scale = _scale_of(want) if want.ndim and want.shape[-1] > 1 else np.minimum(like, most * np.abs(want))
            bound = np.maximum(self.absolute, relative * np.maximum(np.abs(want), scale))
            close: np.ndarray = (want == have) | (np.abs(want - have) <= bound) | (np.isnan(want) & np.isnan(have))
            return close & ~(np.isinf(want) & (want != have))


class Known(NamedTuple):
    """An answer that a later one may be the same as: `before` and `after` are the arguments' bytes, by argument."""

    result: str
    digest: str
    before: list[bytes]
    after: list[bytes]

    def is_same(self, other: "Known") -> bool:
        """Whether one and the same call can have made both: each bit is the same, or was left as it was in both."""
        arguments = zip(self.before, self.after, other.before, other.after, strict=True)
        return self.result == other.result and all(_can_be_one(*each) for each in arguments)


def _can_be_one(before: bytes, after: bytes, others_before: bytes, others_after: bytes) -> bool:
    if after == others_after or (before == after and others_before == others_after):
        return True
    if len({*map(len, (before, after, others_before, others_after))}) > 1:
        return False
    x, y, z, w = (np.frombuffer(each, np.uint8) for each in (before, after, others_before, others_after))
    return not np.any((y ^ w) & ((x ^ y) | (z ^ w)))


def _scale_of(numbers: np.ndarray) -> np.ndarray:
    """How large the numbers along the last axis are; see compare.hpp, whose class Magnitude says why."""
    magnitudes = np.abs(np.where(np.isfinite(numbers), numbers, 0)).astype(np.float64)
    whole = np.sqrt(np.mean(magnitudes**2, axis=-1, keepdims=True))
    whole = np.where(np.isfinite(whole), whole, 0.0)  # beyond all numbers it says nothing
    sample = np.sort(magnitudes[..., :: magnitudes.shape[-1] // _SAMPLE_SIZE + 1], axis=-1)
    zeros = np.count_nonzero(sample == 0, axis=-1, keepdims=True)
    count = sample.shape[-1]
    median = np.take_along_axis(sample, np.minimum(zeros + (count - zeros) // 2, count - 1), axis=-1)
    return np.where(median > 0, np.minimum(whole, _MOST_MEDIANS * median), whole)


def _plain(value: Any) -> Any:
    """An integer of numpy's as one of Python's: those compare exactly, whatever their sizes."""
    is_integer = isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "biu"
    return value.item() if is_integer else value


def _is_number(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "biufc"
    return isinstance(value, (int, float, complex))


def _kind(value: np.ndarray) -> str:
    return f"of shape {value.shape} and type {value.dtype}"


def shown(value: Any) -> str:
    """A value for people, in at most 200 characters."""
    try:
        text = repr(value)
    except ValueError:  # Python writes out no integer of more than 4,300 digits
        return "a value with an integer of thousands of digits"
    return text if len(text) <= 200 else f"{text[:200]}…"
