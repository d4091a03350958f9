"""Which parts of a loop's body a round may leave out."""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import ancestors
from agentpar.proposers.rewrite.sites import LOOPS, operator

_CHOICES = frozenset({"if_statement", "conditional_expression", "switch_statement"})
_LAZY = frozenset({"&&", "||"})


def arms_around(node: Node, region: Node) -> Iterator[tuple[Node, Node]]:
    """What in a region may leave a node out, innermost first, each with the part of it that the node stands in.

    So may branches, cases, the right side of `&&`, what is tried, the bodies of loops and those of lambdas.
    """
    inner, case = node, None
    for outer in ancestors(node):
        if outer.start_byte < region.start_byte or outer.end_byte > region.end_byte:
            return
        if outer.type == "case_statement":
            case = outer
        if _may_leave_out(outer, inner):
            yield outer, (case or inner) if outer.type == "switch_statement" else inner
        inner = outer


def _may_leave_out(outer: Node, inner: Node) -> bool:
    if outer.type in _CHOICES:
        return outer.child_by_field_name("condition") != inner
    if outer.type == "binary_expression" and operator(outer) in _LAZY:
        return outer.child_by_field_name("left") != inner
    if outer.type in LOOPS:
        return outer.type != "do_statement" and outer.child_by_field_name("initializer") != inner
    return outer.type in {"try_statement", "catch_clause", "lambda_expression"}
