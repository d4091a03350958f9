"""Recursion in one expression, `return n < 2 ? n : f(n - 1) + f(n - 2);`, as two statements: its calls are certain."""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.sites import function_name

Step = tuple[tuple[Edit, ...], str]


def parted_returns(function: Node, context: Context) -> Iterator[Step]:
    """A returned choice, one side of which calls the function itself several times."""
    name, layout = function_name(function), context.layout
    for statement in walk(function):
        if statement.type != "return_statement" or len(statement.named_children) != 1:
            continue
        value = statement.named_children[0]
        parts = [value.child_by_field_name(part) for part in ("condition", "consequence", "alternative")]
        condition, one, other = parts
        in_block = statement.parent is not None and statement.parent.type == "compound_statement"
        if value.type != "conditional_expression" or not in_block or not condition or not one or not other:
            continue
        if max(_calls(one, name), _calls(other, name)) < 2:
            continue
        first = f"if ({_bare(condition)}) return {text(one)};"
        gap = layout.newline + layout.indent_at(statement.start_byte)
        alone = layout.source[: statement.start_byte].rsplit(b"\n", 1)[-1].strip() == b""
        whole = f"{first}{gap if alone else ' '}return {text(other)};"
        yield (Edit(statement.start_byte, statement.end_byte, whole),), f"part what {name} returns"


def _calls(node: Node, name: str) -> int:
    return sum(found.type == "call_expression" and called_name(found) == name for found in walk(node))


def _bare(condition: Node) -> str:
    return text(condition)[1:-1] if condition.type == "parenthesized_expression" else text(condition)
