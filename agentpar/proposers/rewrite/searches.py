"""Searches that stop at their first hit: chunk after chunk, each shared out, with the least hit as a reduction."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.blocks import counts_up
from agentpar.proposers.rewrite.changes import changed_by_calls
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.dependences import is_read_after
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import in_brackets
from agentpar.proposers.rewrite.leaving import leaves_traces
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import head_range, statements_of
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations, may_throw

_CHUNK = 4096
_LEAVES = frozenset({"return_statement", "break_statement"})


def first_hit(loop: Loop, context: Context) -> Iterator[Variant]:
    """A loop that ends with `if (…) return i;` or `if (…) { …; break; }`, and does some work in each round."""
    header, statements = loop.header, statements_of(loop.body)
    if header is None or header.is_range or not counts_up(loop) or not set(loop.obstacles) <= {"return", "break"}:
        return
    hit = statements[-1] if statements else None
    taken = hit.child_by_field_name("consequence") if hit is not None and hit.type == "if_statement" else None
    if hit is None or taken is None or hit.child_by_field_name("alternative") is not None or not works(loop):
        return
    actions = statements_of(taken)
    if not actions or actions[-1].type not in _LEAVES or _count(loop.node, _LEAVES) != 1 or _writes(loop, hit):
        return
    if leaves_traces(loop, [taken], context.dependences(loop), context):
        return
    locals_used = {name for name, _, _ in declarations(loop.body)} & {
        text(node) for action in actions for node in walk(action) if node.type == "identifier"
    }
    carried = {name for name, call in changed_by_calls(loop.body, loop.function) if call.end_byte <= taken.start_byte}
    asked = any(True for _ in assigned_names(hit.child_by_field_name("condition") or hit))
    if locals_used or asked or carried - {name for name, _, _ in declarations(loop.body)} or may_throw(loop.body):
        return
    edit = _in_chunks(loop, taken, actions, context)
    title = f"chunks of {_CHUNK} over {loop.variable} at line {loop.line} until one holds a hit"
    yield Variant("chunked-search", f"search@{loop.line}", (), (edit,), (title,))


def works(loop: Loop) -> bool:
    """Whether a round costs more than a look at an element."""
    return bool(loop.children) or any(node.type == "call_expression" for node in walk(loop.body))


def _count(node: Node, types: frozenset[str]) -> int:
    return sum(found.type in types for found in walk(node))


def _writes(loop: Loop, hit: Node) -> bool:
    """Whether rounds without a hit leave a trace."""
    own = {name for name, _, _ in declarations(loop.body)}
    condition = hit.child_by_field_name("condition")
    before = [*(node for node in statements_of(loop.body) if node.id != hit.id), *([condition] if condition else [])]
    plain = any(name not in own for node in before for name, _ in assigned_names(node))
    stores = any(
        (left := node.child_by_field_name("left")) is not None and left.type != "identifier"
        for outer in before
        for node in walk(outer)
        if node.type == "assignment_expression"
    )
    return plain or stores


def _in_chunks(loop: Loop, taken: Node, actions: list[Node], context: Context) -> Edit:
    header, layout = loop.header, context.layout
    assert header is not None
    step = layout.indent_unit
    initializer = loop.node.child_by_field_name("initializer")
    spelled = initializer.child_by_field_name("type") if initializer is not None else None
    kind = text(spelled) if spelled is not None else name_the_type(loop.function, loop.variable)
    end, hit, start, stop = (context.fresh(name) for name in ("end", "hit", "start", "stop"))
    upper = in_brackets(header.upper) + (" + 1" if header.relation == "<=" else "")
    head = (
        f"const {kind} {end} = {upper};",
        f"{kind} {hit} = {end};",
        f"for ({kind} {start} = {header.lower}; {start} < {end} && {hit} == {end}; {start} += {_CHUNK}) {{",
        f"{step}const {kind} {stop} = {end} - {start} > {_CHUNK} ? {start} + {_CHUNK} : {end};",
        f"{step}#pragma omp parallel for reduction(min:{hit})",
    )
    last = actions[-1]
    counter = _counter_after(loop, end, hit)
    after = [re.sub(r"\s*\n\s*", " ", _told(node, loop, hit)) for node in actions[:-1]]
    after += [_told(last, loop, hit)] if last.type == "return_statement" else []
    closing = (
        [f"if ({hit} != {end}) {{", *(step + line for line in after), "}"]
        if len(after) > 1
        else [f"if ({hit} != {end}) {line}" for line in after]
    )
    tail = ("}", *counter, *closing)
    kept = f"{hit} = {loop.variable} < {hit} ? {loop.variable} : {hit};"
    edits = (
        Edit(*head_range(loop), f"({kind} {loop.variable} = {start}; {loop.variable} < {stop}; ++{loop.variable})"),
        Edit(taken.start_byte, taken.end_byte, kept),
    )
    return layout.wrap(loop.node, head, tail, 1, edits)


def _counter_after(loop: Loop, end: str, hit: str) -> list[str]:
    """What a counter that was declared before the loop is left with, if it is read after it."""
    header = loop.header
    if header is None or header.declared or not is_read_after(loop):
        return []
    return [f"{loop.variable} = {header.lower} < {end} ? {hit} : {header.lower};"]


def _told(node: Node, loop: Loop, hit: str) -> str:
    """A statement with the place of the hit for the counter."""
    spelled, start = text(node), node.start_byte
    for use in reversed(identifiers(node, loop.variable)):
        where = slice(use.start_byte - start, use.end_byte - start)
        spelled = spelled[: where.start] + hit + spelled[where.stop :]
    return spelled
