"""The sites a rewrite may touch: the `for` loops of the functions reachable from the entry."""

import re
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.places import written_places

LOOPS = frozenset({"for_statement", "for_range_loop", "while_statement", "do_statement"})
FOR_LOOPS = frozenset({"for_statement", "for_range_loop"})
_PRINTS = frozenset({"printf", "fprintf", "vprintf", "vfprintf", "puts", "fputs", "putchar", "putc", "fputc", "fwrite"})
_THROWERS = frozenset({"rethrow_exception", "throw_with_nested", "longjmp", "siglongjmp"})
_LOOKS = frozenset({"at", "value", "any_cast", "stoi", "stol", "stoul", "stoll", "stoull", "stof", "stod", "stold"})
_LINKED = re.compile(r"(const\s+)?(std\s*::\s*)?(unordered_)?((multi)?(map|set)|(forward_)?list)\s*<")
_DIRECTIVE = re.compile(r"#\s*pragma\s+omp\b")
_STREAMS = frozenset({"cout", "cerr", "clog"})
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!="}


@dataclass(frozen=True)
class Header:
    """What the head of a counted loop says; `declared` is False for a C89 counter declared before the loop.

    A range-`for` has the sequence as its `upper`, and no `relation`.
    """

    variable: str
    lower: str
    relation: str
    upper: str
    step: str
    declared: bool

    @property
    def is_range(self) -> bool:
        """Whether this is a range-`for`."""
        return not self.relation


@dataclass(frozen=True)
class Loop:
    """A `for` loop: where it stands, what its head says, and why OpenMP may not take it (if so)."""

    node: Node
    function: Node
    header: Header | None
    depth: int
    children: tuple["Loop", ...]
    obstacles: tuple[str, ...]

    @property
    def line(self) -> int:
        """The line of the loop's `for`, from 1."""
        return self.node.start_point[0] + 1

    @property
    def body(self) -> Node:
        """The loop's body, a block or a single statement."""
        body = self.node.child_by_field_name("body")
        return body if body is not None else self.node

    @property
    def variable(self) -> str:
        """The counter's name, or a question mark for a head that has none."""
        return self.header.variable if self.header else "?"

    @property
    def is_shareable(self) -> bool:
        """Whether OpenMP can share the iterations out at all; says nothing about dependences."""
        return self.header is not None and not self.obstacles

    @property
    def stands_in_block(self) -> bool:
        """Whether statements may come before the loop: it is not another statement's body."""
        return self.node.parent is not None and self.node.parent.type == "compound_statement"

    @property
    def height(self) -> int:
        """How many levels of loops stand on this one: 1 for an innermost loop."""
        return 1 + max((child.height for child in self.children), default=0)

    def nest(self) -> Iterator["Loop"]:
        """The loop and all `for` loops inside it, outermost first, in source order."""
        yield self
        for child in self.children:
            yield from child.nest()


def function_name(definition: Node) -> str:
    """The last plain name of what a definition defines."""
    node = definition.child_by_field_name("declarator")
    while node is not None and node.type not in {"identifier", "field_identifier", "operator_name"}:
        inner = node.child_by_field_name("declarator") or node.child_by_field_name("name")
        if inner is None:  # a reference_declarator names its child by position only
            inner = node.named_children[-1] if node.named_children else None
        node = inner
    return text(node) if node is not None else ""


@dataclass(frozen=True)
class Effects:
    """The names of functions that an exception of the file's own code may leave, and of those that print."""

    throwing: frozenset[str] = frozenset()
    printing: frozenset[str] = frozenset()


def effects_of(functions: Iterable[Node]) -> Effects:
    """What those functions, and lambdas in them, do besides what they compute."""
    bodies = [(function_name(function), function) for function in functions]
    for _, function in tuple(bodies):
        for name, _, declarator in declarations(function):
            value = declarator.child_by_field_name("value")
            if value is not None and value.type == "lambda_expression":
                bodies.append((name, value))
    return Effects(_closure(bodies, _throws), _closure(bodies, prints))


def _closure(bodies: list[tuple[str, Node]], does: Callable[[Node, Set[str]], bool]) -> frozenset[str]:
    found: set[str] = set()
    while news := {name for name, body in bodies if name not in found and does(body, found)}:
        found |= news
    return frozenset(found)


def prints(outer: Node, printing: Set[str] = frozenset()) -> bool:
    """Whether a node prints: what is printed would come in another order."""
    return any(
        (node.type == "call_expression" and called_name(node) in _PRINTS | printing)
        or (node.type == "identifier" and text(node) in _STREAMS)
        for node in walk(outer)
    )


def _throws(outer: Node, throwing: Set[str]) -> bool:
    """Whether an exception leaves a node: it is thrown below it, or by a function called there, outside any `try`."""
    thrown = (
        node
        for node in walk(outer)
        if node.type == "throw_statement"
        or (node.type == "call_expression" and called_name(node) in _THROWERS | throwing)
    )
    return any(not _is_caught(node, outer) and not _is_in_other(node, outer) for node in thrown)


def may_throw(region: Node) -> bool:
    """Whether a region calls what the standard library throws for values that it does not take."""
    return any(node.type == "call_expression" and called_name(node) in _LOOKS for node in walk(region))


def _is_tried(loop: Node) -> bool:
    """Whether a loop may let an exception out to a `try` around it."""
    outer = ancestor(loop, frozenset({"try_statement", "function_definition", "lambda_expression"}))
    return outer is not None and outer.type == "try_statement" and may_throw(loop)


def _is_caught(node: Node, outer: Node) -> bool:
    """Whether a `try` between a node and one around it has the node in its block."""
    guard = ancestor(node, frozenset({"try_statement"}))
    while guard is not None and outer.start_byte <= guard.start_byte and guard.end_byte <= outer.end_byte:
        block = guard.child_by_field_name("body")
        if block is not None and block.start_byte <= node.start_byte < block.end_byte:
            return True
        guard = ancestor(guard, frozenset({"try_statement"}))
    return False


def _is_in_other(node: Node, outer: Node) -> bool:
    """Whether a node stands in a lambda inside another node, which runs when that is called."""
    inner = ancestor(node, frozenset({"lambda_expression"}))
    return (
        inner is not None
        and outer.start_byte <= inner.start_byte
        and inner.id != outer.id
        and inner.end_byte <= outer.end_byte
    )


def loops_of(function: Node, effects: Effects = Effects()) -> tuple[Loop, ...]:
    """The outermost `for` loops of a function, in source order, each with those inside it.

    A loop that lets an exception out, or prints, cannot be shared out; `effects` names the functions that do.
    """
    return _loops_below(function, function, 0, effects)


def _loops_below(node: Node, function: Node, depth: int, effects: Effects) -> tuple[Loop, ...]:
    found: list[Loop] = []
    for child in node.children:
        if child.type in FOR_LOOPS:
            header = read_header(child)
            if header is not None and (_is_real(child, header, function) or _is_linked(header, function)):
                header = None
            inner = _loops_below(child, function, depth + 1, effects)
            found.append(Loop(child, function, header, depth, inner, _obstacles(child, header, effects)))
        else:
            found += _loops_below(child, function, depth, effects)
    return tuple(found)


def _is_linked(header: Header, function: Node) -> bool:
    """Whether a range-`for` runs through a container that can only be walked, for which OpenMP has no place to cut."""
    kinds = [d.child_by_field_name("type") for name, d, _ in declarations(function) if name == header.upper]
    return header.is_range and any(kind is not None and _LINKED.match(text(kind)) for kind in kinds)


def _is_real(loop: Node, header: Header, function: Node) -> bool:
    """Whether a loop counts by a floating-point number, which OpenMP does not."""
    start = loop.child_by_field_name("initializer")
    if header.is_range or start is None:
        return False
    for name, declaration, declarator in declarations(start if header.declared else function):
        kind = declaration.child_by_field_name("type")
        points = any(node.type in {"pointer_declarator", "array_declarator"} for node in walk(declarator))
        if name == header.variable and kind is not None and not points and text(kind) in {"float", "double"}:
            return True
    return False


def read_header(loop: Node) -> Header | None:
    """The head of a loop in OpenMP's canonical form, or None where it is not."""
    if loop.type == "for_range_loop":
        names, right = (
            declared_names(loop.child_by_field_name("declarator")),
            loop.child_by_field_name("right"),
        )
        return Header(names[0], "", "", text(right), "1", declared=True) if names and right is not None else None
    start = _read_start(loop.child_by_field_name("initializer"))
    condition, update = loop.child_by_field_name("condition"), loop.child_by_field_name("update")
    if start is None or condition is None or update is None or condition.type != "binary_expression":
        return None
    variable, lower, declared = start
    sides = condition.child_by_field_name("left"), condition.child_by_field_name("right")
    first, second = (text(side) if side is not None else "" for side in sides)
    step, relation = read_step(update, variable), operator(condition)
    if step is None or relation not in _MIRRORED or variable not in {first, second}:
        return None
    upper, relation = (second, relation) if first == variable else (first, _MIRRORED[relation])
    return Header(variable, lower, relation, upper, step, declared)


def _read_start(initializer: Node | None) -> tuple[str, str, bool] | None:
    """The counter's name and first value, and whether the head declares it."""
    if initializer is None:
        return None
    if initializer.type == "assignment_expression":
        name, value = initializer.child_by_field_name("left"), initializer.child_by_field_name("right")
        if name is None or value is None or name.type != "identifier" or operator(initializer) != "=":
            return None
        return text(name), text(value), False
    declarators = initializer.children_by_field_name("declarator")
    if initializer.type != "declaration" or len(declarators) != 1:
        return None
    names, value = declared_names(declarators[0]), declarators[0].child_by_field_name("value")
    return (names[0], text(value), True) if names and value is not None else None


def read_step(update: Node, variable: str) -> str | None:
    """What a step of the counter adds to it, or None where it does anything else."""
    compact = re.sub(r"\s+", "", text(update))
    name = re.escape(variable)
    if re.fullmatch(rf"{name}\+\+|\+\+{name}", compact):
        return "1"
    if re.fullmatch(rf"{name}--|--{name}", compact):
        return "-1"
    match = re.fullmatch(rf"{name}([+-])=(.+)|{name}={name}([+-])(.+)", compact)
    if match is None:
        return None
    sign, amount = match[1] or match[3], match[2] or match[4]
    return amount if sign == "+" else f"-({amount})"


def _obstacles(loop: Node, header: Header | None, effects: Effects) -> tuple[str, ...]:
    found = {_leaves(node, loop) for node in walk(loop)} - {""}
    if _throws(loop, effects.throwing) or _is_tried(loop):
        found.add("throw")
    if prints(loop, effects.printing):
        found.add("print")
    if _directive_before(loop) or _is_collapsed(loop):
        found.add("pragma")
    if header is None:
        found.add("head")
    elif not header.is_range:
        body = loop.child_by_field_name("body")
        told = f"{header.upper} {header.step}"
        bound = set(re.findall(r"[A-Za-z_]\w*", told)) | {header.variable}
        written = {name for name, _ in assigned_names(body)} if body is not None else set()
        found |= {f"writes {name}" for name in bound & written}
        places = {text(place.node) for place in written_places(body)} if body is not None else set()
        found |= {f"writes {place}" for place in places if re.search(rf"(?<![\w.>]){re.escape(place)}(?!\w)", told)}
    return tuple(sorted(found))


def _directive_before(loop: Node) -> str:
    """The OpenMP directive before a loop, if there is one."""
    before = loop.prev_sibling
    is_directive = before is not None and before.type == "preproc_call"
    return text(before) if before is not None and is_directive and _DIRECTIVE.match(text(before)) else ""


def _is_collapsed(loop: Node) -> bool:
    """Whether a directive before a loop further out takes this one in, `collapse(2)`, and nothing may come between."""
    levels, outer = 1, ancestor(loop, LOOPS)
    while outer is not None and outer.type in FOR_LOOPS:
        levels += 1
        told = re.search(r"\bcollapse\s*\(\s*(\d+)\s*\)", _directive_before(outer))
        if told is not None:
            return int(told[1]) >= levels
        outer = ancestor(outer, LOOPS)
    return False


def _leaves(node: Node, loop: Node) -> str:
    """The keyword by which a statement leaves the loop early, or nothing."""
    if node.type == "break_statement":
        catcher = ancestor(node, LOOPS | {"switch_statement"})
        return "break" if catcher is not None and catcher.id == loop.id else ""
    if node.type in {"return_statement", "goto_statement", "co_return_statement"}:
        catcher = ancestor(node, frozenset({"lambda_expression"}))
        inside = catcher is not None and loop.start_byte <= catcher.start_byte < loop.end_byte
        return "" if inside else node.type.removesuffix("_statement")
    return ""


def ancestor(node: Node, types: frozenset[str]) -> Node | None:
    """The nearest ancestor of one of these types."""
    parent = node.parent
    while parent is not None and parent.type not in types:
        parent = parent.parent
    return parent


def operator(node: Node) -> str:
    """The operator of an expression."""
    found = node.child_by_field_name("operator")
    return text(found) if found is not None else ""


def declared_names(declarator: Node | None) -> tuple[str, ...]:
    """The names a declarator introduces; several for a structured binding."""
    if declarator is None:
        return ()
    if declarator.type in {"identifier", "field_identifier"}:
        return (text(declarator),)
    if declarator.type == "structured_binding_declarator":
        return tuple(text(child) for child in declarator.named_children if child.type == "identifier")
    inner = declarator.child_by_field_name("declarator")
    if inner is not None:
        return declared_names(inner)
    if declarator.type in {"reference_declarator", "pointer_declarator", "parenthesized_declarator"}:
        return declared_names(declarator.named_children[-1]) if declarator.named_children else ()
    return ()


@lru_cache(maxsize=512)
def declarations(node: Node) -> tuple[tuple[str, Node, Node], ...]:
    """Every (name, declaration, declarator) below a node: variables, parameters, range-`for` elements.

    They are kept, since every question about a loop asks for those of its function.
    """
    return tuple(_declarations(node))


def _declarations(node: Node) -> Iterator[tuple[str, Node, Node]]:
    for found in walk(node):
        if found.type in {
            "declaration",
            "parameter_declaration",
            "optional_parameter_declaration",
            "for_range_loop",
        }:
            for declarator in found.children_by_field_name("declarator"):
                for name in declared_names(declarator):
                    yield name, found, declarator


def assigned_names(node: Node) -> Iterator[tuple[str, Node]]:
    """Every plain variable assigned or stepped below a node, with the identifier written."""
    for found in walk(node):
        target = None
        if found.type == "assignment_expression":
            target = found.child_by_field_name("left")
        elif found.type == "update_expression":
            target = found.child_by_field_name("argument")
        if target is not None and target.type == "identifier":
            yield text(target), target
