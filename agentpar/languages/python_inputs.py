"""How inputs of any size are made for a Python function: from an example call, or from types and how they are used.

In an example, equal lengths are one dimension, and an integer that equals a length is a size:
`smooth(np.zeros((64, 32)), np.ones(32), 64)` has an array of n × m, one of m, and the value of n.
Without one, types say what a parameter is; all first lengths are n, all second ones m.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from agentpar.errors import TaskError
from agentpar.languages.inputs import Bound, is_expression, parse_sizes
from agentpar.languages.python import PythonFunction, PythonParameter, find_node, parse_python
from agentpar.languages.python_values import DTYPE, SCALARS, TEXT, Kind, Shape, type_of_value
from agentpar.verdict import Frozen

_DIMS = "nmkpqr"
_CONTAINERS: dict[str, Kind] = {
    "list": "list", "List": "list", "Sequence": "list", "Iterable": "list", "MutableSequence": "list",
    "Collection": "list", "set": "set", "Set": "set", "dict": "dict", "Dict": "dict", "Mapping": "dict",
    "tuple": "tuple", "Tuple": "tuple",
}  # fmt: skip
_ARRAYS = ("ndarray", "NDArray", "ArrayLike")
_EXAMPLES = {
    "array": "np.ones((100, 3))",
    "bool": "True",
    "int": "8",
    "float": "0.5",
    "complex": "0.5j",
    "str": '"word" * 25',
}
_MOST_WEIGHT = 64


class Made(Frozen):
    """How one argument is made: a `size` is an expression; else values between `low` and `high` in a shape."""

    name: str
    shape: Shape
    size: str = ""
    lengths: tuple[str, ...] = ()
    low: str = "-1"
    high: str = "1"
    generator: str = "uniform"


class Call(Frozen):
    """What a call is like that somebody made: its arguments as an example has them, and the bounds of their numbers."""

    arguments: tuple[str, ...]
    ranges: tuple[tuple[float, float] | None, ...]


class PythonInputs(Frozen):
    """How the arguments of a function are made. `dims` are the free dimensions with their weights."""

    dims: dict[str, int]
    parameters: tuple[Made, ...]

    def described(self) -> str:
        """In the words of `--sizes` and `--ranges`."""
        parts = []
        for each in self.parameters:
            if each.size:
                parts.append(f"{each.name}={each.size}")
                continue
            lengths = f"={';'.join(each.lengths)}" if each.lengths else ""
            kind = f"array of {each.shape.dtype}" if each.shape.kind == "array" else each.shape.kind
            bounds = "" if each.shape.is_text else f" in [{each.low}, {each.high}]"
            parts.append(f"{each.name}{lengths} ({kind}{bounds})")
        return ", ".join(parts)


def infer_python_inputs(
    source: str,
    function: PythonFunction,
    *,
    path: Path,
    example: str = "",
    call: Call | None = None,
    least: int = 0,
    sizes: Mapping[str, str] | None = None,
    ranges: Mapping[str, tuple[Bound, Bound]] | None = None,
    generators: Mapping[str, str] | None = None,
) -> PythonInputs:
    """How inputs are made. Of a `call` that somebody made, the proportions of its lengths are kept too.

    Raises:
        TaskError: the type of a parameter is not known, or what is given does not fit; with the line to add. Or a
            length of the call is below `least`, so that it may be equal to another number by chance.
    """
    sizes, ranges, generators = sizes or {}, ranges or {}, generators or {}
    _require_known(function, (*sizes, *ranges, *generators))
    node = find_node(parse_python(source, path), function.name)
    assert node is not None  # it was found
    counts: dict[str, int] = {}
    if call is not None:
        made, counts = _from_example(f"{function.name}({', '.join(call.arguments)})", function)
        if not counts or min(counts.values()) < max(1, least):
            raise TaskError(f"{path}:{function.line}: the calls of {function.name} are too small to learn from")
        made = [_as_called(each, bounds, counts) for each, bounds in zip(made, call.ranges, strict=False)]
    elif example:
        made, _ = _from_example(example, function)
    else:
        made = _from_types(function, node, path, {*sizes, *ranges})
    made = [_with_given(each, sizes, ranges, generators) for each in made]
    names = {name for each in made for text in (*each.lengths, each.size) for name in re.findall(r"[A-Za-z_]\w*", text)}
    if not names:
        raise TaskError(
            f"{path}:{function.line}: no input of {function.name} can be made larger: nothing to parallelise; "
            f"{_mend(function)}"
        )
    order = [name for name in _DIMS if name in names]
    smallest = min(counts.values(), default=1)
    weights = {name: min(_MOST_WEIGHT, round(count / smallest)) for name, count in counts.items()}
    dims = {name: weights.get(name, 1) for name in (*order, *sorted(names - set(order)))}
    return PythonInputs(dims=dims, parameters=tuple(made))


def _require_known(function: PythonFunction, names: tuple[str, ...]) -> None:
    known = [each.name for each in function.parameters]
    if unknown := sorted(set(names) - set(known)):
        raise TaskError(f"{function.name} has no parameter {unknown[0]!r}; it has {', '.join(known) or 'none'}")


def _mend(function: PythonFunction) -> str:
    return f"add an example call to learn from: --example '{example_call(function)}'"


def example_call(function: PythonFunction) -> str:
    """A call that a user may begin an example with, as far as annotations say what is taken."""
    taken = [each for each in function.parameters if not each.default] or function.parameters
    return f"{function.name}({', '.join(_EXAMPLES.get(_kind_of(each), '[0.5] * 100') for each in taken)})"


def _kind_of(parameter: PythonParameter) -> str:
    is_array = any(word in parameter.annotation for word in _ARRAYS)
    return "array" if is_array else SCALARS.get(parameter.annotation, TEXT.get(parameter.annotation, "list"))


# From types


def _from_types(function: PythonFunction, node: ast.FunctionDef, path: Path, named: set[str]) -> list[Made]:
    shapes: dict[str, Shape] = {}
    for each in function.parameters:
        if each.default and each.name not in named:
            break  # it and those after it are left at their defaults
        shape = _shape_of(each, node)
        if shape is None:
            hint = each.annotation or "no annotation"
            raise TaskError(
                f"{path}:{function.line}: what `{each.name}` holds is not known ({hint}); annotate it "
                f"(`{each.name}: list[float]`, `{each.name}: np.ndarray`), or {_mend(function)}"
            )
        shapes[each.name] = shape
    has_containers = any(each.levels and each.kind not in ("str", "bytes") for each in shapes.values())
    return [_typed(name, shape, is_size=not has_containers) for name, shape in shapes.items()]


def _typed(name: str, shape: Shape, *, is_size: bool) -> Made:
    if is_size and shape.kind == "int":
        return Made(name=name, shape=shape, size="n")
    # A text by itself is as long as those in lists: it is no list's length.
    lengths = _DIMS[1] if shape.kind in ("str", "bytes") and not is_size else _DIMS[: shape.levels]
    return Made(name=name, shape=shape, lengths=tuple(lengths), **_range_of(shape))


def _range_of(shape: Shape) -> dict[str, str]:
    element = shape
    while element.items:
        element = element.items[-1]
    kind = element.kind
    if kind == "array":
        is_real = element.dtype.startswith(("float", "complex"))
        kind = "float" if is_real else "bool" if element.dtype == "bool" else "int"
        if element.dtype.startswith("uint"):
            return {"low": "0", "high": "100"}
    if kind == "bool":
        return {"low": "0", "high": "1"}
    if kind == "int":
        return {"low": "-100", "high": "100"} if shape.levels else {"low": "1", "high": "8"}
    return {} if shape.levels else {"low": "0.1", "high": "1"}


def _shape_of(parameter: PythonParameter, node: ast.FunctionDef) -> Shape | None:
    if parameter.annotation:
        return _annotated(ast.parse(parameter.annotation, mode="eval").body, parameter.name, node)
    if parameter.default:
        return type_of_value(ast.parse(parameter.default, mode="eval").body, None)
    return None


def _annotated(note: ast.expr, name: str, node: ast.FunctionDef) -> Shape | None:
    if isinstance(note, ast.Constant) and isinstance(note.value, str):
        written = _expression(note.value)
        return _annotated(written, name, node) if written else None
    head = note.value if isinstance(note, ast.Subscript) else note
    word = head.attr if isinstance(head, ast.Attribute) else head.id if isinstance(head, ast.Name) else ""
    inner = note.slice if isinstance(note, ast.Subscript) else None
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner] if inner is not None else []
    if word in SCALARS:
        return Shape(kind=SCALARS[word])
    if word in TEXT:
        return Shape(kind=TEXT[word])
    if word in _ARRAYS:
        said = DTYPE.search(ast.unparse(note))
        return Shape(kind="array", dtype=said[0] if said else "float64", axes=_axes(name, node))
    if word not in _CONTAINERS or not parts:
        return None
    kind = _CONTAINERS[word]
    if kind == "tuple" and len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:
        kind, parts = "list", parts[:1]
    items = [_annotated(each, name, node) for each in parts]
    known = tuple(each for each in items if each is not None)
    wanted = {"list": 1, "set": 1, "dict": 2}.get(kind, len(parts))
    return Shape(kind=kind, items=known) if len(known) == len(items) == wanted else None


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _axes(name: str, function: ast.FunctionDef) -> int:
    """How many axes an array seems to have: the most indices it is used with, or the sizes taken from its shape."""
    most = 1
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == f"{name}.shape":
            index = node.slice
            most = max(most, index.value + 1 if isinstance(index, ast.Constant) and type(index.value) is int else 1)
        elif isinstance(node, ast.Subscript):
            most = max(most, _indices(node, name))
        elif isinstance(node, ast.Assign) and ast.unparse(node.value) == f"{name}.shape":
            target = node.targets[0]
            most = max(most, len(target.elts) if isinstance(target, ast.Tuple) else 1)
    return most


def _indices(node: ast.Subscript, name: str) -> int:
    count, at = 0, node
    while isinstance(at, ast.Subscript):
        count += len(at.slice.elts) if isinstance(at.slice, ast.Tuple) else 1
        at = at.value  # type: ignore[assignment]
    return count if isinstance(at, ast.Name) and at.id == name else 0


# From an example


def _as_called(made: Made, bounds: tuple[float, float] | None, counts: Mapping[str, int]) -> Made:
    """With the bounds of what a call had; a container of one number alone would show nothing."""
    if bounds is None or made.size or made.shape.is_text or (made.shape.levels and bounds[0] == bounds[1]):
        return made
    low, high = (repr(int(bound)) if bound == int(bound) else repr(bound) for bound in bounds)
    # What is as large as a length less one is an index.
    lengths = {str(count - 1): f"{name}-1" for name, count in counts.items()}
    is_index = made.shape.levels and low == "0" and high in lengths
    return made.model_copy(update={"low": low, "high": lengths[high] if is_index else high})


def _from_example(example: str, function: PythonFunction) -> tuple[list[Made], dict[str, int]]:
    """How the arguments are made, and how long each dimension is in the example."""
    try:
        call = ast.parse(example.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise TaskError(f"the example `{example}` is no call: {getattr(error, 'msg', error)}") from error
    if not isinstance(call, ast.Call) or call.keywords or ast.unparse(call.func).rpartition(".")[2] != function.name:
        raise TaskError(f"the example `{example}` must call {function.name} with positional arguments")
    if len(call.args) > len(function.parameters):
        raise TaskError(f"the example `{example}` has more arguments than {function.name} takes")
    lengths: dict[int, str] = {}
    found = []
    for parameter, argument in zip(function.parameters, call.args, strict=False):
        counts: list[int] = []
        shape = type_of_value(argument, counts)
        if shape is None:
            raise TaskError(
                f"the example's `{ast.unparse(argument)[:80]}` cannot be read; write numbers, lists of them, "
                "`[0.5] * 100`, or arrays as `np.zeros((64, 32))`"
            )
        for count in counts[: shape.levels]:
            lengths.setdefault(count, _DIMS[len(lengths)] if len(lengths) < len(_DIMS) else f"n{len(lengths)}")
        found.append((parameter.name, argument, shape, counts))
    made = []
    for name, argument, shape, counts in found:
        value = argument.value if isinstance(argument, ast.Constant) else None
        is_size = shape.kind == "int" and isinstance(value, int) and (value in lengths or not lengths)
        if is_size:
            made.append(Made(name=name, shape=shape, size=lengths.get(int(str(value)), "n")))
        else:
            named = tuple(lengths[count] for count in counts[: shape.levels])
            made.append(Made(name=name, shape=shape, lengths=named, **_range_of(shape)))
    return made, {name: count for count, name in lengths.items()}


# What the user says beside


def _with_given(
    made: Made,
    sizes: Mapping[str, str],
    ranges: Mapping[str, tuple[Bound, Bound]],
    generators: Mapping[str, str],
) -> Made:
    changes: dict[str, object] = {}
    if made.name in sizes:
        text = parse_sizes(f"{made.name}={sizes[made.name]}")[made.name]
        parts = tuple(part.strip() for part in text.split(";"))
        levels = made.shape.levels
        if made.shape.kind == "array":  # the user knows how many axes it has
            changes |= {"lengths": parts, "shape": made.shape.model_copy(update={"axes": len(parts)})}
        elif made.shape.kind == "int":
            changes["size"] = parts[0]
        elif len(parts) != levels:
            raise TaskError(f"`{made.name}` has {levels} levels to size; write {made.name}={';'.join(_DIMS[:levels])}")
        else:
            changes["lengths"] = parts
    if made.name in ranges:
        low, high = (_bound(made.name, each) for each in ranges[made.name])
        changes |= {"low": low, "high": high, "size": ""}
    if made.name in generators:
        if generators[made.name] == "graph":
            raise TaskError(f"`{made.name}`: the generator graph is for C and C++")
        changes["generator"] = generators[made.name]
    return made.model_copy(update=changes)


def _bound(name: str, bound: Bound) -> str:
    if isinstance(bound, str) and not is_expression(bound):
        raise TaskError(f"inputs.ranges: `{name}` has the bound {bound!r}, which is no expression over dimensions")
    return bound if isinstance(bound, str) else repr(bound) if bound != int(bound) else str(int(bound))
