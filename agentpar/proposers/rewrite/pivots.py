"""Loops over rows of which one is read by all others, as row `k` in a step of Floyd and Warshall's algorithm.

The rounds before that row's own do not wait for each other, and neither do those after it: in three parts, the middle
one a single round, nothing is read that another thread writes, and all is as in the serial code.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from agentpar.languages.source import Edit, ancestors, text, walk
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import Place, array_places, written_places
from agentpar.proposers.rewrite.sharing import shared_out
from agentpar.proposers.rewrite.sites import (
    FOR_LOOPS,
    Header,
    Loop,
    assigned_names,
    declarations,
    operator,
    read_header,
)


def parted_at_pivot(loop: Loop, context: Context) -> Iterator[Variant]:
    """`parallel for` over the rounds before, and over those after, the round whose elements the others read."""
    header = loop.header
    if header is None or header.is_range or header.step != "1" or header.relation not in {"<", "<="}:
        return
    pivot = _pivot(loop) if context.dependences(loop).is_clean else ""
    if not pivot or not _runs_likewise(pivot, header, loop) or _is_left_out(pivot, loop):
        return
    start, condition = loop.node.child_by_field_name("initializer"), loop.node.child_by_field_name("condition")
    if start is None or condition is None:
        return
    whole, kind = shared_out(loop, context), name_the_type(loop.function, loop.variable)
    cuts, part = context.fresh(f"{loop.variable}_cuts"), context.fresh("part")
    last = header.upper if header.relation == "<" else f"{header.upper} + 1"
    begin = f"{kind} {loop.variable} = {cuts}[{part}];" if header.declared else f"{loop.variable} = {cuts}[{part}];"
    end = start.end_byte if text(start).endswith(";") else start.end_byte + 1  # the semicolon is part of a declaration
    directive = whole.directives[0]
    setup: tuple[str, ...] = (
        f"const {kind} {cuts}[] = {{{header.lower}, {pivot}, {pivot} + 1, {last}}};",
        f"for (int {part} = 0; {part} < 3; ++{part}) {{  // the others read what round {pivot} writes",
    )
    ends = ["}"]
    if not loop.stands_in_block:
        setup, ends = ("{", *setup), ["}", "}"]
    edits = (
        context.layout.line_after(loop.node, *ends),
        Edit(start.start_byte, end, begin),
        Edit(condition.start_byte, condition.end_byte, f"{loop.variable} < {cuts}[{part} + 1]"),
    )
    parted = whole.with_directive(0, setup=(*directive.setup, *setup), edits=(*directive.edits, *edits))
    title = f"{loop.variable} in three parts around {pivot}"
    yield replace(parted, pattern=f"{whole.pattern}+pivot", family=f"pivot@{loop.line}", titles=(title,))


def _pivot(loop: Loop) -> str:
    """The name that stands for the counter where other rows are read than a round writes; empty unless it is one."""
    fixed = {name for name, _ in assigned_names(loop.node)} | {name for name, _, _ in declarations(loop.node)}
    found = set()
    for name in {place.name for place in written_places(loop.body) if place.indices}:
        written, used = array_places(loop.node, name)
        rows = {_spelled(place) for place in written}
        mine = rf"\b{re.escape(loop.variable)}\b"
        if name in fixed or not all(re.search(mine, row) for row in rows):
            continue
        for place in used:
            spelled = _spelled(place)
            if re.search(mine, spelled):
                continue
            names = {
                other
                for other in set(re.findall(r"[A-Za-z_]\w*", spelled)) - fixed
                if spelled in {re.sub(mine, other, row) for row in rows}
            }
            if len(names) != 1:
                return ""
            found |= names
    return found.pop() if len(found) == 1 else ""


def _spelled(place: Place) -> str:
    return "][".join(re.sub(r"\s+", "", text(index)) for index in place.indices)


def _runs_likewise(pivot: str, header: Header, loop: Loop) -> bool:
    """Whether the pivot counts a loop further out between the same bounds, so that its round is one of the loop's."""
    for outer in ancestors(loop.node):
        if outer.start_byte <= loop.function.start_byte:
            return False
        around = read_header(outer) if outer.type in FOR_LOOPS else None
        if around is not None and around.variable == pivot:
            same = (around.lower, around.relation, around.upper) == (header.lower, header.relation, header.upper)
            body = outer.child_by_field_name("body")
            names = set(re.findall(r"[A-Za-z_]\w*", f"{pivot} {header.lower} {header.upper}"))
            return same and body is not None and not names & {name for name, _ in assigned_names(body)}
    return False


def _is_left_out(pivot: str, loop: Loop) -> bool:
    """Whether the body tells the pivot's round apart itself, `if (i == k) continue;`."""
    for node in walk(loop.body):
        if node.type == "binary_expression" and operator(node) in {"==", "!="}:
            sides = node.child_by_field_name("left"), node.child_by_field_name("right")
            if {text(side) for side in sides if side is not None} == {pivot, loop.variable}:
                return True
    return False
