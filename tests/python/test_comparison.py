"""How the judge of Python reads and compares what a worker says, without a sandbox."""

import importlib.util
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from agentpar.resources import resource


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, resource("sandboxes", "python", f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


wire, compare = _module("agentpar_wire"), _module("agentpar_compare")
DEFAULT = compare.Comparison(-1.0, 0.0, False)

DIFFERENT = {
    "integers that are close": (10**9, 10**9 + 1.0),
    "integers that are equal as floats": (2**63, 2**63 - 1),
    "an integer and the float next to it": (2**53 + 1, 2.0**53),
    "an integer and a float of numpy's next to it": (2**53 + 1, np.asarray(2.0**53)),
    "integers and the floats next to them": ([2**53 + 1], [2.0**53]),
    "integers in a list, beyond 64 bits": ([2**63, 1], [2**63 + 1, 1]),
    "numpy's and Python's integers": (np.asarray(2**63, np.uint64), 2**63 - 1),
    "a float and an integer too large for one": (1.0, 10**400),
    "a float and a text of numpy's": (1.0, np.asarray("x")),
    "keys": ({1: 2.0}, {2: 2.0}),
    "floats": ([1.0, 2.0], [1.0, 2.1]),
    "numbers beside a huge one": (np.asarray([1e12, 1.0, 0.0, 1.0, 2.0]), np.asarray([1e12, 0.0, 0.0, 1.0, 2.0])),
    "an infinity and a number": ([math.inf, 1.0], [1e18, 1.0]),
    "numbers whose squares are none": (np.asarray([1e154, 1e154]), np.asarray([0.0, 0.0])),
    "numbers of less precision whose squares are none": (np.asarray([1e20] * 2, np.float32), np.zeros(2, np.float32)),
    "nothing for numbers of half precision": (np.asarray([1, 2], np.float16), np.zeros(2, np.float16)),
}
SAME = {
    "a float of less precision, computed with more": (np.asarray(1 / 3, np.float32), 1 / 3),
    "not a number": ([math.nan], [math.nan]),
    "sums that cancel": (np.asarray([0.0, 0.0, 0.0, 1.0, -2.0, 3e-16]), np.asarray([0.0, 1e-16, 0.0, 1.0, -2.0, 0.0])),
    "empty": ([], []),
    "a truth of numpy's": (np.asarray(True), True),
    "keys in another order": ({1: 2.0, 3: 4.0}, {3: 4.0, 1: 2.0}),
    "an integer for a float": (2.0**70, 2**70),
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_what_differs_is_told(kind: str) -> None:
    assert DEFAULT.difference("it", *DIFFERENT[kind]).startswith("it")


@pytest.mark.parametrize("kind", SAME)
def test_what_is_the_same_is_no_difference(kind: str) -> None:
    assert DEFAULT.difference("it", *SAME[kind]) == ""


def test_values_come_back_as_they_were_sent() -> None:
    sent = [None, True, -(2**70), 1.5, 2j, "é", b"x", (1, [2]), {3}, {"a": [1.0]}, np.zeros((0, 3)), np.arange(9)]
    assert DEFAULT.difference("it", sent, _decoded(wire.encode(sent, []))) == ""


def test_a_short_array_that_came_back_can_be_changed_as_the_users_own() -> None:
    came = _decoded(wire.encode(np.asarray([3.0, 1.0]), []))
    came.sort()
    assert came.tolist() == [1.0, 3.0]


def _array(name: bytes, *extents: int) -> bytes:
    head = b"A" + wire._HEAD.pack(name, len(extents), 0)
    return head + b"".join(each.to_bytes(8, "little") for each in extents)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"?",
        b"l",
        _array(b"O", 0),
        _array(b"1 2f4", 0),
        _array(b"f8", 2**63, 0),
        _array(b"f8", 9),
        b"D" + b"\xff" * 8,
    ],
    ids=repr,
)
def test_what_is_malformed_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        _decoded(data)


def _decoded(data: bytes) -> Any:
    return wire.Decoder(data, lambda address, count: b"", 1 << 20).value()
