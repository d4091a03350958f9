"""Fresh inputs of any size, as the task's plan says."""

from typing import Any

import numpy as np

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DISTINCT = 8  # values where there shall be ties


class Maker:
    """Makes the arguments of one call: `parameters` is the plan, `dims` names each dimension's size."""

    def __init__(self, parameters: list[dict[str, Any]], dims: dict[str, int], seed: int, ties: bool) -> None:
        self._parameters = parameters
        self._dims = dims
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._ties = ties

    def arguments(self) -> list[Any]:
        """One value for each parameter, in order."""
        return [self._argument(each) for each in self._parameters]

    def _size(self, expression: str) -> int:
        # Written by the host, which has checked that it is arithmetic over dimensions.
        return int(eval(expression.replace("/", "//"), {"__builtins__": {}}, self._dims))

    def _bound(self, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            return float(self._size(text))

    def _argument(self, plan: dict[str, Any]) -> Any:
        if plan["size"]:
            return self._size(plan["size"])
        self._low, self._high = self._bound(plan["low"]), self._bound(plan["high"])
        self._generator = plan["generator"]
        return self._value(plan["shape"], [self._size(each) for each in plan["lengths"]])

    def _value(self, shape: dict[str, Any], lengths: list[int]) -> Any:
        kind, items = shape["kind"], shape["items"]
        if kind == "array":
            return self._array(shape["dtype"], lengths)
        if kind == "tuple":
            return tuple(self._value(each, lengths) for each in items)
        if kind in ("list", "set"):
            values = self._elements(items[0], lengths)
            return values if kind == "list" else set(values)
        if kind == "dict":
            return dict(zip(self._elements(items[0], lengths), self._elements(items[1], lengths), strict=True))
        if kind in ("str", "bytes"):
            text = "".join(_LETTERS[i] for i in self._random.integers(0, 26, lengths[0]))
            return text if kind == "str" else text.encode()
        return self._elements(shape, [1])[0]

    def _elements(self, shape: dict[str, Any], lengths: list[int]) -> list[Any]:
        count, kind = lengths[0], shape["kind"]
        if kind not in ("int", "float", "bool", "complex"):
            return [self._value(shape, lengths[1:]) for _ in range(count)]
        dtype = {"int": "int64", "float": "float64", "bool": "bool", "complex": "complex128"}[kind]
        values: list[Any] = self._array(dtype, [count]).tolist()
        return values

    def _array(self, dtype: str, shape: list[int]) -> np.ndarray:
        kind = np.dtype(dtype).kind
        if self._generator == "permutation":
            return self._random.permutation(int(np.prod(shape))).reshape(shape).astype(dtype)
        has_ties = self._ties and self._generator == "uniform"
        if kind in "iub":
            drawn = [_DISTINCT] if has_ties else shape
            values = self._random.integers(int(self._low), int(self._high), drawn, endpoint=True)
            if has_ties:
                values = values[self._random.integers(0, _DISTINCT, shape)]
        else:
            values = self._reals(shape, has_ties)
            if kind == "c":
                values = values + 1j * self._reals(shape, has_ties)
        if self._generator == "constant" and values.size:
            values = np.full(shape, values.flat[0])
        if self._generator in ("sorted", "offsets"):
            values = np.sort(values, axis=None).reshape(shape)
        if self._generator == "offsets" and values.size:
            values.flat[0], values.flat[-1] = 0, int(self._high)
        return np.ascontiguousarray(values.astype(dtype))

    def _reals(self, shape: list[int], has_ties: bool) -> np.ndarray:
        # Those with ties are mostly multiples of a power of two: long sums of a few other values, each rounded the same
        # way again and again, go astray by more than is allowed for.
        unit = self._random.random(shape)
        return self._low + (np.floor(unit * _DISTINCT) / _DISTINCT if has_ties else unit) * (self._high - self._low)
