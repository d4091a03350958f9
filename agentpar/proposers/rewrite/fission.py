"""Loops of which only a part waits for the iteration before: that part gets a loop of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import Edit, walk
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.induction import count_before, trip_count
from agentpar.proposers.rewrite.loops import rewritten
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import head_range, statements_of
from agentpar.proposers.rewrite.sites import (
    FOR_LOOPS,
    LOOPS,
    Loop,
    ancestor,
    assigned_names,
    declarations,
    function_name,
    loops_of,
)

Step = tuple[tuple[Edit, ...], str]


@dataclass(frozen=True)
class _Cut:
    """Where to cut: statements before `position` on one side; `handed` are the scalars that cross, with their types."""

    position: int
    handed: tuple[tuple[str, str], ...]


def split_in_two(function: Node, context: Context) -> Iterator[Step]:
    """One part with what is carried, one with heavy work that is not; scalars that cross go through arrays."""
    for top in loops_of(function):
        for loop in _waiting(top, context) if not is_called_in_a_loop(function) else ():
            header = loop.header
            if header is None or header.is_range or not loop.is_shareable or "std::" not in _source(context):
                continue
            if loop.body.type != "compound_statement" or not loop.stands_in_block or not trip_count(header):
                continue
            if context.dependences(loop).carried:
                cut = _cut(loop, context)
                if cut is not None:
                    yield _split(loop, cut, context), f"split the loop over {loop.variable} in two"


def _waiting(loop: Loop, context: Context) -> Iterator[Loop]:
    """The loops that no rewrite shares out, outside of those that one does."""
    if loop.is_shareable and any(True for _ in rewritten(loop, context)):
        return
    yield loop
    for child in loop.children:
        yield from _waiting(child, context)


def is_called_in_a_loop(function: Node) -> bool:
    """Whether calls of the function are shared out themselves, as far as one can see from here."""
    root, name = ancestor(function, frozenset({"translation_unit"})), function_name(function)
    calls = (node for node in walk(root) if node.type == "call_expression") if root is not None else ()
    return any(called_name(call) == name and ancestor(call, LOOPS) is not None for call in calls)


def _source(context: Context) -> str:
    return context.layout.source.decode()


def _cut(loop: Loop, context: Context) -> _Cut | None:
    statements, carried = statements_of(loop.body), set(context.dependences(loop).carried)
    touching = [number for number, node in enumerate(statements) if _uses(node, carried)]
    writing = [number for number, node in enumerate(statements) if _writes(node, carried)]
    if not writing or "continue_statement" in {node.type for node in walk(loop.body)}:
        return None
    if any(found.type in FOR_LOOPS for number in writing for found in walk(statements[number])):
        return None  # it is rather for the loops inside to be shared out
    for position, heavy in ((touching[0], statements[: touching[0]]), (writing[-1] + 1, statements[writing[-1] + 1 :])):
        if 0 < position < len(statements) and any(_is_heavy(node) for node in heavy):
            handed = _handed(loop, statements, position, carried)
            if handed is not None:
                return _Cut(position, handed)
    return None


def _uses(node: Node, names: set[str]) -> bool:
    return any(identifiers(node, name) for name in names)


def _writes(node: Node, names: set[str]) -> bool:
    """Whether a statement may change one of the names, or elements of them."""
    if any(name in names for name, _ in assigned_names(node)):
        return True
    for found in walk(node):
        left = found.child_by_field_name("left") if found.type == "assignment_expression" else None
        if left is not None and left.type != "identifier" and _uses(left, names):
            return True
        if found.type == "call_expression" and _uses(found, names):
            return True
    return False


def _is_heavy(node: Node) -> bool:
    return any(found.type in FOR_LOOPS | {"call_expression"} for found in walk(node))


def _handed(loop: Loop, statements: list[Node], position: int, carried: set[str]) -> tuple[tuple[str, str], ...] | None:
    """The scalars that the first part makes and the second reads; None where one has no plain type."""
    before, after = statements[:position], statements[position:]
    made = {name for node in before for name, _, _ in declarations(node)}
    made |= {name for node in before for name, _ in assigned_names(node)}
    names = [name for name in sorted(made) if any(identifiers(node, name) for node in after)]
    kinds = [full_type(loop.function, name).removeprefix("const ") for name in names]
    written_again = any(name in names for node in after for name, _ in assigned_names(node))
    plain = all("*" not in kind and kind not in {"auto", "bool"} for kind in kinds)
    return tuple(zip(names, kinds, strict=True)) if plain and not written_again else None


def _split(loop: Loop, cut: _Cut, context: Context) -> tuple[Edit, ...]:
    layout, header = context.layout, loop.header
    assert header is not None
    newline, unit = layout.newline, layout.indent_unit
    indent = layout.indent_at(loop.node.start_byte)
    statements = statements_of(loop.body)
    where = count_before(header)
    arrays = {name: context.fresh(f"{name}_all") for name, _ in cut.handed}
    total = trip_count(header)
    setup = tuple(f"std::vector<{kind}> {arrays[name]}({total});" for name, kind in cut.handed)
    kept = [f"{arrays[name]}[{where}] = {name};" for name, _ in cut.handed]
    given = [f"const {kind} {name} = {arrays[name]}[{where}];" for name, kind in cut.handed]
    head = layout.source[slice(*head_range(loop))].decode()
    lines = [*kept, f"{newline}{indent}}}{newline}{indent}for {head} {{", *given]
    between = "".join(f"{newline}{indent}{unit}{line}" if not line.startswith(newline) else line for line in lines)
    edits = [Edit(statements[cut.position - 1].end_byte, statements[cut.position - 1].end_byte, between)]
    if setup:
        edits.append(layout.insert_lines(loop.node.start_byte, setup))
    return tuple(edits)
