"""A function's body as data: its locals and the values they take, the conditions that hold at a place."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from agentpar.languages.guards import Guard, guards_after, guards_inside, operator
from agentpar.languages.source import text, walk
from agentpar.languages.unit import declarators, declared_name, inner_declarator

_SCOPES = (
    "compound_statement",
    "for_statement",
    "for_range_loop",
    "while_statement",
    "if_statement",
    "lambda_expression",
    "function_definition",
)
_RISING = ("++", "+=", "*=", "<<=", "|=", "^=")
_MOST_GUARDS = 64
_MOST_AROUND = 256


@dataclass
class Variable:
    """A local or parameter: the expressions assigned to it, and where it steps up (`rises`) or down (`falls`).

    `member` is its place in a structured binding: with `auto& [u, v] : edges`, v is member 1 of what it ranges over.
    """

    name: str
    start: int
    end: int
    is_parameter: bool = False
    type: str = ""
    values: list[Node] = field(default_factory=list)
    constructor: Node | None = None
    ranges_over: Node | None = None
    rises: list[Node] = field(default_factory=list)
    falls: list[Node] = field(default_factory=list)
    member: int | None = None
    numbered: list[Node] = field(default_factory=list)
    """What its elements count up from, where they do: 0 in `std::iota(v.begin(), v.end(), 0)`."""


class Body:
    """The variables of one function definition, found by name and place."""

    def __init__(self, definition: Node, parameters: tuple[str, ...]) -> None:
        self.definition = definition
        self.parameters = parameters
        body = definition.child_by_field_name("body")
        self.block = body if body is not None else definition
        self._variables: dict[str, list[Variable]] = {}
        nodes = list(walk(definition))
        # Node.parent searches from the root each time, which takes minutes in long or deep functions.
        self._parents = {child.id: node for node in nodes for child in node.children}
        self._guards: dict[int, tuple[Guard, ...]] = {}
        self._passed: dict[int, tuple[list[int], list[tuple[Guard, ...]]]] = {}
        for name in parameters:
            self._add(Variable(name, definition.start_byte, definition.end_byte, is_parameter=True))
        nodes = list(walk(self.block))
        for node in nodes:
            self._declare(node)
        for node in nodes:
            self._assign(node)
            self._number(node)

    def lookup(self, node: Node) -> Variable | None:
        """The variable that an identifier means, or None for a global."""
        at = node.start_byte
        seen = [v for v in self._variables.get(text(node), []) if v.start <= at < v.end]
        return max(seen, key=lambda v: v.start, default=None)

    def _add(self, variable: Variable) -> None:
        self._variables.setdefault(variable.name, []).append(variable)

    def parent(self, node: Node) -> Node | None:
        """The node around a node of this function."""
        return self._parents.get(node.id)

    def ancestors(self, node: Node) -> Iterator[Node]:
        """The nodes around a node, innermost first, up to the function's definition or as deep as anybody nests."""
        parent = self.parent(node)
        for _ in range(_MOST_AROUND):
            if parent is None:
                return
            yield parent
            parent = self.parent(parent)

    def guards_at(self, node: Node) -> tuple[Guard, ...]:
        """The conditions that hold at a node, nearest first: of loops and ifs around it, and of ifs before it."""
        way: list[tuple[Node, Node]] = []
        while node.id not in self._guards and node != self.block and (parent := self.parent(node)) is not None:
            way.append((parent, node))
            node = parent
        found = self._guards.get(node.id, ())
        for parent, child in reversed(way):
            passed = self._passed_before(parent, child) if parent.type == "compound_statement" else []
            found = (*guards_inside(parent, child), *passed, *found)[:_MOST_GUARDS]
            self._guards[child.id] = found
        return found

    def _passed_before(self, block: Node, child: Node) -> list[Guard]:
        if block.id not in self._passed:
            ifs = [each for each in block.named_children if each.type == "if_statement"]
            found = [(each.start_byte, guards) for each in ifs if (guards := tuple(guards_after(each)))]
            self._passed[block.id] = [start for start, _ in found], [guards for _, guards in found]
        starts, passed = self._passed[block.id]
        before = passed[: bisect.bisect_left(starts, child.start_byte)]
        return [guard for each in reversed(before[-_MOST_GUARDS:]) for guard in each]

    @property
    def result(self) -> Node | None:
        """What the function returns, when it does nothing else."""
        return returned(self.block)

    def _declare(self, node: Node) -> None:
        if node.type not in ("declaration", "parameter_declaration", "for_range_loop"):
            return
        loop = node if node.type == "for_range_loop" else None
        scope = loop or next((a for a in self.ancestors(node) if a.type in _SCOPES), node)
        for declarator in declarators(node):
            value = declarator.child_by_field_name("value")
            over = loop.child_by_field_name("right") if loop is not None else None
            for position, bound in enumerate(_bindings(declarator)):
                self._add(Variable(text(bound), bound.start_byte, scope.end_byte, ranges_over=over, member=position))
                if value is not None:
                    self._variables[text(bound)][-1].values.append(value)
            name = declared_name(declarator)
            if name is None:
                continue
            variable = Variable(text(name), name.start_byte, scope.end_byte, type=_type(node), ranges_over=over)
            if value is not None and value.type in ("argument_list", "initializer_list"):
                variable.constructor = value
            elif value is not None:
                variable.values.append(value)
            made = variable.constructor.named_children if variable.constructor is not None else []
            if len(made) == 1 and "vector" not in variable.type:  # of which it may be the length
                variable.values += made
            self._add(variable)

    def _number(self, node: Node) -> None:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if node.type != "call_expression" or function is None or text(function) not in {"std::iota", "iota"}:
            return
        given = arguments.named_children if arguments is not None else []
        begin = given[0].child_by_field_name("function") if len(given) == 3 else None
        owner = begin.child_by_field_name("argument") if begin is not None else None
        variable = self.lookup(owner) if owner is not None and owner.type == "identifier" else None
        if variable is not None:
            variable.numbered.append(given[2])

    def _assign(self, node: Node) -> None:
        if node.type not in ("update_expression", "assignment_expression"):
            return
        is_update = node.type == "update_expression"
        target = node.child_by_field_name("argument" if is_update else "left")
        variable = self.lookup(target) if target is not None and target.type == "identifier" else None
        value = node.child_by_field_name("right")
        if variable is None:
            return
        if operator(node) == "=" and value is not None:
            variable.values.append(value)
        elif operator(node) in _RISING:
            variable.rises.append(node)
        else:
            variable.falls.append(node)


def returned(block: Node) -> Node | None:
    """The expression that a body returns, when that is all it does."""
    statements = [child for child in block.named_children if child.type != "comment"]
    if len(statements) != 1 or statements[0].type != "return_statement" or not statements[0].named_children:
        return None
    return statements[0].named_children[0]


def _bindings(declarator: Node) -> list[Node]:
    """The names of a structured binding: u and v in `auto& [u, v]`."""
    current: Node | None = declarator
    while current is not None and current.type.endswith("declarator"):
        if current.type == "structured_binding_declarator":
            return [child for child in current.named_children if child.type == "identifier"]
        current = inner_declarator(current)
    return []


def _type(node: Node) -> str:
    kind = node.child_by_field_name("type")
    return text(kind) if kind is not None else ""
