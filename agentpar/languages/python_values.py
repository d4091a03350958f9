"""The type of a value that is written down, such as `np.zeros((64, 32))` or `[0.5] * 100`, and its lengths."""

import ast
import re
from collections.abc import Iterator
from typing import Literal

from agentpar.errors import TaskError
from agentpar.verdict import Frozen

Kind = Literal["int", "float", "bool", "complex", "str", "bytes", "list", "tuple", "set", "dict", "array"]
SCALARS: dict[str, Kind] = {"int": "int", "float": "float", "bool": "bool", "complex": "complex"}
TEXT: dict[str, Kind] = {"str": "str", "bytes": "bytes"}
_FILLED = ("zeros", "ones", "empty", "full")
_RANDOM = ("rand", "randn", "random")
DTYPE = re.compile(r"(u?int|float|complex)\d+|bool")


class Shape(Frozen):
    """A type that inputs can be made of; `axes` of an array."""

    kind: Kind
    items: tuple["Shape", ...] = ()
    dtype: str = ""
    axes: int = 0

    @property
    def is_text(self) -> bool:
        """Whether what it holds in the end is text."""
        return self.items[-1].is_text if self.items else self.kind in ("str", "bytes")

    @property
    def levels(self) -> int:
        """How many lengths a value of this type needs."""
        if self.kind == "array":
            return self.axes
        own = self.kind in ("list", "set", "dict", "str", "bytes")
        return int(own) + max((each.levels for each in self.items), default=0)


def type_of_value(node: ast.expr, counts: list[int] | None) -> Shape | None:  # noqa: PLR0911  one for each kind
    """The type of a value that is written down; its lengths are added to `counts`, outermost first."""
    add = counts.append if counts is not None else (lambda count: None)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return type_of_value(node.operand, counts)
    if isinstance(node, ast.Constant):
        kind = type(node.value).__name__
        if kind in TEXT:
            add(len(str(node.value)))
            return Shape(kind=TEXT[kind])
        return Shape(kind=SCALARS[kind]) if kind in SCALARS else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _repeated(node, counts)
    if isinstance(node, ast.Tuple):
        items = [type_of_value(each, counts) for each in node.elts]
        known = tuple(each for each in items if each is not None)
        return Shape(kind="tuple", items=known) if len(known) == len(items) else None
    if isinstance(node, (ast.List, ast.Set)) and node.elts:
        add(len(node.elts))
        item = type_of_value(node.elts[0], counts)
        return Shape(kind="list" if isinstance(node, ast.List) else "set", items=(item,)) if item else None
    if isinstance(node, ast.Dict) and node.keys and node.keys[0] is not None:
        add(len(node.keys))
        key, value = type_of_value(node.keys[0], counts), type_of_value(node.values[0], counts)
        return Shape(kind="dict", items=(key, value)) if key and value else None
    return _called(node, add) if isinstance(node, ast.Call) else None


def _repeated(node: ast.BinOp, counts: list[int] | None) -> Shape | None:
    """`[0.5] * 100` and `'a' * 100`."""
    times = node.right.value if isinstance(node.right, ast.Constant) else None
    if not isinstance(times, int):
        return None
    inner: list[int] = []
    shape = type_of_value(node.left, inner)
    if shape is not None and counts is not None and inner:
        counts += [inner[0] * times, *inner[1:]]
    return shape


def _called(node: ast.Call, add: object) -> Shape | None:
    """`np.zeros((64, 32), dtype=np.float32)` and its like."""
    word = ast.unparse(node.func).rpartition(".")[2]
    try:
        if word in _RANDOM:
            extents = [_integer(each) for each in _flat(node.args)]
        elif word in (*_FILLED, "arange"):
            extents = [_integer(each) for each in _flat(node.args[:1])]
        else:
            return None
    except TaskError:
        return None
    for extent in extents:
        add(extent)  # type: ignore[operator]
    said = DTYPE.search(" ".join(ast.unparse(each) for each in (*node.keywords, *node.args[1:])))
    is_integer = word == "arange" or any(ast.unparse(each.value) == "int" for each in node.keywords)
    return Shape(kind="array", dtype=said[0] if said else "int64" if is_integer else "float64", axes=len(extents))


def _flat(nodes: list[ast.expr]) -> Iterator[ast.expr]:
    for each in nodes:
        yield from each.elts if isinstance(each, (ast.Tuple, ast.List)) else [each]


def _integer(node: ast.expr) -> int:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    raise TaskError("no length")
