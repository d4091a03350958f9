"""What judge and worker of Python share: their messages, and plain values as bytes that are safe to read.

The judge never unpickles what a worker sends: values come back in the format below, which can name data and nothing
else. Arrays are not copied: their bytes stay in the worker's memory, and the judge reads them there.
"""

import array
import operator
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

BUFFER_BYTES = 1 << 30  # sparse: pages exist once touched
LOAD, GO, CALL, TELL = 1, 2, 3, 4
READY, DONE, THREW, OUT_OF_MEMORY, LEFT_OVER = 1, 2, 3, 4, 5
# Request, processes that the call may use, bytes (or buffers) of the shape, nonce, which arguments to send back.
ORDER = struct.Struct("<IIQQQ")
# Status, bytes of the map, nonce, what was thrown.
ANSWER = struct.Struct("<IQQ1000s")
# What a rank does in MPI: whether it notes that, whether it is in a call, how many calls there were; which rank the
# call names (-1: any, -2: none), which tag, what that rank is, and the call's name. See harness/wire.hpp.
RECORD = struct.Struct("<IIQii8s40s")
RECORD_AT = BUFFER_BYTES - 4096
INLINE_BYTES = 4096
"""Arrays up to this size travel with the other values."""

_COUNT = struct.Struct("<Q")
_HEAD = struct.Struct("<8sBQ")  # of an array: its type, how many axes, and where it lies (0: here)
_CONTAINERS: dict[bytes, Callable[[list[Any]], Any]] = {b"l": list, b"t": tuple, b"S": set, b"Z": frozenset}
_TAGS: dict[bytes, tuple[type, ...]] = {b"l": (list, range), b"t": (tuple,), b"S": (set,), b"Z": (frozenset,)}
_NUMBERS = {float: b"d", int: b"q"}
_PLAIN = "biufcSUmM"  # kinds of arrays that hold no objects


def encode(value: Any, pins: list[Any]) -> bytes:
    """A value as bytes. Arrays that are left where they lie are added to `pins`, which keeps them there.

    Raises:
        TypeError: it holds what is neither plain data nor an array of numbers or text.
    """
    parts: list[bytes] = []
    _encode(value, parts, pins)
    return b"".join(parts)


def _encode(value: Any, parts: list[bytes], pins: list[Any]) -> None:
    if value is None:
        parts.append(b"N")
    elif value is True or value is False:
        parts.append(b"T" if value else b"F")
    elif isinstance(value, np.ndarray):
        _encode_array(value, parts, pins)
    elif isinstance(value, np.generic):
        is_native = value.dtype.str[1:] in ("f8", "i8", "b1", "c16")
        _encode(value.item() if is_native else np.asarray(value), parts, pins)
    elif isinstance(value, int):
        digits = int(value).to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
        parts += [b"i", _COUNT.pack(len(digits)), digits]
    elif isinstance(value, float):
        parts += [b"f", struct.pack("<d", value)]
    elif isinstance(value, complex):
        parts += [b"c", struct.pack("<dd", value.real, value.imag)]
    elif isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        parts += [b"s", _COUNT.pack(len(text)), text]
    elif isinstance(value, (bytes, bytearray)):
        parts += [b"b", _COUNT.pack(len(value)), bytes(value)]
    elif isinstance(value, dict):
        parts += [b"D", _COUNT.pack(len(value))]
        for key, each in value.items():
            _encode(key, parts, pins)
            _encode(each, parts, pins)
    else:
        _encode_container(value, parts, pins)


def _encode_container(value: Any, parts: list[bytes], pins: list[Any]) -> None:
    tag = next((tag for tag, kinds in _TAGS.items() if isinstance(value, kinds)), b"")
    if not tag:
        raise TypeError(f"a {type(value).__name__} is neither plain data nor a numpy array")
    parts += [tag, _COUNT.pack(len(value))]
    kinds = set(map(type, value))
    code = _NUMBERS.get(kinds.pop(), b"") if len(kinds) == 1 else b""
    if code:
        try:
            parts += [code, array.array(code.decode(), value).tobytes()]
            return
        except OverflowError:
            pass  # integers beyond 64 bits go one by one
    parts.append(b"*")
    for each in value:
        _encode(each, parts, pins)


def _encode_array(value: np.ndarray, parts: list[bytes], pins: list[Any]) -> None:
    if value.dtype.kind not in _PLAIN:
        raise TypeError(f"an array of {value.dtype} cannot be carried")
    whole = np.ascontiguousarray(value).reshape(value.shape)
    is_here = whole.nbytes <= INLINE_BYTES
    address = 0 if is_here else whole.__array_interface__["data"][0]
    parts += [b"A", _HEAD.pack(whole.dtype.str.encode(), whole.ndim, address)]
    parts += [_COUNT.pack(extent) for extent in whole.shape]
    if is_here:
        parts.append(whole.tobytes())
    else:
        pins.append(whole)


class Decoder:
    """Reads values from bytes that somebody hostile may have written. Raises ValueError for all that is malformed.

    `read` gives bytes of the sender's memory: (address, count); at most `most_bytes` are asked for in all.
    """

    def __init__(self, data: bytes, read: Callable[[int, int], bytes], most_bytes: int) -> None:
        self._data = data
        self._read = read
        self._left = most_bytes
        self._at = 0
        self.places: list[tuple[int, int]] = []
        """Where the arrays lie that were read from the sender's memory, and how many bytes they have."""

    def value(self) -> Any:  # noqa: PLR0911  one for each kind
        """The next value."""
        tag = self._take(1)
        if tag in b"NTF":
            return {b"N": None, b"T": True, b"F": False}[tag]
        if tag == b"i":
            return int.from_bytes(self._take(self._count()), "little", signed=True)
        if tag == b"f":
            return struct.unpack("<d", self._take(8))[0]
        if tag == b"c":
            return complex(*struct.unpack("<dd", self._take(16)))
        if tag == b"s":
            return self._take(self._count()).decode("utf-8", "surrogatepass")
        if tag == b"b":
            return self._take(self._count())
        try:
            if tag == b"D":
                return {self.value(): self.value() for _ in range(self._count())}
            if tag in _CONTAINERS:
                return _CONTAINERS[tag](self._elements())
        except TypeError as error:
            raise ValueError(f"malformed: {error}") from error
        if tag == b"A":
            return self._array()
        raise ValueError("malformed: an unknown kind of value")

    def _take(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise ValueError("malformed: it ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def _count(self) -> int:
        count: int = _COUNT.unpack(self._take(8))[0]
        if count > len(self._data):
            raise ValueError("malformed: a count beyond the data")
        return count

    def _elements(self) -> list[Any]:
        count, code = self._count(), self._take(1)
        if code == b"*":
            return [self.value() for _ in range(count)]
        if code not in (b"d", b"q"):
            raise ValueError("malformed: an unknown kind of elements")
        numbers = array.array(code.decode())
        numbers.frombytes(self._take(8 * count))
        return numbers.tolist()

    def _array(self) -> np.ndarray:
        name, axes, address = _HEAD.unpack(self._take(_HEAD.size))
        try:
            dtype = np.dtype(name.rstrip(b"\0").decode("ascii"))
        except (TypeError, ValueError, SyntaxError) as error:  # numpy reads `1 2f4` as Python
            raise ValueError("malformed: no type of an array") from error
        if dtype.kind not in _PLAIN or axes > 32:
            raise ValueError("malformed: no array of plain data")
        shape = [int(_COUNT.unpack(self._take(8))[0]) for _ in range(axes)]
        count = 1
        for extent in shape:
            count = operator.mul(count, extent)
        size = count * dtype.itemsize
        if address == 0:
            raw = bytearray(self._take(size))  # tests may change what is returned
        else:
            self._left -= size
            if self._left < 0:
                raise ValueError("far more data than the reference gives")
            raw = self._read(address, size)
            self.places.append((address, size))
        try:
            return np.frombuffer(raw, dtype).reshape(shape)
        except OverflowError as error:
            raise ValueError("malformed: no shape of an array") from error
