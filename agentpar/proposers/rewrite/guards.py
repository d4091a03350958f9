"""Extremes behind a guard, `if (count <= best) continue; best = count; where = n;`, as `if (count > best) { … }`.

Only of whole numbers: of real ones that are no numbers each comparison is false, and the two would differ.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import LOOPS, operator
from agentpar.proposers.rewrite.updates import compared

Step = tuple[tuple[Edit, ...], str]
_OPPOSITE = {"<=": ">", ">=": "<", "<": ">=", ">": "<="}
_WHOLE = re.compile(
    r"(const )?((unsigned|signed|long|short) )*(int|long|short|char|unsigned)|(std::)?(size_t|u?int\d+_t)"
)


def guarded_extremes(function: Node, context: Context) -> Iterator[Step]:
    """What follows the guard in a loop's body, put under the opposite condition."""
    for loop in walk(function):
        body = loop.child_by_field_name("body") if loop.type in LOOPS else None
        statements = statements_of(body) if body is not None and body.type == "compound_statement" else []
        for position, statement in enumerate(statements[:-1]):
            opposite = _opposite(statement, statements[position + 1 :], function)
            if not opposite:
                continue
            last, layout = statements[-1], context.layout
            indent = layout.indent_at(statement.start_byte)
            start = statements[position + 1].start_byte
            rest = layout.source[start : last.end_byte].decode().split(layout.newline)
            lines = [rest[0], *(line.removeprefix(indent) for line in rest[1:])]
            inner = layout.newline + indent
            block = inner.join(["{", *(layout.indent_unit + line for line in lines), "}"])
            yield (Edit(statement.start_byte, last.end_byte, f"if ({opposite}) {block}"),), "turn a guard round"


def others_for_the_rest(function: Node, context: Context) -> Iterator[Step]:
    """`if (…) { …; continue; }` as an `if` whose `else` is the rest of the loop's body."""
    for loop in walk(function):
        body = loop.child_by_field_name("body") if loop.type in LOOPS else None
        statements = statements_of(body) if body is not None and body.type == "compound_statement" else []
        for statement, after in pairwise(statements):
            taken, layout = statement.child_by_field_name("consequence"), context.layout
            inner = statements_of(taken) if taken is not None else []
            others = [n for n in walk(statement) if n.type == "continue_statement"]
            skips = bool(inner) and inner[-1].type == "continue_statement" and len(others) == 1
            if statement.type != "if_statement" or statement.child_by_field_name("alternative") or not skips:
                continue
            opening = f" else {{{layout.newline}{layout.indent_at(after.start_byte)}"
            yield (
                (
                    Edit(inner[-1].start_byte, inner[-1].end_byte, ";" if taken in inner or len(inner) == 1 else ""),
                    Edit(statement.end_byte, after.start_byte, opening),
                    Edit(statements[-1].end_byte, statements[-1].end_byte, " }"),
                ),
                "put the rest under an else",
            )


def _opposite(statement: Node, rest: list[Node], function: Node) -> str:
    """The condition under which the rest of a loop's body sets an extreme; empty where a statement is no such guard."""
    condition, taken = statement.child_by_field_name("condition"), statement.child_by_field_name("consequence")
    if statement.type != "if_statement" or condition is None or taken is None:
        return ""
    test = compared(condition)
    left, right, sign = test.child_by_field_name("left"), test.child_by_field_name("right"), operator(test)
    skips = [each.type for each in statements_of(taken)] == ["continue_statement"]
    if not skips or statement.child_by_field_name("alternative") or left is None or right is None:
        return ""
    if sign not in _OPPOSITE or any(node.type == "continue_statement" for each in rest for node in walk(each)):
        return ""
    sides = [text(left), text(right)]
    if not all(_WHOLE.fullmatch(full_type(function, side)) for side in sides):
        return ""
    sets = {tuple(text(each).rstrip(";").split(" = ")) for each in rest}
    is_set = (sides[0], sides[1]) in sets or (sides[1], sides[0]) in sets
    return f"{sides[0]} {_OPPOSITE[sign]} {sides[1]}" if is_set else ""
