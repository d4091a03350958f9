"""How inputs of any size are made, and the same given by hand."""

import difflib
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping

from pydantic import Field

from agentpar.errors import TaskError
from agentpar.languages.signature import Function, Parameter
from agentpar.verdict import Frozen

_NAME = re.compile(r"[A-Za-z_]\w*")
_TOKEN = re.compile(
    r"\s*(?:(?P<operand>[A-Za-z_]\w*|[1-9]\d{0,17}|0)|(?P<sign>[+*/%-])|(?P<open>\()|(?P<close>\)))\s*", re.ASCII
)
_MOST_CHARACTERS = 500
_UNSIGNED = re.compile(r"\bunsigned\b|\b(std::)?(uint\w*|size)_t\b")
_KEYWORD = re.compile(
    "auto|bool|break|case|catch|char|class|const|continue|default|delete|do|double|else|enum|explicit|extern|false|"
    "float|for|friend|goto|if|inline|int|long|mutable|namespace|new|nullptr|operator|private|protected|public|register|"
    "return|short|signed|sizeof|static|struct|switch|template|this|throw|true|try|typedef|typename|union|unsigned|"
    "using|virtual|void|volatile|while"
)
Bound = float | str
LETTERS = ("97", "122")
STRING_LENGTHS = "0:12"  # of strings in containers, where nothing else is known


class InputPlan(Frozen):
    """How inputs of any size are made. All expressions are C++ over the names of `dims`.

    `dims` are the free dimensions with their weight relative to each other (`{"rows": 1, "nnz": 8}`: when
    rows is 100, nnz is 800). `lengths` gives, for each container or pointer parameter, one expression per
    level; below the first, `LOW:HIGH` makes lengths vary. `scalars` gives the value of each integer
    parameter that is a size; the others are drawn from `ranges`, inclusive bounds of values (of elements, for
    containers; of characters, for strings). `integers` gives bounds of their own to the integers in structs and pairs
    that hold other values too. `generators` names a generator other than uniform: `offsets`
    (ascending from 0 to the upper bound of its range), `sorted`, `permutation`, `graph`, `constant`.
    """

    dims: dict[str, int]
    lengths: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    scalars: dict[str, str] = Field(default_factory=dict)
    ranges: dict[str, tuple[str, str]] = Field(default_factory=dict)
    integers: dict[str, tuple[str, str]] = Field(default_factory=dict)
    generators: dict[str, str] = Field(default_factory=dict)


def parse_sizes(text: str) -> dict[str, str]:
    """Read `A=M*K,B=K*N`; the levels of a nest are parted by semicolons: `grid=rows;cols`, `words=n;0:12`.

    Raises:
        TaskError: where an entry is not NAME=EXPRESSION.
    """
    sizes = {}
    for name, value in _entries(text, "--sizes", "A=M*K,B=K*N"):
        _require_expressions(name, value, "--sizes")
        sizes[name] = value
    return sizes


def _require_expressions(name: str, value: str, place: str) -> None:
    first, *inner = value.split(";")
    bounds = [first, *(bound for part in inner for bound in part.split(":", 1))]
    if not all(map(is_expression, bounds)):
        raise TaskError(f"{place}: `{name}={value}` is no expression over dimensions; write A=M*K")


def interval_of(length: str) -> tuple[str, str]:
    """The greatest and the least length, which are the same but where it is written `LOW:HIGH`."""
    low, colon, high = length.partition(":")
    return (high, low) if colon else (length, length)


def is_expression(text: str) -> bool:
    """Whether a text is integer arithmetic over names, which C++ reads as it is meant."""
    if "--" in text or "++" in text:
        return False
    position, depth, wants_operand = 0, 0, True
    while position < len(text):
        token = _TOKEN.match(text, position) if len(text) <= _MOST_CHARACTERS else None
        if token is None or _KEYWORD.fullmatch(token["operand"] or ""):
            return False
        if (token["operand"] or token["open"]) and not wants_operand:
            return False
        if wants_operand and (token["close"] or token["sign"] in ("*", "/", "%")):
            return False
        depth += bool(token["open"]) - bool(token["close"])
        if depth < 0:
            return False
        wants_operand = bool(token["sign"] or token["open"])
        position = token.end()
    return depth == 0 and not wants_operand


def parse_benchmark(text: str) -> dict[str, int]:
    """Read `M=300,N=300`.

    Raises:
        TaskError: where an entry is not NAME=SIZE.
    """
    sizes = {}
    for name, value in _entries(text, "--benchmark", "M=300,N=300"):
        if not re.fullmatch("[0-9]{1,18}", value):
            raise TaskError(f"--benchmark: `{name}={value}` is no size; write {name}=1000")
        sizes[name] = int(value)
    return sizes


def require_benchmark(benchmark: Mapping[str, int], dims: Collection[str], place: str) -> None:
    """Refuse sizes of timed runs that are not one for each dimension; none at all are chosen.

    Raises:
        TaskError: they say what is missing, and what is no dimension.
    """
    if not benchmark:
        return
    missing = [name for name in dims if name not in benchmark]
    unknown = [name for name in benchmark if name not in dims]
    told = [f"{' and '.join(missing)} missing"] if missing else []
    told += [f"{' and '.join(unknown)} unknown"] if unknown else []
    if told:
        raise TaskError(f"{place}: benchmark sizes are one for each of {', '.join(dims)}: {', '.join(told)}")


def parse_ranges(text: str) -> dict[str, tuple[Bound, Bound]]:
    """Read `x=0:1,k=1:20,index=0:n-1`: bounds are numbers, or expressions over dimensions.

    Raises:
        TaskError: where an entry is not NAME=LOW:HIGH with LOW at most HIGH.
    """
    return {name: _interval(name, value) for name, value in _entries(text, "--ranges", "x=0:1,k=1:20")}


def require_readable(
    sizes: Mapping[str, str], ranges: Mapping[str, tuple[Bound, Bound]], place: Callable[[str], str]
) -> None:
    """Refuse `sizes` and `ranges` of a task file as the options are refused; `place` says where the user wrote each.

    Raises:
        TaskError: a size is no expression, or a range no interval.
    """
    for name, value in sizes.items():
        _require_expressions(name, value, place("sizes"))
    for name, bounds in ranges.items():
        _require_interval(name, bounds, f"{place('ranges')}: `{name}={bounds[0]}:{bounds[1]}`")


def _interval(name: str, value: str) -> tuple[Bound, Bound]:
    low, _, high = value.partition(":")
    bounds = _bound(low.strip()), _bound(high.strip())
    _require_interval(name, bounds, f"--ranges: `{name}={value}`")
    return bounds


def _bound(written: str) -> Bound:
    try:
        return float(written)
    except ValueError:
        return written


def _require_interval(name: str, bounds: tuple[Bound, Bound], shown: str) -> None:
    low, high = bounds
    if not all(is_expression(each) if isinstance(each, str) else math.isfinite(each) for each in bounds):
        raise TaskError(f"{shown} is no interval; write {name}=0:1")
    if not isinstance(low, str) and not isinstance(high, str) and low > high:
        raise TaskError(f"{shown} is empty; write the lower bound first")


def _entries(text: str, option: str, example: str) -> Iterable[tuple[str, str]]:
    for entry in text.split(","):
        name, equals, value = (part.strip() for part in entry.partition("="))
        if not entry.strip():
            continue
        if not equals or not value or not _NAME.fullmatch(name):
            raise TaskError(f"{option}: `{entry.strip()}` is not NAME=VALUE; write {option} '{example}'")
        yield name, value


def merge_sizes(
    plan: InputPlan | None,
    function: Function,
    sizes: Mapping[str, str],
    ranges: Mapping[str, tuple[Bound, Bound]],
    generators: Mapping[str, str],
) -> InputPlan:
    """Lay what the user gives over what was inferred (None where nothing was).

    Raises:
        TaskError: where a name is no parameter, the levels do not match, a length is still open, or a bound names what
            is no dimension.
    """
    for name in (*sizes, *ranges, *generators):
        _known(name, function)
    for name, generator in generators.items():
        _require_arrangeable(next(p for p in function.parameters if p.name == name), generator)
    lengths = dict(plan.lengths) if plan is not None else {}
    scalars = dict(plan.scalars) if plan is not None else {}
    for parameter in function.parameters:
        given = sizes.get(parameter.name)
        if given is not None and parameter.kind == "integer":
            scalars[parameter.name] = given
        elif given is not None:
            lengths[parameter.name] = _levels(parameter, given, lengths.get(parameter.name, ()))
        elif is_sized(parameter) and parameter.name not in lengths:
            shown = ",".join(f"{name}={value}" for name, value in sizes.items())
            joint = "," if shown else ""
            raise TaskError(
                f"the length of `{parameter.name}` is not known; add it: --sizes '{shown}{joint}{parameter.name}=?'"
            )
    used = _identifiers((*(part for parts in lengths.values() for part in parts), *scalars.values()))
    integers = [p.name for p in function.parameters if p.kind == "integer"]
    # A name in what is given is a size of its own, whatever was inferred of it.
    scalars |= {name: name for name in integers if name in _identifiers(sizes.values()) and name not in sizes}
    scalars |= {name: name for name in integers if name in used and name not in scalars}
    used |= _identifiers(scalars.values())
    merged = {p.name: default_range(p) for p in function.parameters if p.name not in scalars}
    merged |= _renamed(plan, lengths) if plan is not None else {}
    merged |= {name: _bounds(name, bounds) for name, bounds in ranges.items()}
    inferred = plan.dims if plan is not None else {}
    kept = [name for name in inferred if name in used | _identifiers(part for each in merged.values() for part in each)]
    dims = {name: inferred.get(name, 1) for name in (*kept, *sorted(used - set(kept)))}
    for name in ranges:
        _require_dims(name, merged[name], dims)
    arranged = dict(plan.generators) if plan is not None else {}
    for name in {*sizes, *ranges}:
        # What was inferred to be one may be given other values than it has places.
        if arranged.get(name) == "permutation" and merged[name] != ("0", f"{lengths[name][0]}-1"):
            del arranged[name]
    return InputPlan(
        dims=dims,
        lengths=lengths,
        scalars=scalars,
        ranges={name: bounds for name, bounds in merged.items() if bounds[0] and name not in scalars},
        integers={name: bounds for name, bounds in (plan.integers if plan else {}).items() if name not in ranges},
        generators={**arranged, **generators},
    )


def _renamed(plan: InputPlan, lengths: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, str]]:
    """The inferred ranges, where a dimension that gave way to what the user says is called by its new name."""
    kept = _identifiers(part for parts in lengths.values() for part in parts)
    new = {
        old: given
        for name, parts in plan.lengths.items()
        for old, given in zip(parts, lengths[name], strict=True)
        if old in plan.dims and old not in kept
    }

    def rename(bound: str) -> str:
        return re.sub(r"\((\w+)\)", r"\1", _NAME.sub(lambda m: f"({new[m[0]]})" if m[0] in new else m[0], bound))

    return {name: (rename(low), rename(high)) for name, (low, high) in plan.ranges.items()}


def _bounds(name: str, bounds: tuple[Bound, Bound]) -> tuple[str, str]:
    _require_interval(name, bounds, f"inputs.ranges: `{name}={bounds[0]}:{bounds[1]}`")  # a plan has ranges, too
    low, high = (each if isinstance(each, str) else _number(each) for each in bounds)
    return low, high


def _require_dims(name: str, bounds: tuple[str, str], dims: Iterable[str]) -> None:
    unknown = {each for bound in bounds if is_expression(bound) for each in _identifiers([bound])} - set(dims)
    if unknown:
        raise TaskError(
            f"the range `{name}={':'.join(bounds)}` names `{min(unknown)}`, which is no dimension; "
            f"there are {', '.join(dims) or 'none'}"
        )


def _number(value: float) -> str:
    return f"{value:.0f}" if value == math.trunc(value) and abs(value) < 1e15 else repr(value)


def _require_arrangeable(parameter: Parameter, generator: str) -> None:
    if not parameter.depth:
        raise TaskError(f"`{parameter.name}` holds one value; a generator arranges the elements of a container")
    if generator == "graph" and parameter.element_kind not in ("integer", "struct"):
        raise TaskError(
            f"`{parameter.name}` holds no vertices: the generator graph makes integers, pairs or structs of integers, "
            "and lists of neighbours"
        )


def is_sized(parameter: Parameter) -> bool:
    """Whether a parameter has a length of its own."""
    return parameter.kind in ("container", "pointer") or has_strings(parameter)


def has_strings(parameter: Parameter) -> bool:
    """Whether its last level is the length of strings."""
    return len(parameter.extents) > parameter.depth


def default_range(parameter: Parameter, real: tuple[str, str] = ("-1", "1")) -> tuple[str, str]:
    """Values that most code can take."""
    match parameter.element_kind or parameter.kind:
        case "integer" if not parameter.depth:
            return "1", "8"
        case "integer":
            most = "255" if is_byte(parameter.element) else "100"
            return ("0" if _UNSIGNED.search(parameter.element) else "-100"), most
        case "boolean":
            return "0", "1"
        case "real" if not parameter.depth:
            return "0.1", "1"
        case "string":
            return LETTERS
    return real


def is_byte(element: str) -> bool:
    """Whether an element's type holds 0 to 255."""
    return re.fullmatch(r"(std::)?uint8_t|unsigned char", element) is not None


def _known(name: str, function: Function) -> None:
    names = [p.name for p in function.parameters]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(names) or 'none'}"
        raise TaskError(f"`{function.name}` has no parameter `{name}`; {hint}")


def _levels(parameter: Parameter, given: str, inferred: tuple[str, ...]) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in given.split(";"))
    if parameter.depth and has_strings(parameter) and len(parts) == parameter.extents.count("") - 1:
        parts = (*parts, inferred[-1] if inferred else STRING_LENGTHS)
    free = [level for level, extent in enumerate(parameter.extents) if not extent] or [0]
    if len(parts) == len(parameter.extents) or (not parameter.extents and len(parts) == 1):
        return parts
    if len(parts) != len(free):
        raise TaskError(
            f"`{parameter.name}` has {len(free)} levels to size; write {parameter.name}={';'.join('nml'[: len(free)])}"
        )
    filled = list(parameter.extents)
    for level, part in zip(free, parts, strict=True):
        filled[level] = part
    return tuple(filled)


def _identifiers(expressions: Iterable[str]) -> set[str]:
    return {name for expression in expressions for name in _NAME.findall(expression)}
