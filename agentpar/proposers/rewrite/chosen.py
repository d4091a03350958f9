"""The place of the best by more than one comparison: `if (!done[v] && (u < 0 || dist[v] < dist[u])) u = v;`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.extremes import (
    assignments,
    compares_alike,
    key_of,
    place_per_thread,
    sides_of,
    with_name,
)
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import Loop, operator
from agentpar.proposers.rewrite.updates import compared
from agentpar.proposers.rewrite.widths import kinds_in

_REAL = re.compile(r"float|double|\bT\b")


@dataclass(frozen=True)
class _Test:
    """When an element takes the place of the best so far: where there is none yet, or where it comes before it."""

    order: Node
    is_none: Node | None
    guards: tuple[Node, ...]


def chosen_place(loop: Loop, context: Context) -> Iterator[Variant]:
    """The best place per thread, then the best of them; of equals the one that comes first in the loop."""
    found, statements = context.dependences(loop), statements_of(loop.body)
    alone = not found.conflicts and not found.reductions and not found.private and len(found.carried) == 1
    if not alone or not loop.stands_in_block or len(statements) != 1 or statements[0].type != "if_statement":
        return
    best, v, choice = found.carried[0], loop.variable, statements[0]
    sides, condition = assignments(choice.child_by_field_name("consequence")), choice.child_by_field_name("condition")
    counts = loop.header is not None and not loop.header.is_range
    if not counts or condition is None or choice.child_by_field_name("alternative") is not None:
        return
    if len(sides) != 1 or [text(side) for side in sides[0]] != [best, v] or loop.header is None:
        return
    test = _test(compared(condition), best, v)
    if test is None:
        return
    mine, step = context.fresh(f"{best}_mine"), context.layout.indent_unit
    first = ">" if loop.header.step.startswith("-") else "<"
    before, after = _between(test.order, best, v, mine, best), _between(test.order, best, v, best, mine)
    better = f"{before} || (!{after} && {mine} {first} {best})"
    known = ""
    if test.is_none is not None:
        known = f"!({with_name(test.is_none, best, mine)}) && "
        better = f"{text(test.is_none)} || {better}"
    is_begun = test.is_none is not None and not _is_whole(test.order, loop)
    begun = tuple(_begun(test, best, loop, step)) if is_begun else ()
    yield place_per_thread(loop, best, mine, f"{known}({better})", f"chosen@{loop.line}", context, begun)


def _between(order: Node, best: str, v: str, one: str, other: str) -> str:
    """The comparison in parentheses, with `one` in the counter's place and `other` in that of the best so far."""
    uses = [(use, one) for use in identifiers(order, v)] + [(use, other) for use in identifiers(order, best)]
    start = order.start_byte
    edits = [Edit(use.start_byte - start, use.end_byte - start, new) for use, new in uses]
    return f"({apply_edits(text(order), edits)})"


def _begun(test: _Test, best: str, loop: Loop, step: str) -> Iterator[str]:
    """The lines that take the first element that may be taken, as the serial loop does, also where it is no number.

    A thread that began at another one that is no number would stay there: nothing is less.
    """
    start, condition, update = (loop.node.child_by_field_name(k) for k in ("initializer", "condition", "update"))
    if start is None or condition is None or update is None or test.is_none is None:
        return
    guards = [f"({text(each)})" if each.type == "binary_expression" else text(each) for each in test.guards]
    yield f"for ({text(start).rstrip(';')}; {text(test.is_none)} && {text(condition)}; {text(update)})"
    asked = f"if ({' && '.join(guards)}) " if guards else ""
    yield f"{step}{asked}{best} = {loop.variable};"


def _is_whole(order: Node, loop: Loop) -> bool:
    """Whether all that is compared is known to be whole numbers."""
    sides = [side for node in walk(order) for side in sides_of(node) if operator(node) in {"<", ">", "=="}]
    return all(kind and not _REAL.search(kind) for side in sides for kind in kinds_in(side, loop.function))


def _test(node: Node, best: str, v: str) -> _Test | None:
    """Read guards that do not look at the best so far, and one part that compares with it; nothing for all else."""
    told = [part for part in _parts(node, "&&") if identifiers(part, best)]
    if len(told) != 1:
        return None
    ways = _parts(told[0], "||")
    is_none = next((way for way in ways if "".join(text(way).split()) in {f"{best}<0", f"{best}==-1"}), None)
    rest = [way for way in ways if way != is_none]
    joined = told[0] if is_none is None else rest[0] if len(rest) == 1 else None
    guards = tuple(part for part in _parts(node, "&&") if part != told[0])
    return _Test(joined, is_none, guards) if joined is not None and _is_order(joined, best, v) else None


def _is_order(node: Node, best: str, v: str) -> bool:
    """Whether a condition is `x[v] < x[best]`, or that and, of equals, another one."""
    ways = _parts(node, "||")
    if len(ways) == 1:
        return compares_alike(ways[0], best, v, {"<", ">"})
    equal, *further = _parts(ways[1], "&&")
    same = len(ways) == 2 and len(further) == 1 and compares_alike(equal, best, v, {"=="})
    keys = {key_of(side, best, v) for way in (ways[0], equal) for side in sides_of(way)}
    return same and len(keys) == 1 and compares_alike(ways[0], best, v, {"<", ">"}) and _is_order(further[0], best, v)


def _parts(node: Node, sign: str) -> list[Node]:
    """The parts that a sign joins, without parentheses around them."""
    node = compared(node)
    if node.type != "binary_expression" or operator(node) != sign:
        return [node]
    return [part for side in sides_of(node) for part in _parts(side, sign)]
