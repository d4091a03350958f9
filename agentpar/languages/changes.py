"""Which names a function may change, and which expressions are the same wherever in it they are worked out.

`access.py` tells which parameter an expression reaches into; this tells what may happen to it. It errs towards change.
"""

from collections.abc import Callable

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import text, walk

_CHANGING = ("subscript_expression", "pointer_expression", "lambda_expression", "assignment_expression")
_READING = frozenset({"size", "length", "empty", "data", "begin", "end", "cbegin", "cend", "front", "back", "at"})
_PURE = frozenset(
    {"size", "length", "min", "max", "abs", "fabs", "sqrt", "exp", "log", "sin", "cos", "tanh", "pow", "static_cast"}
)


def may_change(body: Node) -> set[str]:
    """The plain names that a function may change: it assigns to them or to a part of them by name, counts them up or
    down, takes an address or a reference of them, reads into them, hands them to a function that may take a reference,
    or calls a method of theirs that is not known to leave them alone.
    """
    touched = (target for node in walk(body) for target in _touched(node))
    return {text(target) for target in touched if target is not None and target.type == "identifier"}


def is_settled(value: Node, is_fixed: Callable[[str], bool]) -> bool:
    """Whether an expression is the same wherever in its function it is worked out; `is_fixed` says so of a name."""
    for node in walk(value):
        if node.type in _CHANGING:
            return False
        if node.type == "call_expression" and called_name(node) not in _PURE:
            return False
        if node.type == "identifier" and text(node) not in _PURE and not is_fixed(text(node)):
            return False
    return True


def _touched(node: Node) -> list[Node | None]:
    """What a node itself may change, as far as it is named."""
    if node.type == "assignment_expression":
        return [_root_of(node.child_by_field_name("left"))]
    if node.type in ("update_expression", "pointer_expression"):
        is_value = node.type == "pointer_expression" and text(node).startswith("*")
        return [] if is_value else [node.child_by_field_name("argument")]
    if node.type == "init_declarator":
        head, value = node.child_by_field_name("declarator"), node.child_by_field_name("value")
        is_reference = head is not None and head.type.startswith("reference")
        return list(walk(value)) if is_reference and value is not None else []
    if node.type == "binary_expression" and any(text(child) == ">>" for child in node.children):
        return [node.child_by_field_name("right")]
    if node.type == "call_expression" and called_name(node) not in _READING:
        called, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        owner = called.child_by_field_name("argument") if called is not None else None
        return [owner, *(given.named_children if given is not None and called_name(node) not in _PURE else [])]
    return []


def _root_of(place: Node | None) -> Node | None:
    """The name that is assigned to, also behind brackets or as a part of it by name: `p` in `(p).x`; not elements."""
    while place is not None and place.type in ("field_expression", "parenthesized_expression"):
        inner = place.child_by_field_name("argument")
        place = inner if inner is not None else (place.named_children[0] if place.named_children else None)
    return place
