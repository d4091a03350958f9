"""Short loops over the coordinates of one object, `for (k = 0; k < 3; ++k) box.low[k] = min(…)`, written out.

So each coordinate is a number of its own, which the loop around sums up or takes the extreme of.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, ancestors, text, walk
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import (
    FOR_LOOPS,
    LOOPS,
    Header,
    Loop,
    assigned_names,
    declarations,
    loops_of,
    operator,
    read_header,
)
from agentpar.proposers.rewrite.updates import updates_in

Step = tuple[tuple[Edit, ...], str]
MOST_ROUNDS = 4
"""Of three coordinates or four; a longer text nobody would write."""
_LEAVES = frozenset({"break_statement", "continue_statement", "return_statement", "goto_statement"})


def unrolled(function: Node, context: Context) -> Iterator[Step]:
    """The short loops in which a loop around them updates arrays that are members of what it shares."""
    for top in loops_of(function):
        for loop in top.nest():
            for inner in walk(loop.body) if loop.is_shareable else ():
                header = read_header(inner) if inner.type in FOR_LOOPS else None
                if header is None or not (header.declared or _only_counts(header.variable, function)):
                    continue
                if (
                    _is_short(inner, header)
                    and _may_be_numbers(inner, header, function)
                    and _updates_members(inner, header, top)
                ):
                    yield (_written_out(inner, header, context),), f"write out the rounds of {header.variable}"


def _only_counts(variable: str, function: Node) -> bool:
    """Whether all that a variable of the function is for is to count loops that set it first."""
    for use in identifiers(function, variable):
        outer = list(ancestors(use))
        heads = (read_header(each) for each in outer if each.type in FOR_LOOPS)
        is_declared = use.parent is not None and use.parent.type == "declaration"
        if not is_declared and not any(head is not None and head.variable == variable for head in heads):
            return False
    return True


def _is_short(inner: Node, header: Header) -> bool:
    """Whether the head tells a few rounds in numbers, and the body holds nothing that is said once only."""
    body = inner.child_by_field_name("body")
    told = header.lower.isdecimal() and header.upper.isdecimal() and header.relation == "<" and header.step == "1"
    if body is None or not told or not 0 < len(_rounds(header)) <= MOST_ROUNDS:
        return False
    if header.variable in {name for name, _ in assigned_names(body)} | {name for name, _, _ in declarations(body)}:
        return False
    return not any(node.type in LOOPS | _LEAVES | {"preproc_call", "comment"} for node in walk(body))


def _may_be_numbers(inner: Node, header: Header, function: Node) -> bool:
    """Whether `0` or `1` in a counter's place means the same: if it is no `int`, `k - 1` and `k / 2` may be others."""
    body = inner.child_by_field_name("body") or inner
    is_int = full_type(inner if header.declared else function, header.variable) == "int"
    return is_int or all(map(_is_index, identifiers(body, header.variable)))


def _is_index(use: Node) -> bool:
    """Whether a name is added to the index of an element, and no more."""
    for outer in ancestors(use):
        if outer.type != "parenthesized_expression" and operator(outer) not in {"+", "-", "*"}:
            return outer.type == "subscript_argument_list"
    return False


def _rounds(header: Header) -> range:
    return range(int(header.lower), int(header.upper))


def _updates_members(inner: Node, header: Header, loop: Loop) -> bool:
    own = {name for name, _, _ in declarations(loop.node)}
    element = re.compile(rf"(\w+)(\.|->)\w+(\.\w+)*\[{re.escape(header.variable)}\]")
    found = (element.fullmatch(text(update.target)) for update in updates_in(inner))
    return any(each is not None and each[1] not in own for each in found)


def _written_out(inner: Node, header: Header, context: Context) -> Edit:
    """The statements of all rounds, one after the other."""
    body, layout = inner.child_by_field_name("body"), context.layout
    statements = statements_of(body) if body is not None else []
    lines: list[str] = []
    for number in _rounds(header):
        mine: list[str] = []
        for each in statements:
            uses = identifiers(each, header.variable)
            mine += layout.lines_of(each, tuple(Edit(use.start_byte, use.end_byte, str(number)) for use in uses))
        declares = any(each.type == "declaration" for each in statements)
        lines += ["{", *(layout.indent_unit + line for line in mine), "}"] if declares else mine
    if inner.parent is None or inner.parent.type != "compound_statement":
        lines = ["{", *(layout.indent_unit + line for line in lines), "}"]
    return Edit(inner.start_byte, inner.end_byte, (layout.newline + layout.indent_at(inner.start_byte)).join(lines))
