"""How inputs of any size are made, and the same given by hand."""

import difflib
import re
from collections.abc import Iterable, Mapping

from pydantic import Field

from agentpar.errors import TaskError
from agentpar.languages.signature import Function, Parameter
from agentpar.verdict import Frozen

_NAME = re.compile(r"[A-Za-z_]\w*")
_EXPRESSION = re.compile(r"[\w\s+\-*/%()]+")


class InputPlan(Frozen):
    """How inputs of any size are made. All expressions are C++ over the names of `dims`.

    `dims` are the free dimensions with their weight relative to each other (`{"rows": 1, "nnz": 8}`: when
    rows is 100, nnz is 800). `lengths` gives, for each container or pointer parameter, one expression per
    level. `scalars` gives the value of each integer parameter that is a size; the others are drawn from
    `ranges`, inclusive bounds of values (of elements, for containers). `generators` names a generator
    other than uniform: `offsets` (ascending from 0 to the upper bound of its range), `sorted`, `permutation`.
    """

    dims: dict[str, int]
    lengths: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    scalars: dict[str, str] = Field(default_factory=dict)
    ranges: dict[str, tuple[str, str]] = Field(default_factory=dict)
    generators: dict[str, str] = Field(default_factory=dict)


def parse_sizes(text: str) -> dict[str, str]:
    """Read `A=M*K,B=K*N`; the levels of a nest are parted by semicolons: `grid=rows;cols`.

    Raises:
        TaskError: where an entry is not NAME=EXPRESSION.
    """
    sizes = {}
    for name, value in _entries(text, "--sizes", "A=M*K,B=K*N"):
        if not all(_EXPRESSION.fullmatch(part) for part in value.split(";")):
            raise TaskError(f"--sizes: `{name}={value}` is no expression over dimensions; write A=M*K")
        sizes[name] = value
    return sizes


def parse_ranges(text: str) -> dict[str, tuple[float, float]]:
    """Read `x=0:1,k=1:20`.

    Raises:
        TaskError: where an entry is not NAME=LOW:HIGH with LOW at most HIGH.
    """
    ranges = {}
    for name, value in _entries(text, "--ranges", "x=0:1,k=1:20"):
        low, _, high = value.partition(":")
        try:
            bounds = float(low), float(high)
        except ValueError:
            raise TaskError(f"--ranges: `{name}={value}` is no interval; write {name}=0:1") from None
        if not bounds[0] <= bounds[1]:
            raise TaskError(f"--ranges: `{name}={value}` is empty; write the lower bound first")
        ranges[name] = bounds
    return ranges


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
    ranges: Mapping[str, tuple[float, float]],
    generators: Mapping[str, str],
) -> InputPlan:
    """Lay what the user gives over what was inferred (None where nothing was).

    Raises:
        TaskError: where a name is no parameter, the levels do not match, or a length is still open.
    """
    for name in (*sizes, *ranges, *generators):
        _known(name, function)
    lengths = dict(plan.lengths) if plan is not None else {}
    scalars = dict(plan.scalars) if plan is not None else {}
    for parameter in function.parameters:
        given = sizes.get(parameter.name)
        if given is not None and parameter.kind == "integer":
            scalars[parameter.name] = given
        elif given is not None:
            lengths[parameter.name] = _levels(parameter, given)
        elif is_sized(parameter) and parameter.name not in lengths:
            shown = ",".join(f"{name}={value}" for name, value in sizes.items())
            joint = "," if shown else ""
            raise TaskError(
                f"the length of `{parameter.name}` is not known; add it: --sizes '{shown}{joint}{parameter.name}=?'"
            )
    used = _identifiers((*(part for parts in lengths.values() for part in parts), *scalars.values()))
    integers = [p.name for p in function.parameters if p.kind == "integer"]
    scalars |= {name: name for name in integers if name in used and name not in scalars}
    used |= _identifiers(scalars.values())
    inferred = plan.dims if plan is not None else {}
    kept = [name for name in inferred if name in used or _in_ranges(name, plan)]
    dims = {name: inferred.get(name, 1) for name in (*kept, *sorted(used - set(kept)))}
    merged = {p.name: default_range(p) for p in function.parameters if p.name not in scalars}
    merged |= dict(plan.ranges) if plan is not None else {}
    merged |= {name: (f"{low:g}", f"{high:g}") for name, (low, high) in ranges.items()}
    return InputPlan(
        dims=dims,
        lengths=lengths,
        scalars=scalars,
        ranges={name: bounds for name, bounds in merged.items() if bounds[0] and name not in scalars},
        generators={**(plan.generators if plan is not None else {}), **generators},
    )


def is_sized(parameter: Parameter) -> bool:
    """Whether a parameter has a length of its own."""
    return parameter.kind in ("container", "pointer", "string")


def default_range(parameter: Parameter, real: tuple[str, str] = ("-1", "1")) -> tuple[str, str]:
    """Values that most code can take; ("", "") for strings."""
    match parameter.element_kind or parameter.kind:
        case "integer":
            return ("-100", "100") if parameter.depth else ("1", "8")
        case "boolean":
            return "0", "1"
        case "real" if not parameter.depth:
            return "0.1", "1"
        case "string":
            return "", ""
    return real


def _known(name: str, function: Function) -> None:
    names = [p.name for p in function.parameters]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(names) or 'none'}"
        raise TaskError(f"`{function.name}` has no parameter `{name}`; {hint}")


def _levels(parameter: Parameter, given: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in given.split(";"))
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


def _in_ranges(name: str, plan: InputPlan | None) -> bool:
    return plan is not None and name in _identifiers(part for bounds in plan.ranges.values() for part in bounds)
