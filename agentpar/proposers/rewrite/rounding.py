"""Sums that are rounded to whole numbers at every step, `count += 0.5 * x`: their order tells what they come to."""

import re

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.changes import definitions_of
from agentpar.proposers.rewrite.sites import declarations, operator
from agentpar.proposers.rewrite.updates import Update

_WHOLE = re.compile(r"\b(int|long|short|char|unsigned|size_t|ptrdiff_t|u?int\d+_t)\b")
_REAL = re.compile(r"\b(float|double)\b")
_REAL_FUNCTIONS = frozenset(
    {"sqrt", "cbrt", "hypot", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "fabs", "fmod", "fmax"}
    | {"fmin", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "erf", "tgamma", "lgamma"}
)
_PLACES = frozenset({"identifier", "subscript_expression", "pointer_expression", "field_expression"})
_MOST_DEFINITIONS = 3


def rounds(target: Node, value: Node, function: Node) -> bool:
    """Whether a place for whole numbers is given one that need not be whole."""
    kind = member_kind(target, function) or _declared(_root(target), function)[0]
    return bool(_WHOLE.search(kind)) and not _REAL.search(kind) and is_real(value, function)


def is_real(node: Node, function: Node, levels: int = _MOST_DEFINITIONS) -> bool:
    """Whether an expression is of a floating-point type, as far as literals and the function's declarations tell."""
    if node.type == "number_literal":
        return (
            re.fullmatch(r"[\d']*\.?[\d']*([eE][-+]?\d+)?[fFlL]?", text(node)) is not None and not text(node).isdigit()
        )
    if node.type in _PLACES:
        kind = member_kind(node, function)
        return _REAL.search(kind) is not None if kind else _is_declared_real(_root(node), function, levels)
    if node.type == "binary_expression" and operator(node) not in {"+", "-", "*", "/"}:
        return False
    if node.type == "cast_expression":
        return _REAL.search(_spelled_type(node)) is not None
    if node.type == "call_expression":
        return _gives_real(node)
    return any(is_real(each, function, levels) for each in operands(node))


def operands(node: Node) -> list[Node]:
    """The parts of an expression whose types make its own."""
    parts = {
        "binary_expression": ("left", "right"),
        "conditional_expression": ("consequence", "alternative"),
        "unary_expression": ("argument",),
    }.get(node.type, ())
    inner = [found for part in parts if (found := node.child_by_field_name(part)) is not None]
    return inner + (node.named_children[:1] if node.type == "parenthesized_expression" else [])


def _gives_real(call: Node) -> bool:
    """Whether a call is known to return a floating-point number."""
    called = call.child_by_field_name("function")
    is_cast = called is not None and text(called).startswith(("static_cast<", "double", "float"))
    is_own = any(_REAL.search(_spelled_type(each)) for each in definitions_of(call))
    is_real_cast = is_cast and _REAL.search(text(called or call)) is not None
    return is_own or is_real_cast or called_name(call) in _REAL_FUNCTIONS


def member_kind(place: Node, function: Node) -> str:
    """The types of members by the name that a place ends with, `p[i].w` or `h.bins[k]`, in the structs of the file."""
    node: Node | None = place
    while node is not None and node.type == "subscript_expression":
        node = node.child_by_field_name("argument")
    member = node.child_by_field_name("field") if node is not None and node.type == "field_expression" else None
    root = next((each for each in ancestors(function) if each.parent is None), None) if member is not None else None
    return " ".join(
        _spelled_type(field)
        for field in (walk(root) if root is not None else ())
        if field.type == "field_declaration"
        for declarator in field.children_by_field_name("declarator")
        if member is not None and re.match(rf"\W*{re.escape(text(member))}\b", text(declarator))
    )


def _root(place: Node) -> str:
    """The name that a place starts from: `bins` of `bins[k[i]]`."""
    return next((text(node) for node in walk(place) if node.type == "identifier"), "")


def _declared(name: str, function: Node) -> tuple[str, Node | None]:
    """The type of a name by its first declaration, and what it gets there or stands for in a range-`for`."""
    for found, declaration, declarator in declarations(function):
        if found == name:
            source = declaration.child_by_field_name("right") or declarator.child_by_field_name("value")
            return _spelled_type(declaration), source
    return "", None


def _is_declared_real(name: str, function: Node, levels: int) -> bool:
    kind, source = _declared(name, function)
    if kind == "auto" and source is not None:
        return levels > 0 and is_real(source, function, levels - 1)
    return _REAL.search(kind) is not None


def _spelled_type(node: Node) -> str:
    found = node.child_by_field_name("type")
    return text(found) if found is not None else ""


def rounds_at_each_step(update: Update, function: Node) -> bool:
    """Whether an update adds to a whole number what need not be whole."""
    value = next((node.child_by_field_name("right") for node in update.statement.named_children), None)
    return update.operator in {"+", "*"} and value is not None and rounds(update.target, value, function)
