"""Which expression of the source a compiler's line and column mean."""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import ancestors, parse, text, walk
from agentpar.languages.source import line as _line
from agentpar.verdict import Frozen

_WRITES = {"assignment_expression": "left", "update_expression": "argument"}
_STATEMENTS = ("expression_statement",)
_BASES = {
    "subscript_expression": "argument",
    "field_expression": "argument",
    "pointer_expression": "argument",
}
_LVALUES = ("identifier", *_BASES)


class Expression(Frozen):
    """What is read or written at a place.

    `names` are the expressions that it may be, the most exact first: of `grid[k].mass`, `grid[k]` and `grid` the
    compiler gives one place. `operator` and `value` are those of an assignment, where the place is one; `is_used` when
    it stands in a larger expression or in the head of a loop.
    """

    names: tuple[str, ...] = ()
    operator: str = ""
    value: str = ""
    is_used: bool = False


def expression_at(source: str, line: int, column: int) -> Expression:
    """The expression at a line and column, both counting from 1, as Clang's debug information gives them."""
    point = (line - 1, max(0, column - 1))
    leaf = parse(source).root_node.descendant_for_point_range(point, point)
    if leaf is None:
        return Expression()
    parent = leaf.parent
    if parent is not None and parent.type in _WRITES and not leaf.is_named:
        target = parent.child_by_field_name(_WRITES[parent.type])
        value = parent.child_by_field_name("right")
        if target is not None:
            return Expression(
                names=_names(target),
                operator=text(leaf),
                value=text(value) if value else "",
                is_used=parent.parent is None or parent.parent.type not in _STATEMENTS,
            )
    if called := _called(leaf):
        return Expression(names=tuple(name for node in called for name in _names(node)))
    if not leaf.is_named and parent is not None and parent.type in _BASES:
        return Expression(names=_names(parent))
    return Expression(names=tuple(text(node) for node in _grown(leaf)))


def _names(node: Node) -> tuple[str, ...]:
    return tuple(text(base) for base in _bases(node))


def _bases(node: Node) -> Iterator[Node]:
    """The node if it is an lvalue, then what it is an element, a field or the target of."""
    current: Node | None = node
    while current is not None:
        if current.type == "parenthesized_expression":
            current = current.named_children[0] if current.named_children else None
            continue
        if current.type not in _LVALUES:
            return
        yield current
        current = current.child_by_field_name(_BASES[current.type]) if current.type in _BASES else None


def _grown(leaf: Node) -> list[Node]:
    """The expressions that begin with the leaf, the largest first."""
    node = leaf
    if leaf.type == "field_identifier" and leaf.parent is not None:
        node = leaf.parent
    found = [node] if node.type in _LVALUES else []
    for around in ancestors(node):
        if around.type not in ("subscript_expression", "field_expression") or not found:
            break
        base = around.child_by_field_name("argument")
        if base is None or base.id != found[-1].id:
            break
        found.append(around)
    return found[::-1]


def _called(leaf: Node) -> list[Node]:
    """Where the leaf names a function that is called: the object, or what is given to it."""
    name = leaf
    while name.parent is not None and name.parent.type in ("qualified_identifier", "template_function"):
        name = name.parent
    if leaf.type == "field_identifier" and name.parent is not None:
        name = name.parent
    call = name.parent
    if call is None or call.type != "call_expression" or call.child_by_field_name("function") != name:
        return []
    part = name.child_by_field_name("argument") if name.type == "field_expression" else None
    if part is not None:
        return [part]
    arguments = call.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    # Of an iterator such as `y.begin() + 1` the object counts.
    return [part for node in given for part in ([node] if node.type in _LVALUES else _variables(node))]


def _variables(node: Node) -> list[Node]:
    return [part for part in walk(node) if part.type == "identifier"]


def declared_at(source: str, line: int) -> str:
    """The first variable that is declared on a line, or nothing."""
    for node in walk(parse(source).root_node):
        if node.type == "identifier" and _line(node) == line:
            around = [parent for parent in ancestors(node) if _line(parent) == line]
            declarators = [p for p in around if p.type.endswith("declarator") or p.type == "declaration"]
            if declarators and declarators[0].child_by_field_name("declarator") == node:
                return text(node)
    return ""
