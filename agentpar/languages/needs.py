"""What a function, and its helpers in the file, asks of its containers: subscripts, resizes, traversals."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from agentpar.languages.body import Body, guards_at
from agentpar.languages.bounds import Access, Place, Term, access
from agentpar.languages.source import ancestors, text, walk
from agentpar.languages.unit import declared_name, function_declarator

_MAX_CALLS = 2
_LOOPS = ("for_statement", "while_statement", "do_statement")
_GROWING = ("push_back", "emplace_back", "clear", "reserve", "insert", "swap")
_SEARCHES = ("lower_bound", "upper_bound", "binary_search", "equal_range", "merge")
_BYTE_COPIES = {"memcpy": (0, 1), "memmove": (0, 1), "memset": (0,)}


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
    """All that `collect_facts` found; sets hold parameter names, `bounding` all names in loop conditions."""

    needs: list[Need] = field(default_factory=list)
    resized: dict[str, Term] = field(default_factory=dict)
    grown: set[str] = field(default_factory=set)
    traversed: set[str] = field(default_factory=set)
    searched: set[str] = field(default_factory=set)
    loop_bounds: set[str] = field(default_factory=set)
    bounding: set[str] = field(default_factory=set)


def parameter_names(definition: Node) -> tuple[str, ...]:
    """The names of a definition's parameters, "" where one has none."""
    declarator = function_declarator(definition)
    parameters = declarator.child_by_field_name("parameters") if declarator is not None else None
    names = []
    for node in parameters.named_children if parameters is not None else []:
        inner = node.child_by_field_name("declarator")
        name = declared_name(inner) if inner is not None else None
        if node.type != "comment":
            names.append(text(name) if name is not None else "")
    return tuple(names)


def collect_facts(body: Body, helpers: Mapping[str, Node]) -> Facts:
    """Walk a function and, two calls deep, the functions of the same file that it calls."""
    facts = Facts()
    _collect(body, {}, helpers, facts, 0)
    return facts


def _collect(body: Body, arguments: Mapping[str, Term], helpers: Mapping[str, Node], facts: Facts, depth: int) -> None:
    for node in walk(body.block):
        if node.type in ("subscript_expression", "pointer_expression"):
            _index(node, _place(node, body, arguments), facts)
        elif node.type == "for_range_loop" and (over := node.child_by_field_name("right")) is not None:
            reached = access(over, Place(body, (), arguments))
            if reached is not None:
                facts.traversed.add(reached.parameter)
        elif node.type == "call_expression":
            place = _place(node, body, arguments)
            _method(node, place, facts)
            _call(node, place, helpers, facts, depth)
        if node.type in _LOOPS:
            _loop_bounds(node, body, arguments, facts)


def _place(node: Node, body: Body, arguments: Mapping[str, Term]) -> Place:
    return Place(body, guards_at(node, body.block), arguments)


def _index(node: Node, place: Place, facts: Facts) -> None:
    if node.type == "pointer_expression" and not text(node).startswith("*"):
        return
    reached = access(node, place)
    if reached is not None and reached.indices:
        level = len(reached.indices) - 1
        parent = node.parent
        store = (
            parent is not None
            and parent.type == "assignment_expression"
            and parent.child_by_field_name("left") == node
            and "=" in [child.type for child in parent.children]
        )
        facts.needs.append(Need(reached.parameter, level, reached.indices[-1], is_store=store))


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
    elif not reached.indices:
        facts.traversed.add(reached.parameter)


def _call(node: Node, place: Place, helpers: Mapping[str, Node], facts: Facts, depth: int) -> None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or function.type == "field_expression":
        return
    name = re.sub(r"<.*", "", text(function), flags=re.DOTALL).split("::")[-1]
    values = [child for child in arguments.named_children if child.type != "comment"]
    if name in _BYTE_COPIES and len(values) == 3:
        for position in _BYTE_COPIES[name]:
            _end(access(values[position], place), Term(values[2], place), facts)
        return
    helper = helpers.get(name)
    if helper is not None and depth < _MAX_CALLS and helper != place.body.definition:
        names = parameter_names(helper)
        bound = {key: Term(value, place) for key, value in zip(names, values, strict=False)}
        if bound:
            _collect(Body(helper, names), bound, helpers, facts, depth + 1)
        return
    for value in values:
        reached = access(value, place)
        if reached is None:
            continue
        if name in _SEARCHES:
            facts.searched.add(reached.parameter)
        if reached.offset and not reached.indices:
            _end(reached, None, facts)


def _end(reached: Access | None, length: Term | None, facts: Facts) -> None:
    if reached is not None:
        terms = reached.offset if length is None else (*reached.offset, length)
        facts.needs.append(Need(reached.parameter, len(reached.indices), terms, is_end=True))


def _loop_bounds(node: Node, body: Body, arguments: Mapping[str, Term], facts: Facts) -> None:
    """Note the names in a loop's condition, and the containers whose elements bound it, as row offsets do."""
    condition = node.child_by_field_name("condition")
    if condition is not None:
        facts.bounding |= {text(part) for part in walk(condition) if part.type == "identifier"}
    for header in (node.child_by_field_name("initializer"), condition):
        for part in walk(header) if header is not None else ():
            facts.loop_bounds |= _elements_in(part, body, arguments)


def _elements_in(part: Node, body: Body, arguments: Mapping[str, Term]) -> set[str]:
    variable = body.lookup(part) if part.type == "identifier" else None
    sources = [part, *(variable.values if variable is not None and not variable.is_parameter else ())]
    found = set()
    for source in sources:
        reached = access(source, Place(body, (), arguments)) if source.type == "subscript_expression" else None
        if reached is not None and not _inside_subscript(source):
            found.add(reached.parameter)
    return found


def _inside_subscript(node: Node) -> bool:
    return any(a.type == "subscript_argument_list" for a in ancestors(node))
