"""Integers that are only asked about, as in `mode == 2`, `if (is_up)` or `flags & 4`: which ways a function takes."""

from tree_sitter import Node

from agentpar.languages.body import Body
from agentpar.languages.guards import operator
from agentpar.languages.intervals import literal
from agentpar.languages.source import text, walk

_MOST_SPAN = 64
"""Beyond it most of what is drawn would be none of the values that are asked for."""
_CONDITIONS = ("if_statement", "while_statement", "do_statement", "for_statement", "conditional_expression")
_AROUND = ("parenthesized_expression", "condition_clause")


def choices(name: str, body: Body) -> tuple[str, str] | None:
    """The least and the greatest of values that take every way; None where the integer has any other use."""
    asked: set[int] = set()
    for node in walk(body.block):
        if node.type != "identifier" or text(node) != name:
            continue
        values = _asked(node, body)
        if not values:
            return None
        asked |= values
    return (str(min(asked)), str(max(asked))) if asked and max(asked) - min(asked) <= _MOST_SPAN else None


def _asked(node: Node, body: Body) -> set[int]:
    """Values that tell what is asked of an integer here; none where it is not asked about."""
    parent = body.parent(node)
    while parent is not None and parent.type in _AROUND:
        node, parent = parent, body.parent(parent)
    if parent is None:
        return set()
    if parent.type == "binary_expression":
        return _compared(node, parent)
    if parent.type == "switch_statement":
        labels = [n.child_by_field_name("value") for n in walk(parent) if n.type == "case_statement"]
        return {value + above for value in map(_value, labels) if value is not None for above in (0, 1)}
    is_negated = parent.type == "unary_expression" and operator(parent) == "!"
    is_condition = parent.type in _CONDITIONS and parent.child_by_field_name("condition") == node
    return {0, 1} if is_negated or is_condition else set()


def _compared(node: Node, expression: Node) -> set[int]:
    sign = operator(expression)
    if sign in ("&&", "||"):
        return {0, 1}
    left, right = expression.child_by_field_name("left"), expression.child_by_field_name("right")
    value = _value(right if left == node else left)
    if value is None:
        return set()
    if sign == "&" and value > 0:
        return {0, 2 * value - 1}
    if sign in ("==", "!=", "<", "<=", ">", ">="):
        return {value, value + 1} | ({value - 1} if sign[0] in "<>" and value > 0 else set())
    return set()


def _value(node: Node | None) -> int | None:
    low, high = literal(text(node)) if node is not None and node.type == "number_literal" else (0.0, 1.0)
    return int(low) if low == high and low.is_integer() else None
