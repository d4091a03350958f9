"""A function's body as data: its locals and the values they take, the conditions that hold at a place."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from agentpar.languages.source import ancestors, text, walk
from agentpar.languages.unit import declarators, declared_name

_SCOPES = (
    "compound_statement",
    "for_statement",
    "for_range_loop",
    "while_statement",
    "if_statement",
    "lambda_expression",
    "function_definition",
)
_JUMPS = ("continue_statement", "break_statement", "return_statement", "throw_statement")
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_RISING = ("++", "+=", "*=", "<<=")


@dataclass
class Variable:
    """A local or parameter: the expressions assigned to it, and whether it steps up or down besides."""

    name: str
    start: int
    end: int
    is_parameter: bool = False
    type: str = ""
    values: list[Node] = field(default_factory=list)
    constructor: Node | None = None
    ranges_over: Node | None = None
    rises: bool = False
    falls: bool = False


@dataclass(frozen=True)
class Guard:
    """A fact that holds at a place: `subject` plus `shift` is at most (or at least) `bound`."""

    subject: str
    is_upper: bool
    bound: Node
    is_strict: bool
    shift: Node | None = None


class Body:
    """The variables of one function definition, found by name and place."""

    def __init__(self, definition: Node, parameters: tuple[str, ...]) -> None:
        self.definition = definition
        self.parameters = parameters
        body = definition.child_by_field_name("body")
        self.block = body if body is not None else definition
        self._variables: dict[str, list[Variable]] = {}
        for name in parameters:
            self._add(Variable(name, definition.start_byte, definition.end_byte, is_parameter=True))
        nodes = list(walk(self.block))
        for node in nodes:
            self._declare(node)
        for node in nodes:
            self._assign(node)

    def lookup(self, node: Node) -> Variable | None:
        """The variable that an identifier means, or None for a global."""
        at = node.start_byte
        seen = [v for v in self._variables.get(text(node), []) if v.start <= at < v.end]
        return max(seen, key=lambda v: v.start, default=None)

    def _add(self, variable: Variable) -> None:
        self._variables.setdefault(variable.name, []).append(variable)

    def _declare(self, node: Node) -> None:
        if node.type not in ("declaration", "parameter_declaration", "for_range_loop"):
            return
        scope = node if node.type == "for_range_loop" else _scope(node)
        for declarator in declarators(node):
            name = declared_name(declarator)
            if name is None:
                continue
            variable = Variable(text(name), name.start_byte, scope.end_byte, type=_type(node))
            value = declarator.child_by_field_name("value")
            if node.type == "for_range_loop":
                variable.ranges_over = node.child_by_field_name("right")
            elif declarator.type == "function_declarator":
                # `std::vector<double> t(n);` reads as a prototype to the grammar.
                variable.constructor = declarator.child_by_field_name("parameters")
            elif value is not None and value.type in ("argument_list", "initializer_list"):
                variable.constructor = value
            elif value is not None:
                variable.values.append(value)
            if variable.constructor is not None and variable.constructor.named_child_count == 1:
                variable.values.append(variable.constructor.named_children[0])
            self._add(variable)

    def _assign(self, node: Node) -> None:
        if node.type == "update_expression":
            target, operator = node.child_by_field_name("argument"), text(node)[-2:]
            operator = operator if operator in ("++", "--") else text(node)[:2]
        elif node.type == "assignment_expression":
            target = node.child_by_field_name("left")
            sign = node.child_by_field_name("operator")
            operator = text(sign) if sign is not None else "="
        else:
            return
        variable = self.lookup(target) if target is not None and target.type == "identifier" else None
        value = node.child_by_field_name("right")
        if variable is None:
            return
        if operator == "=" and value is not None:
            variable.values.append(value)
        elif operator in _RISING:
            variable.rises = True
        else:
            variable.falls = True


def _type(node: Node) -> str:
    kind = node.child_by_field_name("type")
    return text(kind) if kind is not None else ""


def _scope(node: Node) -> Node:
    return next((a for a in ancestors(node) if a.type in _SCOPES), node)


def guards_at(node: Node, block: Node) -> tuple[Guard, ...]:
    """The conditions that hold at a node: of loops and ifs around it, and of early exits before it."""
    found: list[Guard] = []
    child = node
    for parent in ancestors(node):
        found += _guards(parent, child)
        if parent == block:
            break
        child = parent
    return tuple(found)


def _guards(parent: Node, child: Node) -> Iterator[Guard]:
    condition = parent.child_by_field_name("condition")
    if parent.type in ("for_statement", "while_statement") and condition is not None:
        if child == parent.child_by_field_name("body"):
            yield from _holds(condition, in_loop=True)
    elif parent.type in ("if_statement", "conditional_expression") and condition is not None:
        if child == parent.child_by_field_name("consequence"):
            yield from _holds(condition)
        elif child == parent.child_by_field_name("alternative"):
            yield from _fails(condition)
    elif parent.type == "binary_expression" and child == parent.child_by_field_name("right"):
        left, operator = parent.child_by_field_name("left"), _operator(parent)
        if left is not None and operator == "&&":
            yield from _holds(left)
        elif left is not None and operator == "||":
            yield from _fails(left)
    elif parent.type == "compound_statement":
        for sibling in parent.named_children:
            if sibling.start_byte >= child.start_byte:
                break
            exits = sibling.type == "if_statement" and _jumps(sibling.child_by_field_name("consequence"))
            early = sibling.child_by_field_name("condition")
            if exits and early is not None and sibling.child_by_field_name("alternative") is None:
                yield from _fails(early)


def _jumps(node: Node | None) -> bool:
    while node is not None and node.type == "compound_statement" and node.named_children:
        node = node.named_children[-1]
    return node is not None and node.type in _JUMPS


def _operator(node: Node) -> str:
    sign = node.child_by_field_name("operator")
    return text(sign) if sign is not None else ""


def unwrap(node: Node) -> Node:
    """The expression inside parentheses and condition clauses."""
    while node.type in ("parenthesized_expression", "condition_clause") and node.named_child_count == 1:
        node = node.named_children[0]
    return node


def _holds(condition: Node, *, in_loop: bool = False) -> Iterator[Guard]:
    node = unwrap(condition)
    if node.type != "binary_expression":
        return
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    operator = _operator(node)
    if operator == "&&":
        yield from _holds(left, in_loop=in_loop)
        yield from _holds(right, in_loop=in_loop)
    else:
        yield from _compare(left, "<" if in_loop and operator == "!=" else operator, right)


def _fails(condition: Node) -> Iterator[Guard]:
    node = unwrap(condition)
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type != "binary_expression" or left is None or right is None:
        return
    operator = _operator(node)
    if operator == "||":
        yield from _fails(left)
        yield from _fails(right)
    elif operator in _OPPOSITE:
        yield from _compare(left, _OPPOSITE[operator], right)


def _compare(left: Node, operator: str, right: Node) -> Iterator[Guard]:
    if operator not in _MIRROR:
        return
    for subject, sign, bound in ((left, operator, right), (right, _MIRROR[operator], left)):
        plain = unwrap(subject)
        strict = sign in ("<", ">")
        for is_upper in (True, False):
            if sign not in (("<", "<=", "==") if is_upper else (">", ">=", "==")):
                continue
            yield Guard(normal(plain), is_upper, bound, strict)
            head, shift = plain.child_by_field_name("left"), plain.child_by_field_name("right")
            if plain.type == "binary_expression" and _operator(plain) == "+" and head and shift:
                yield Guard(normal(head), is_upper, bound, strict, shift)


def normal(node: Node) -> str:
    """An expression's text without blanks, to compare expressions by."""
    return "".join(text(node).split())
