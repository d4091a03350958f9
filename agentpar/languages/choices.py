"""Integers that are only asked about, as in `mode == 2`, `if (is_up)` or `flags & 4`: which ways a function takes."""

from collections.abc import Mapping

from tree_sitter import Node

from agentpar.languages.body import Body
from agentpar.languages.guards import operator
from agentpar.languages.intervals import literal
from agentpar.languages.source import text, walk

_MOST_SPAN = 64
"""Beyond it most of what is drawn would be none of the values that are asked for."""
_MOST_SHIFT = 31
_CONDITIONS = ("if_statement", "while_statement", "do_statement", "for_statement", "conditional_expression")
_AROUND = ("parenthesized_expression", "condition_clause")


def choices(name: str, body: Body, constants: Mapping[str, int]) -> tuple[str, str] | None:
    """The least and the greatest of values that take every way; None where the integer has any other use, or is
    compared with what is neither a number nor one of the constants.
    """
    asked: set[int] = set()
    for node in walk(body.block):
        if node.type != "identifier" or text(node) != name:
            continue
        values = _asked(node, body, constants)
        if not values:
            return None
        asked |= values
    return (str(min(asked)), str(max(asked))) if asked and max(asked) - min(asked) <= _MOST_SPAN else None


def _asked(node: Node, body: Body, constants: Mapping[str, int]) -> set[int]:
    """Values that tell what is asked of an integer here; none where it is not asked about."""
    parent = body.parent(node)
    while parent is not None and parent.type in _AROUND:
        node, parent = parent, body.parent(parent)
    if parent is None:
        return set()
    if parent.type == "binary_expression":
        return _compared(node, parent, constants)
    if parent.type == "switch_statement":
        cases = [n.child_by_field_name("value") for n in walk(parent) if n.type == "case_statement"]
        labels = {constant_value(label, constants) for label in cases if label is not None}
        known = {value for value in labels if value is not None}
        return {value + above for value in known for above in (0, 1)} if known == labels else set()
    is_negated = parent.type == "unary_expression" and operator(parent) == "!"
    is_condition = parent.type in _CONDITIONS and parent.child_by_field_name("condition") == node
    return {0, 1} if is_negated or is_condition else set()


def _compared(node: Node, expression: Node, constants: Mapping[str, int]) -> set[int]:
    sign = operator(expression)
    if sign in ("&&", "||"):
        return {0, 1}
    left, right = expression.child_by_field_name("left"), expression.child_by_field_name("right")
    value = constant_value(right if left == node else left, constants)
    if value is None:
        return set()
    if sign == "&" and value > 0:
        return {0, 2 * value - 1}
    if sign in ("==", "!=", "<", "<=", ">", ">="):
        return {value, value + 1} | ({value - 1} if sign[0] in "<>" else set())
    return set()


def constant_value(node: Node | None, constants: Mapping[str, int]) -> int | None:
    """The integer that an expression is, where that is written or a constant's; None where that cannot be told."""
    written = text(node) if node is not None else ""
    if node is not None and node.type in ("identifier", "qualified_identifier"):
        return constants.get(written)
    if node is not None and node.type == "char_literal":
        return ord(written[1]) if len(written) == 3 and written.isascii() else None
    if node is not None and node.type == "binary_expression" and operator(node) == "<<":
        left, right = (constant_value(node.child_by_field_name(side), constants) for side in ("left", "right"))
        return left << right if left is not None and right is not None and 0 <= right < _MOST_SHIFT else None
    low, high = literal(written) if node is not None and node.type == "number_literal" else (0.0, 1.0)
    return int(low) if low == high and low.is_integer() else None
