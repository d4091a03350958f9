"""What a function, and its helpers in the file, asks of its containers: subscripts, resizes, traversals."""

import re
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from agentpar.languages.access import (
    Access,
    Place,
    Term,
    access,
    lambda_call,
    stepped_through,
    walked_beside,
    walked_to,
)
from agentpar.languages.body import Body, Variable
from agentpar.languages.guards import normal, operator, unwrap
from agentpar.languages.helpers import Helpers, called_name
from agentpar.languages.signature import Parameter
from agentpar.languages.source import text, walk

_MAX_CALLS = 2
_MOST_NEEDS = 2000  # the first ones say it; a generated function may have a million
_LOOPS = ("for_statement", "while_statement", "do_statement")
_GROWING = ("push_back", "emplace_back", "clear", "reserve", "insert")
_SEARCHES = ("lower_bound", "upper_bound", "binary_search", "equal_range", "merge")
# Functions that count: which arguments are as long as which argument says.
_COUNTED: dict[str, tuple[tuple[int, ...], int]] = {
    "memcpy": ((0, 1), 2), "memmove": ((0, 1), 2), "memset": ((0,), 2),
    "copy_n": ((0, 2), 1), "fill_n": ((0,), 1), "generate_n": ((0,), 1),
}  # fmt: skip
# Algorithms whose further ranges are as long as the first.
_PARALLEL = (
    "transform", "inner_product", "transform_reduce", "copy", "move", "equal", "mismatch", "swap_ranges",
    "partial_sum", "inclusive_scan", "exclusive_scan", "adjacent_difference", "reverse_copy",
)  # fmt: skip
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_OF_CTYPE = re.compile(r"(std::|::)?(is(alnum|alpha|blank|x?digit|graph|lower|print|punct|space|upper)|to(low|upp)er)")
_HALF = re.compile(r"/2(?!\d)|>>1(?!\d)")


@dataclass(frozen=True)
class Need:
    """One subscript: at `level`, an index that is the sum of `terms`; `is_end` for a past-the-end pointer."""

    parameter: str
    level: int
    terms: tuple[Term, ...]
    is_end: bool = False
    is_store: bool = False


@dataclass
class Facts:
    """All that `collect_facts` found; sets hold parameter names, `bounding` all names in loop conditions.

    `locals` are subscripts of the function's own vectors, with what these were made as long as. `characters` are
    the literals that elements are compared with, each after its operator, and the calls such as `isspace` on them.
    """

    needs: list[Need] = field(default_factory=list)
    resized: dict[str, Term] = field(default_factory=dict)
    grown: set[str] = field(default_factory=set)
    swapped: set[str] = field(default_factory=set)
    traversed: set[str] = field(default_factory=set)
    searched: set[str] = field(default_factory=set)
    loop_bounds: set[str] = field(default_factory=set)
    bounding: set[str] = field(default_factory=set)
    locals: list[tuple[Need, Term]] = field(default_factory=list)
    characters: dict[str, set[tuple[str, str]]] = field(default_factory=dict)


def collect_facts(body: Body, helpers: Helpers) -> Facts:
    """Walk a function and, two calls deep, the functions of the same file and the lambdas that it calls."""
    facts = Facts()
    _collect(body.block, Place(body), helpers, facts, 0)
    read = facts.traversed | {need.parameter for need in facts.needs}
    facts.grown |= facts.swapped - read  # it is given a result; else it takes turns with a buffer
    return facts


def _collect(block: Node, inside: Place, helpers: Helpers, facts: Facts, depth: int) -> None:
    for node in walk(block):
        if node.type in ("subscript_expression", "pointer_expression"):
            _index(node, inside.at(node), facts)
        elif node.type == "for_range_loop" and (over := node.child_by_field_name("right")) is not None:
            reached = access(over, inside)
            if reached is not None:
                facts.traversed.add(reached.parameter)
        elif node.type == "call_expression":
            place = inside.at(node)
            _method(node, place, facts)
            _call(node, place, helpers, facts, depth)
            _classified(node, place, facts)
        elif node.type == "char_literal":
            _compared(node, inside, facts)
        if node.type in _LOOPS:
            _loop_bounds(node, inside, facts)


def _index(node: Node, place: Place, facts: Facts) -> None:
    if node.type == "pointer_expression":
        if not text(node).startswith("*"):
            return
        if (end := walked_to(node, place)) is not None:
            _end(end, None, facts)
            return
        if (beside := walked_beside(node, place)) is not None:
            _end(*beside, facts)
            return
        if (end := stepped_through(node, place)) is not None:
            _end(end, None, facts)
            return
    elif (row := stepped_through(node, place)) is not None:
        _in_row(node, row, place, facts)
        return
    reached = access(node, place)
    if reached is None:
        _local_index(node, place, facts)
    if reached is None or not reached.indices:
        return
    level = len(reached.indices) - 1
    parent = place.body.parent(node)
    store = (
        parent is not None
        and parent.type == "assignment_expression"
        and parent.child_by_field_name("left") == node
        and operator(parent) == "="
    )
    _add(Need(reached.parameter, level, reached.indices[-1], is_store=store), facts)
    index = reached.indices[-1][-1].node if reached.indices[-1] else None
    if index is not None and _is_middle(index, place):
        facts.searched.add(reached.parameter)


def _in_row(node: Node, row: Access, place: Place, facts: Facts) -> None:
    """Note `row[c]`, where the pointer `row` is stepped from row to row."""
    indices = node.child_by_field_name("indices")
    if indices is not None and indices.named_children:
        *before, walked = row.offset
        terms = (*before, replace(walked, is_last=True), Term(indices.named_children[0], place))
        _add(Need(row.parameter, len(row.indices), terms), facts)


def _compared(literal: Node, place: Place, facts: Facts) -> None:
    """Note `c == 'x'` and `case 'x':` where c is an element."""
    parent = place.body.parent(literal)
    other, sign = None, "=="
    if parent is not None and parent.type == "case_statement":
        switch = next((a for a in place.body.ancestors(literal) if a.type == "switch_statement"), None)
        other = switch.child_by_field_name("condition") if switch is not None else None
    elif parent is not None and parent.type == "binary_expression" and operator(parent) in _COMPARISONS:
        left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
        other, sign = (right if left == literal else left), operator(parent)
    reached = access(_uncast(other), place) if other is not None else None
    if reached is not None:
        facts.characters.setdefault(reached.parameter, set()).add((sign, text(literal)[1:-1]))


def _classified(call: Node, place: Place, facts: Facts) -> None:
    """Note `isspace(c)` and its like where c is an element."""
    function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if function is None or arguments is None or not arguments.named_children or not _OF_CTYPE.fullmatch(text(function)):
        return
    reached = access(_uncast(arguments.named_children[0]), place)
    if reached is not None:
        facts.characters.setdefault(reached.parameter, set()).add((text(function), ""))


def _uncast(node: Node) -> Node:
    """What `(unsigned char)c` or `static_cast<unsigned char>(c)` casts."""
    while True:
        node = unwrap(node)
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if node.type == "cast_expression":
            inner = node.child_by_field_name("value")
        elif function is not None and arguments is not None and text(function).startswith("static_cast"):
            inner = arguments.named_children[0] if arguments.named_children else None
        else:
            return node
        if inner is None:
            return node
        node = inner


def _local_index(node: Node, place: Place, facts: Facts) -> None:
    owner, indices = node.child_by_field_name("argument"), node.child_by_field_name("indices")
    variable = place.body.lookup(owner) if owner is not None and owner.type == "identifier" else None
    length = _made_length(variable) if variable is not None else None
    if variable is None or length is None or not indices:
        return
    if indices.named_children and len(facts.locals) < _MOST_NEEDS:
        need = Need(variable.name, 0, (Term(indices.named_children[0], place),))
        facts.locals.append((need, Term(length, place)))


def _made_length(variable: Variable) -> Node | None:
    """How long a vector or an allocated array of the function's own is made."""
    made = variable.constructor if "vector" in variable.type else None
    if made is not None:
        return None if text(made).startswith("{") or not made.named_children else made.named_children[0]
    call = _uncast(variable.values[0]) if len(variable.values) == 1 and not variable.is_parameter else None
    if call is None or call.type not in ("call_expression", "new_expression"):
        return None
    declarator = next((child for child in call.children if child.type == "new_declarator"), None)
    if declarator is not None:
        return declarator.child_by_field_name("length")
    function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if function is None or arguments is None or called_name(function) not in ("malloc", "calloc"):
        return None
    return arguments.named_children[0] if arguments.named_children else None


def _is_middle(index: Node, place: Place) -> bool:
    """Whether an index halves what a loop's condition bounds, as a binary search does."""
    variable = place.body.lookup(index) if index.type == "identifier" else None
    loop = next((a for a in place.body.ancestors(index) if a.type in _LOOPS), None)
    condition = loop.child_by_field_name("condition") if loop is not None else None
    if variable is None or condition is None:
        return False
    bounding = _names(condition)
    halved = [value for value in variable.values if _HALF.search(normal(value))]
    return any(len(_names(value) & bounding) == 2 for value in halved)


def _names(node: Node) -> set[str]:
    return {text(part) for part in walk(node) if part.type == "identifier"}


def _method(node: Node, place: Place, facts: Facts) -> None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    owner = function.child_by_field_name("argument") if function is not None else None
    field_name = function.child_by_field_name("field") if function is not None else None
    if owner is None or field_name is None or arguments is None:
        return
    reached = access(owner, place)
    if reached is None:
        return
    name, values = text(field_name), arguments.named_children
    if name == "at":
        _index(node, place, facts)
    elif name in ("resize", "assign") and not reached.indices and values:
        facts.grown.add(reached.parameter)
        facts.resized.setdefault(reached.parameter, Term(values[0], place))
    elif name in _GROWING:
        facts.grown.add(reached.parameter)
    elif name == "swap":
        facts.swapped.add(reached.parameter)
    elif not reached.indices:
        facts.traversed.add(reached.parameter)


def _call(node: Node, place: Place, helpers: Helpers, facts: Facts, depth: int) -> None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or function.type == "field_expression":
        return
    values = [child for child in arguments.named_children if child.type != "comment"]
    helper, inner = helpers.called(function), lambda_call(function, values, place)
    if helper is not None or inner is not None:
        if helper is not None and helper.definition != place.body.definition:
            given = {key: Term(value, place) for key, value in zip(helper.parameters, values, strict=False)}
            inner = (helper.block, Place(helper, arguments=given)) if given else None
        if inner is not None and depth < _MAX_CALLS:
            _collect(*inner, helpers, facts, depth + 1)
        return
    name = called_name(function)
    if name in _COUNTED and len(values) > _COUNTED[name][1]:
        others, count = _COUNTED[name]
        for position in others:
            _end(access(values[position], place), Term(values[count], place), facts)
        return
    _library_call(name, values, place, facts)


def _library_call(name: str, values: list[Node], place: Place, facts: Facts) -> None:
    """A function of the standard library, or one that is unknown: what it takes from begin to end it reads whole."""
    for value in values:
        reached = access(value, place)
        if reached is None or reached.indices:
            continue
        if name in _SEARCHES:
            facts.searched.add(reached.parameter)
        if reached.offset:
            _end(reached, None, facts)
    for value in values[2:] if name in _PARALLEL else ():
        reached, end = access(value, place), access(values[1], place)
        if reached is not None and not reached.indices:
            first = access(values[0], place)
            if end is not None and first is not None and not first.offset:
                _end(replace(reached, offset=(*reached.offset, *end.offset)), None, facts)
            elif end is None:
                _end(reached, Term(values[1], place), facts)


def _end(reached: Access | None, length: Term | None, facts: Facts) -> None:
    if reached is not None:
        terms = reached.offset if length is None else (*reached.offset, length)
        _add(Need(reached.parameter, len(reached.indices), terms, is_end=True), facts)


def _add(need: Need, facts: Facts) -> None:
    if len(facts.needs) < _MOST_NEEDS:
        facts.needs.append(need)


def _loop_bounds(node: Node, inside: Place, facts: Facts) -> None:
    """Note the names in a loop's condition, and the containers whose elements bound it, as row offsets do."""
    condition = node.child_by_field_name("condition")
    if condition is not None:
        facts.bounding |= _names(condition)
    for header in (node.child_by_field_name("initializer"), condition):
        for part in walk(header) if header is not None else ():
            facts.loop_bounds |= _elements_in(part, inside)


def _elements_in(part: Node, inside: Place) -> set[str]:
    variable = inside.body.lookup(part) if part.type == "identifier" else None
    sources = [part, *(variable.values if variable is not None and not variable.is_parameter else ())]
    found = set()
    for source in sources:
        reached = access(source, inside) if source.type == "subscript_expression" else None
        if reached is not None and not _inside_subscript(source, inside.body):
            found.add(reached.parameter)
    return found


def _inside_subscript(node: Node, body: Body) -> bool:
    return any(a.type == "subscript_argument_list" for a in body.ancestors(node))


def lone_name(need: Need) -> str:
    """The name that is the whole index, in the entry function itself; "" for anything else."""
    term = need.terms[0] if len(need.terms) == 1 else None
    if term is None or term.node.type != "identifier" or term.place.arguments or need.is_end:
        return ""
    return text(term.node)


def picks(facts: Facts, integers: list[str]) -> set[str]:
    """Integers that only pick an element, as a graph's start vertex does: no loop's bound, no stride."""
    lone = {lone_name(need) for need in facts.needs} & set(integers)
    if not lone:
        return lone
    larger = [term.node for need in facts.needs for term in need.terms if not lone_name(need)]
    used = {text(n) for node in larger for n in walk(node) if n.type == "identifier"}
    return lone - used - facts.bounding


def is_offsets(parameter: Parameter, facts: Facts) -> bool:
    """Row offsets: elements i and i+1 bound a loop."""
    if parameter.element_kind != "integer" or parameter.depth != 1 or parameter.name not in facts.loop_bounds:
        return False
    needs = [need for need in facts.needs if need.parameter == parameter.name and need.terms]
    written = {normal(need.terms[-1].node) for need in needs}
    return any(f"{index}+1" in written or f"{index}-1" in written for index in written)
