"""Sums that are rounded to whole numbers at every step, `count += 0.5 * x`: their order tells what they come to."""

import re

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.changes import definitions_of, lambdas_of
from agentpar.proposers.rewrite.sites import declarations, operator
from agentpar.proposers.rewrite.updates import Update

_WHOLE = re.compile(r"\b(int|long|short|char|unsigned|size_t|ptrdiff_t|u?int\d+_t)\b")
_REAL = re.compile(r"\b(float|double)\b")
_REAL_FUNCTIONS = frozenset(
    {"sqrt", "cbrt", "hypot", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "fabs", "fmod", "fmax"}
    | {"fmin", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "erf", "tgamma", "lgamma"}
)
_AS_GIVEN = frozenset({"abs", "max", "min", "clamp", "fma", "norm"})
"""Functions whose result is real where what they are given is."""
_PLACES = frozenset({"identifier", "subscript_expression", "pointer_expression", "field_expression"})
_MOST_DEFINITIONS = 3


def rounds(target: Node, value: Node, function: Node) -> bool:
    """Whether a place for whole numbers is given one that need not be whole."""
    declared, source = _declared(_root(target), function)
    if declared == "auto" and source is not None and text(source).isdigit():
        declared = "int"
    kind = unaliased(member_kind(target, function) or declared, _file(function))
    return bool(_WHOLE.search(kind)) and not _REAL.search(kind) and is_real(value, function)


def is_real(node: Node, function: Node, levels: int = _MOST_DEFINITIONS) -> bool:
    """Whether an expression is of a floating-point type, as far as literals and the function's declarations tell."""
    if node.type == "number_literal":
        return (
            re.fullmatch(r"[\d']*\.?[\d']*([eE][-+]?\d+)?[fFlL]?", text(node)) is not None and not text(node).isdigit()
        )
    if node.type in _PLACES:
        kind = unaliased(member_kind(node, function), _file(function))
        return _REAL.search(kind) is not None if kind else _is_declared_real(_root(node), function, levels)
    if node.type == "binary_expression" and operator(node) not in {"+", "-", "*", "/"}:
        return False
    if node.type == "cast_expression":
        return _REAL.search(_spelled_type(node)) is not None
    if node.type == "call_expression":
        return _gives_real(node, function)
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


def _gives_real(call: Node, function: Node) -> bool:
    """Whether a call, or a macro of the file, is known to give a floating-point number."""
    called, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    is_cast = called is not None and re.match(r"static_cast\s*<|double|float|(std::)?(max|min)\s*<", text(called))
    if is_cast and _REAL.search(text(called or call)):
        return True
    macro = re.search(rf"#\s*define\s+{re.escape(called_name(call))}\(.*?\)(.*)", _file(function))
    if macro is not None or called_name(call) in _AS_GIVEN:
        given = arguments.named_children if arguments is not None else []
        told = macro is not None and re.search(r"\d\.|\.\d|\b(double|float)\b", macro[1]) is not None
        return told or any(is_real(each, function) for each in given)
    values = (node for each in lambdas_of(call) for node in walk(each) if node.type == "return_statement")
    is_own = any(_REAL.search(_spelled_type(each)) for each in definitions_of(call))
    by_lambda = any(is_real(value, function) for each in values for value in each.named_children)
    return is_own or by_lambda or called_name(call) in _REAL_FUNCTIONS


def unaliased(kind: str, source: str) -> str:
    """What a type is, where the source gave it a name of its own: `using Matrix = std::vector<Row>`."""
    name = re.escape(kind)
    told = rf"\busing\s+{name}\s*=\s*([^;]+);|\btypedef\s+([^;{{}}]+?)\s+{name}\s*;"
    found = re.search(told, source) if kind.isidentifier() else None
    return (found[1] or found[2]).strip() if found else kind


def _file(node: Node) -> str:
    return text(next((each for each in ancestors(node) if each.parent is None), node))


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
    return _REAL.search(unaliased(kind, _file(function))) is not None


def _spelled_type(node: Node) -> str:
    found = node.child_by_field_name("type")
    return text(found) if found is not None else ""


def rounds_at_each_step(update: Update, function: Node) -> bool:
    """Whether an update adds to a whole number what need not be whole, or to a truth, which stays at one."""
    if update.operator == "+" and _declared(_root(update.target), function)[0] == "bool":
        return True
    value = next((node.child_by_field_name("right") for node in update.statement.named_children), None)
    return update.operator in {"+", "*"} and value is not None and rounds(update.target, value, function)
