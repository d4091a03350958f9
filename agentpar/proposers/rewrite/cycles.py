"""Counters that begin again, `if (++column == 16) column = 0;` and `k = (k + 1) % n;`, told from the loop's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.induction import (
    WHOLE,
    count_before,
    in_brackets,
    is_steady,
    is_wanted_later,
    trip_count,
)
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import (
    LOOPS,
    Loop,
    ancestor,
    assigned_names,
    declarations,
    loops_of,
    operator,
    read_step,
)

Step = tuple[tuple[Edit, ...], str]


@dataclass(frozen=True)
class _Cycle:
    """After how many rounds a counter begins again, at which statement, and the changes that take it away.

    `least` is 1 where it begins again in each round if the length is less than that, as with `>=`.
    In them `{here}` stands for what the counter is in a round.
    """

    length: Node
    least: int
    statement: Node
    edits: tuple[Edit, ...]


def counters_that_begin_again(function: Node, context: Context) -> Iterator[Step]:
    """`const int column_k = k % 16;` in each round, for counters that begin at 0."""
    for top in loops_of(function):
        for loop in top.nest():
            if not loop.is_shareable or loop.header is None or loop.header.is_range:
                continue
            for name in context.dependences(loop).carried:
                cycle = _cycle(loop, name, context)
                if cycle is not None and _begins_at_zero(loop, name):
                    yield from _told(loop, name, cycle, context)


def _cycle(loop: Loop, name: str, context: Context) -> _Cycle | None:
    """How a counter begins again, at a statement of the loop's body behind which nothing reads it."""
    if not name.isidentifier() or not WHOLE.fullmatch(full_type(loop.function, name)):
        return None
    for statement in statements_of(loop.body):
        if identifiers(statement, name) and any(written == name for written, _ in assigned_names(statement)):
            found = _modulo(statement, name, context) or _reset(statement, name, context)
            skips = any(node.type == "continue_statement" for node in _before(statement, loop))
            last = (
                all(use.start_byte < found.statement.end_byte for use in identifiers(loop.body, name)) if found else 0
            )
            return found if found is not None and last and not skips and is_steady(found.length, loop) else None
    return None


def _before(statement: Node, loop: Loop) -> Iterator[Node]:
    """All nodes of a body before a statement."""
    stack = [each for each in statements_of(loop.body) if each.start_byte < statement.start_byte]
    while stack:
        node = stack.pop()
        yield node
        stack += node.children


def _modulo(statement: Node, name: str, context: Context) -> _Cycle | None:
    """`k = (k + 1) % n;` and `k = k + 1 == n ? 0 : k + 1;`."""
    change = statement.named_children[0] if statement.type == "expression_statement" else None
    value = change.child_by_field_name("right") if change is not None else None
    if change is None or value is None or operator(change) != "=" or text(change.named_children[0]) != name:
        return None
    length = None
    if value.type == "binary_expression" and operator(value) == "%":
        left = value.child_by_field_name("left")
        if left is not None and _compact(left).strip("()") in {f"{name}+1", f"1+{name}"}:
            length = value.child_by_field_name("right")
    if value.type == "conditional_expression":
        asked, then, other = (value.child_by_field_name(f) for f in ("condition", "consequence", "alternative"))
        if asked is not None and then is not None and other is not None:
            found = _compared(asked)
            told = found is not None and _compact(found[0]).strip("()") in {f"{name}+1", f"1+{name}"}
            if found is not None and told and text(then) == "0" and _compact(other).strip("()") == f"{name}+1":
                length = found[1]
    return _Cycle(length, 0, statement, (context.layout.removal(statement),)) if length is not None else None


def _reset(statement: Node, name: str, context: Context) -> _Cycle | None:
    """`if (++k == n) { …; k = 0; }`, and `++k; if (k == n) k = 0;`."""
    edits: list[Edit] = []
    asks = statement
    if statement.type == "expression_statement":
        following = statement.next_named_sibling
        if read_step(statement.named_children[0], name) != "1" or following is None:
            return None
        asks = following
        edits.append(context.layout.removal(statement))
    condition = asks.child_by_field_name("condition") if asks.type == "if_statement" else None
    found = _compared(condition) if condition is not None else None
    if found is None:
        return None
    counted, length = found
    least = int(">=" in text(condition)) if condition is not None else 0
    spelled = {name} if edits else {f"++{name}"}
    resets = [node for written, node in assigned_names(asks) if written == name and node.parent is not None]
    resets = [node for node in resets if operator(node.parent or node) == "="]
    reset = resets[0].parent if len(resets) == 1 else None
    whole = reset.parent if reset is not None else None
    taken = asks.child_by_field_name("consequence")
    if _compact(counted) not in spelled or whole is None or taken is None or len(identifiers(asks, name)) != 2:
        return None
    at_top = whole.id == taken.id or (whole.parent is not None and whole.parent.id == taken.id)
    if not at_top or reset is None or text(reset.child_by_field_name("right") or reset) != "0":
        return None
    if any(text(node) in {"continue;", "break;"} for node in statements_of(taken)):
        return None
    edits.append(Edit(counted.start_byte, counted.end_byte, "{here} + 1"))
    removed = Edit(whole.start_byte, whole.end_byte, ";") if whole.id == taken.id else context.layout.removal(whole)
    return _Cycle(length, least, asks, (*edits, removed))


def _compared(condition: Node) -> tuple[Node, Node] | None:
    """The two sides of `k == n` or `k >= n`."""
    while condition.type in {"condition_clause", "parenthesized_expression"} and condition.named_child_count == 1:
        condition = condition.named_children[0]
    left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
    fits = condition.type == "binary_expression" and operator(condition) in {"==", ">="}
    return (left, right) if fits and left is not None and right is not None else None


def _compact(node: Node) -> str:
    return re.sub(r"\s+", "", text(node))


def _begins_at_zero(loop: Loop, name: str) -> bool:
    """Whether a counter is 0 before the loop, since its declaration says so and nothing else sets it."""
    found = [each for each in declarations(loop.function) if each[0] == name]
    value = found[0][2].child_by_field_name("value") if len(found) == 1 else None
    if value is None or text(value) != "0":
        return False
    set_before = [
        node
        for other, node in assigned_names(loop.function)
        if other == name and node.start_byte < loop.node.start_byte
    ]
    around, declared = ancestor(loop.node, LOOPS), ancestor(found[0][1], LOOPS)
    same = (around.id if around is not None else 0) == (declared.id if declared is not None else 0)
    return not set_before and same


def _told(loop: Loop, name: str, cycle: _Cycle, context: Context) -> Iterator[Step]:
    assert loop.header is not None
    here = context.fresh(f"{name}_{loop.variable}")
    kind, length = full_type(loop.function, name), in_brackets(text(cycle.length))
    edits = [Edit(edit.start, edit.end, edit.new.format(here=here)) for edit in cycle.edits]
    uses = [use for use in identifiers(loop.body, name) if use.start_byte < cycle.statement.start_byte]
    uses = [use for use in uses if not any(edit.start <= use.start_byte < edit.end for edit in edits)]
    edits += [Edit(use.start_byte, use.end_byte, here) for use in uses]
    first = f"const {kind} {here} = {_remainder(count_before(loop.header), length, cycle)};"
    edits += context.layout.into_body(loop.body, (first,))
    if is_wanted_later(loop, name):
        total = trip_count(loop.header)
        if not total or not loop.stands_in_block:
            return
        edits.insert(0, context.layout.line_after(loop.node, f"{name} = {_remainder(total, length, cycle)};"))
    yield tuple(edits), f"{name} from {loop.variable}"


def _remainder(count: str, length: str, cycle: _Cycle) -> str:
    """The rest of so many rounds; of a length that is never come to, all of them, and of one that always is, none."""
    if length.isdecimal() and int(length) > 0:
        return f"{count} % {length}"
    return f"{length} > 0 ? {count} % {length} : {'0' if cycle.least else count}"
