"""Infers from the serial source which sizes belong together, and which values are legal inputs."""

import re
from collections.abc import Collection, Iterable, Mapping

from tree_sitter import Node

from agentpar.errors import TaskError
from agentpar.languages.body import Body
from agentpar.languages.choices import choices
from agentpar.languages.fit import Expression
from agentpar.languages.guards import normal
from agentpar.languages.helpers import Helpers, parameter_names
from agentpar.languages.inputs import (
    LETTERS,
    InputPlan,
    default_range,
    is_sized,
    merge_sizes,
    parse_ranges,
    parse_sizes,
)
from agentpar.languages.lengths import Solver
from agentpar.languages.macros import without_macros
from agentpar.languages.needs import collect_facts
from agentpar.languages.signature import Function, Parameter
from agentpar.languages.solution import DataIndex, Solution
from agentpar.languages.source import parse, text, walk
from agentpar.languages.structs import fields_of, scan_names
from agentpar.languages.types import Names, UnsupportedType, resolve
from agentpar.languages.unit import declared_name, items

__all__ = ["InputPlan", "infer_inputs", "merge_sizes", "parse_ranges", "parse_sizes"]

_LARGE = 64
_TOTAL = 8
_SMALL_NAMES = re.compile(
    r"kernel|radius|taps|window|filter|bins|bucket|cluster|centroid|class|ksize|kw|kh|order|degree|stride|^inc[xy]?$",
    re.I,
)
_POSITIVE_CALLS = re.compile(r"\b(sqrt|sqrtf|log|logf|log2|log10|pow|powf|rsqrt)\s*\(")
_CHARACTER = re.compile(r"((un)?signed )?char|(std::)?u?int8_t")
_PRINTABLE = ("32", "126")
_LOOPS = ("for_statement", "while_statement", "do_statement")


def infer_inputs(source: str, function: Function, given: Collection[str] = ()) -> InputPlan:
    """Infer lengths, scalars, ranges and generators from the loops and subscripts of a function.

    What cannot be proven is left to the sanitizers that confirm a plan before it is used. Lengths of parameters that
    are `given` need not be known: they get dimensions of their own, to be replaced.

    Raises:
        TaskError: where a length cannot be inferred; the message holds a `--sizes` line to complete.
    """
    found, definition = _definition(source, function)
    helpers = Helpers({_plain_name(node): node for node in found if node != definition})
    body = Body(definition, parameter_names(definition))
    facts = collect_facts(body, helpers)
    names, plain = scan_names(parse(source).root_node)
    fields = {p.name: fields_of(p, names, plain) for p in function.parameters}
    solver = Solver(function, facts, helpers, constants=names.constants, fields=fields)
    solution = solver.solve()
    if any(name not in given for name, _ in solution.unknown):
        raise TaskError(_sizes_line(function, solution))
    enumerated = {p.name: bounds for p in function.parameters if (bounds := _enumerated(p, names)) is not None}
    return _plan(function, body, solver, enumerated)


def _enumerated(parameter: Parameter, names: Names) -> tuple[str, str] | None:
    """The least and the greatest value of the enum that a parameter holds, where it holds one and they can be told."""
    try:
        bounds = names.enums.get(resolve(parameter.type, names).element)
    except UnsupportedType:  # in a namespace that is not looked into here
        return None
    return (str(bounds[0]), str(bounds[1])) if bounds is not None else None


def _definition(source: str, function: Function) -> tuple[list[Node], Node]:
    """Every definition in the file and the function's own, where its macros allow with these expanded."""
    found = _definitions(source)
    own = next((node for node in found if _body_start(node) == function.body_start), None)
    if own is None:
        raise TaskError(f"`{function.name}` is not defined in this source; find it again with find_function")
    expanded = _definitions(without_macros(source))
    alike = [node for node in found if _head(node) == _head(own)]
    alike_expanded = [node for node in expanded if _head(node) == _head(own)]
    if len(alike) != len(alike_expanded):
        return found, own
    return expanded, alike_expanded[alike.index(own)]


def _definitions(source: str) -> list[Node]:
    return [item.inner for item in items(parse(source).root_node) if item.definition is not None]


def _head(definition: Node) -> str:
    declarator = definition.child_by_field_name("declarator")
    return normal(declarator) if declarator is not None else ""


def _body_start(definition: Node) -> int:
    body = definition.child_by_field_name("body")
    return body.start_byte if body is not None else -1


def _plain_name(definition: Node) -> str:
    declarator = definition.child_by_field_name("declarator")
    name = declared_name(declarator) if declarator is not None else None
    return text(name).split("::")[-1] if name is not None else ""


def _sizes_line(function: Function, solution: Solution) -> str:
    open_names = {name for name, _ in solution.unknown}
    guesses = []
    for parameter in function.parameters:
        if is_sized(parameter):
            parts = _lengths_of(parameter, solution)
            guesses.append(f"{parameter.name}={'?' if parameter.name in open_names else ';'.join(parts)}")
    names = ", ".join(f"`{p.name}`" for p in function.parameters if p.name in open_names)
    return (
        f"the length of {names} in `{function.name}` cannot be inferred; complete this: --sizes '{','.join(guesses)}'"
    )


def _lengths_of(parameter: Parameter, solution: Solution) -> tuple[str, ...]:
    lengths = [solution.lengths[parameter.name, level].text for level, _ in enumerate(parameter.extents or ("",))]
    return tuple(_without_strides(length, solution) for length in lengths)


def _without_strides(expression: str, solution: Solution) -> str:
    """Distances of rows as what they are made of: one more than the least, so that a row's end and the next differ."""
    for name, least in solution.strides.items():
        expression = re.sub(rf"\b{re.escape(name)}\b", f"({least.text}+1)", expression)
    return expression


def _plan(function: Function, body: Body, solver: Solver, enumerated: Mapping[str, tuple[str, str]]) -> InputPlan:
    solution = solver.solution
    indices = solver.data_indices()
    sized = [p for p in function.parameters if is_sized(p)]
    lengths = {p.name: _lengths_of(p, solution) for p in sized}
    used = _identifiers(part for parts in lengths.values() for part in parts)
    dims = [name for name in solver.dims() if name in used]
    dims += [total for total in solution.totals.values() if total not in dims]
    if not sized:
        dims = _outermost_bound(body, solver.integers)
    real, integers = (("0.1", "1"), ("1", "100")) if _wants_positive(function, body) else (("-1", "1"), ("-100", "100"))
    ranges = _ranges(function, body, solver, indices, real=real, integers=integers, enumerated=enumerated)
    bounding = _identifiers(bound for bounds in ranges.values() for bound in bounds)
    dims += [name for name in solver.integers if name in bounding and name not in (*dims, *solution.strides)]
    scalars = {name: name for name in solver.integers if name in dims}
    scalars |= {name: f"{least.text}+1" for name, least in solution.strides.items()}
    generators = dict.fromkeys(solver.offsets, "offsets")
    for p in sized:
        if p.name in solver.facts.searched and p.depth == 1:
            generators[p.name] = "sorted"
    for index in indices:
        whole = solution.lengths.get((index.source, 0))
        if index.is_store and index.slope == 1 and whole == solution.lengths[index.target]:
            generators[index.source] = "permutation"
    return InputPlan(
        dims=_weights(dims, function, solver, indices),
        lengths=lengths,
        scalars=scalars,
        ranges={name: bounds for name, bounds in ranges.items() if name not in scalars and bounds[0]},
        integers={p.name: integers for p in sized if ranges[p.name] == real and solver.mixes_integers(p.name)},
        generators=generators,
    )


def _identifiers(expressions: Iterable[str]) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", " ".join(expressions)))


def _ranges(
    function: Function,
    body: Body,
    solver: Solver,
    indices: list[DataIndex],
    *,
    real: tuple[str, str],
    integers: tuple[str, str],
    enumerated: Mapping[str, tuple[str, str]],
) -> dict[str, tuple[str, str]]:
    """The bounds of each parameter's values; `real` and `integers` are those of values that nothing is known of."""
    ranges = {}
    influencing = {p.name for p in function.parameters if solver.influences(p.name)}
    for p in function.parameters:
        if (picked := solver.picked_from(p.name)) is not None:
            ranges[p.name] = ("0", f"{_without_strides(solver.solution.lengths[picked].text, solver.solution)}-1")
        elif p.kind == "integer":
            ranges[p.name] = enumerated.get(p.name) or _scalar_range(p.name, function, body, solver)
        elif p.name in solver.offsets:
            ranges[p.name] = ("0", solver.solution.totals[p.name])
        elif (index := _tightest(p.name, indices)) is not None:
            ranges[p.name] = _index_range(index, solver.solution.lengths[index.target], solver.solution)
        elif (local := solver.local_index(p.name)) is not None:
            ranges[p.name] = _index_range(*local, solver.solution)
        elif told := _characters(p, solver) or (p.name not in influencing and enumerated.get(p.name)):
            ranges[p.name] = told
        elif p.element_kind in ("real", "struct") and p.name in influencing:
            ranges[p.name] = ("0", "0.999")
        elif p.element_kind == "integer" and p.name in influencing:
            ranges[p.name] = ("0", "127" if _CHARACTER.fullmatch(p.element) else "1000")
        elif p.depth and p.element_kind == "integer" and p.name in solver.facts.loop_bounds:
            ranges[p.name] = ("1", "8")
        elif p.depth and solver.holds_integers(p.name):
            ranges[p.name] = integers
        else:
            ranges[p.name] = default_range(p, real)
    return ranges


def _characters(parameter: Parameter, solver: Solver) -> tuple[str, str] | None:
    """For text whose characters are told apart: the span of those that are asked for, or all that can be printed."""
    compared = solver.facts.characters.get(parameter.name)
    is_text = "string" in (parameter.kind, parameter.element_kind)
    if not compared or not (is_text or (parameter.depth and _CHARACTER.fullmatch(parameter.element))):
        return None
    if is_text and solver.influences(parameter.name):  # ++count[c - 'a']
        return None
    literals = {literal for _, literal in compared}
    # One literal, or the ends of a span, part these from other characters; several that are asked for say what occurs.
    if all(sign in ("==", "!=") and re.fullmatch(r"[A-Za-z0-9]", c) for sign, c in compared):
        if is_text and all(map(str.islower, literals)):
            return LETTERS
        if len(literals) > 1:
            return str(ord(min(literals))), str(ord(max(literals)))
    return ("9" if any(re.fullmatch(r"\\[tnvfr]", c) for c in literals) else _PRINTABLE[0]), _PRINTABLE[1]


def _tightest(name: str, indices: list[DataIndex]) -> DataIndex | None:
    """Of what a parameter's elements first index, the subscript that reaches furthest, as `start[v + 1]` does."""
    mine = [index for index in indices if index.parameter == name]
    return max((i for i in mine if i.target == mine[0].target), key=lambda i: i.offset, default=None)


def _index_range(index: DataIndex, target: Expression, solution: Solution) -> tuple[str, str]:
    length = _without_strides(target.text, solution)
    below = 1 + index.offset
    if length.isdecimal():
        top = str(int(length) - below)
    else:
        top = f"{length}-{below}" if below > 0 else length if below == 0 else f"{length}+{-below}"
    low = -(index.offset // index.slope) if index.offset < 0 else 0
    return str(low), top if index.slope == 1 else f"({top})/{index.slope}"


def _scalar_range(name: str, function: Function, body: Body, solver: Solver) -> tuple[str, str]:
    """Values for an integer that is no parameter's size: that of a vector which the function makes, a number of sweeps
    or iterations, a range's start, what is asked about it, or any.
    """
    if (asked := choices(name, body, solver.constants)) is not None:
        return asked
    loops = [node for node in walk(body.block) if node.type in _LOOPS]
    bounding = [loop for loop in loops if _mentions(loop.child_by_field_name("condition"), name)]
    starting = [
        loop
        for loop in loops
        if _mentions(loop.child_by_field_name("initializer"), name)
        and not _mentions(loop.child_by_field_name("update"), name)
    ]
    if not bounding and any(_mentions(length.node, name) for _, length in solver.facts.locals):
        return "50", "200"
    bounding += [loop for loop in starting if _counts_down(loop)]
    if not bounding:
        return _start_range(name, starting, body, solver) if starting else ("1", "8")
    sized = [p.name for p in function.parameters if is_sized(p)]
    outer = any(_mentions(loop.child_by_field_name("body"), other) for loop in bounding for other in sized)
    return ("1", "4") if outer else ("50", "200")


def _start_range(name: str, loops: list[Node], body: Body, solver: Solver) -> tuple[str, str]:
    """What loops may start at: 0 to 3, within the one dimension that they run up to; where none is known, 0. Not 0
    where `name` has another use: what each element takes from one that lies so far before it would be itself there.
    """
    solution = solver.solution
    lengths = {name: length.text for (name, level), length in solution.lengths.items() if level == 0}
    dims = _identifiers(lengths.values()) - set(solution.strides)
    ends = set()
    for loop in loops:
        condition = loop.child_by_field_name("condition")
        names = [n for n in walk(condition) if n.type == "identifier"] if condition is not None else []
        made = [variable.values for n in names if (variable := body.lookup(n)) is not None]
        names += [n for values in made for value in values for n in walk(value) if n.type == "identifier"]
        ends |= {lengths.get(text(n), text(n)) for n in names} & dims
    starts = [loop.child_by_field_name("initializer") for loop in loops]
    least = "0" if _uses(body.block, name) == sum(_uses(start, name) for start in starts) else "1"
    return (least, f"1+3*{end}/({end}+4)") if len(ends) == 1 and (end := ends.pop()) else ("0", "0")


def _counts_down(loop: Node) -> bool:
    step = loop.child_by_field_name("update")
    return step is not None and re.search(r"--|-=", text(step)) is not None


def _mentions(node: Node | None, name: str) -> bool:
    return _uses(node, name) > 0


def _uses(node: Node | None, name: str) -> int:
    return sum(n.type == "identifier" and text(n) == name for n in walk(node)) if node is not None else 0


def _outermost_bound(body: Body, integers: list[str]) -> list[str]:
    """In a function of scalars alone, the integer that says how much work there is."""
    for loop in walk(body.block):
        condition = loop.child_by_field_name("condition") if loop.type in _LOOPS else None
        for node in walk(condition) if condition is not None else ():
            variable = body.lookup(node) if node.type == "identifier" else None
            values = variable.values if variable is not None else []
            named = [name for name in integers if text(node) == name or any(_mentions(v, name) for v in values)]
            if named:
                return named[:1]
    return []


def _wants_positive(function: Function, body: Body) -> bool:
    if _POSITIVE_CALLS.search(text(body.block)):
        return True
    integers = {p.name for p in function.parameters if p.kind == "integer"}
    for node in walk(body.block):
        operator = node.child_by_field_name("operator")
        divisor = node.child_by_field_name("right")
        if operator is None or divisor is None or text(operator) not in ("/", "/="):
            continue
        names = [n for n in walk(divisor) if n.type == "identifier" and not _is_integer(n, body, integers)]
        if names:
            return True
    return False


def _is_integer(name: Node, body: Body, integers: set[str]) -> bool:
    """Whether a name in a divisor is an integer or the owner of a `.size()`, so that it divides no input."""
    if text(name) in integers or (name.parent is not None and ".size" in text(name.parent)):
        return True
    variable = body.lookup(name)
    if variable is None:
        return True
    return re.search(r"\b(int|long|short|unsigned|\w+_t)\b", variable.type) is not None


def _weights(dims: list[str], function: Function, solver: Solver, indices: list[DataIndex]) -> dict[str, int]:
    """Relative growth: gathered or binned dimensions stay small beside those that the work runs over. Of several of
    these, and of the two sides of a square, it is the product that grows: the work may be as much.
    """
    small = {dim for dim in dims if _is_small(dim, function, solver, indices)}
    totals = set(solver.solution.totals.values())
    lengths = [length.text for length in solver.solution.lengths.values()]
    powers = {
        dim: max((len(re.findall(rf"\b{dim}\b", length)) for length in lengths), default=1)
        for dim in dims
        if dim not in small | totals
    }
    base = round(_LARGE ** (1 / max(1, sum(powers.values())))) if small and powers else 1
    return {dim: base * _TOTAL if dim in totals else 1 if dim in small else base for dim in dims}


def _is_small(dim: str, function: Function, solver: Solver, indices: list[DataIndex]) -> bool:
    if _SMALL_NAMES.search(dim):
        return True
    outputs = {p.name for p in function.parameters if p.is_output}
    lengths = {key: length.text for key, length in solver.solution.lengths.items()}
    users = {key for key, length in lengths.items() if dim in _identifiers([length])}
    targets = {index.target for index in indices if index.target[0] in outputs and not index.is_store}
    if users and users <= targets:
        return True
    if any(_shrinks(key, dim, solver) for key in lengths if key[0] in outputs):
        return True
    others = [key for key in lengths if key[0] in outputs and re.fullmatch(r"[A-Za-z_]\w*", lengths[key])]
    own_output = any(key[0] in outputs for key in users)
    return (
        len(solver.dims()) > 2
        and bool(others)
        and not own_output
        and bool(users)
        and all(lengths[key] != dim for key in users)
    )


def _shrinks(key: tuple[str, int], dim: str, solver: Solver) -> bool:
    """Whether more of this dimension leaves less of an output to compute, as a filter's width does."""
    point = solver.points()[2]
    if dim not in point:
        return False
    fewer, more = ({**point, dim: value} for value in (3, 5))
    if not (solver.runs(key, fewer) and solver.runs(key, more)):
        return False
    before, after = solver.needed(key, fewer), solver.needed(key, more)
    return before is not None and after is not None and after < before
