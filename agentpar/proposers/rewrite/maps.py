"""Sums by key, `total[key] += x` in a map: a map for each thread, added up at the end.

In which order a `std::unordered_map` is walked later tells how it was filled. So threads take contiguous rounds, keep
their keys in the order in which they met them, and add these up one after the other: new keys come as they came.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.dependences import Dependences
from agentpar.proposers.rewrite.directives import Layout, Variant
from agentpar.proposers.rewrite.places import identifiers, place_of
from agentpar.proposers.rewrite.records import is_built_in
from agentpar.proposers.rewrite.shared_arrays import Conflict
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop

_MAP = re.compile(r"(?:std\s*::\s*)?(?P<hashed>unordered_)?map\s*<(?P<inside>.*)>\s*", re.DOTALL)
_CHANGES = frozenset({"update_expression", "assignment_expression"})


def summed_by_key(loop: Loop, context: Context) -> Iterator[Variant]:
    """Maps of each thread's own for all that a loop adds to by key."""
    found = context.dependences(loop)
    names = {conflict.name for conflict in found.conflicts}
    if not names or set(found.carried) != names or not loop.stands_in_block or found.last_private:
        return
    if not all(_is_summed(conflict, loop, context) for conflict in found.conflicts):
        return
    if any(_is_hashed(name, loop, context) for name in names):
        yield from _in_order(loop, context, found)
        return
    step, each = context.layout.indent_unit, context.fresh("each")
    mine = {name: context.fresh(f"{name}_mine") for name in sorted(names)}
    head = (
        "#pragma omp parallel",
        "{",
        *(f"{step}{context.storage(name, loop).type} {own};" for name, own in mine.items()),
        step + " ".join(["#pragma omp for nowait", *sharing_clauses(found, loop)]),
    )
    merges = [f"for (const auto& {each} : {own}) {name}[{each}.first] += {each}.second;" for name, own in mine.items()]
    if len(merges) > 1:
        merges = ["{", *(step + line for line in merges), "}"]
    tail = (f"{step}#pragma omp critical", *(step + line for line in merges), "}")
    edits = [
        Edit(use.start_byte, use.end_byte, own) for name, own in mine.items() for use in identifiers(loop.body, name)
    ]
    whole = context.layout.wrap(loop.node, head, tail, 1, tuple(edits))
    title = f"parallel for over {loop.variable} at line {loop.line}, a map {', '.join(mine)} for each thread"
    yield Variant("parallel-for+private-copies", f"maps@{loop.line}", (), (whole,), (title,))


def _is_hashed(name: str, loop: Loop, context: Context) -> bool:
    spelled = _MAP.fullmatch(context.storage(name, loop).type)
    return spelled is not None and spelled["hashed"] is not None


def _in_order(loop: Loop, context: Context, found: Dependences) -> Iterator[Variant]:
    """A map and a list of its keys for each thread, added up in the order of the threads."""
    layout, step, turn = context.layout, context.layout.indent_unit, context.fresh("turn")
    own: list[str] = []
    merges: list[str] = []
    edits: list[Edit] = []
    key = context.fresh("key")
    for conflict in found.conflicts:
        name, kind = conflict.name, context.storage(conflict.name, loop).type
        mine, keys = context.fresh(f"{name}_mine"), context.fresh(f"{name}_keys")
        spelled = _MAP.fullmatch(kind)
        assert spelled is not None
        own += [f"{kind} {mine};", f"std::vector<{spelled['inside'].rpartition(',')[0].strip()}> {keys};"]
        merges.append(f"for (const auto& {key} : {keys}) {name}[{key}] += {mine}[{key}];")
        edits += [Edit(use.start_byte, use.end_byte, mine) for use in identifiers(loop.body, name)]
        for update in conflict.updates:
            told = place_of(update.target).indices[0]
            if any(node.type in _CHANGES for node in walk(told)) or identifiers(told, name):
                return
            noted = f"if ({mine}.emplace({text(told)}, 0).second) {keys}.push_back({text(told)});"
            edits += _before(update.statement, noted, layout)
    head = (
        "#pragma omp parallel",
        "{",
        *(step + line for line in own),
        step + " ".join(["#pragma omp for schedule(static)", *sharing_clauses(found, loop)]),
    )
    merged = merges if len(merges) == 1 else ["{", *(step + line for line in merges), "}"]
    tail = (
        f"{step}#pragma omp for ordered schedule(static, 1)",
        f"{step}for (int {turn} = 0; {turn} < omp_get_num_threads(); ++{turn}) {{",
        f"{step * 2}#pragma omp ordered",
        *(step * 2 + line for line in merged),
        f"{step}}}",
        "}",
    )
    whole = layout.wrap(loop.node, head, tail, 1, tuple(edits))
    names = ", ".join(sorted(conflict.name for conflict in found.conflicts))
    title = f"parallel for over {loop.variable} at line {loop.line}, a map {names} for each thread, in order"
    brought = (*layout.include("<vector>"), *layout.include("<omp.h>"))
    yield Variant("parallel-for+private-copies", f"maps@{loop.line}", (), (whole, *brought), (title,))


def _before(statement: Node, line: str, layout: Layout) -> tuple[Edit, ...]:
    """A line before a statement, in a block with it where it stands alone."""
    if statement.parent is not None and statement.parent.type == "compound_statement":
        return (layout.insert_lines(statement.start_byte, (line,)),)
    start, end = statement.start_byte, statement.end_byte
    return Edit(start, start, f"{{ {line} "), Edit(end, end, " }")


def _is_summed(conflict: Conflict, loop: Loop, context: Context) -> bool:
    """Whether a loop does nothing with a map of numbers but add to its elements."""
    spelled = _MAP.fullmatch(context.storage(conflict.name, loop).type)
    if spelled is None or conflict.operator != "+":
        return False
    uses = identifiers(loop.body, conflict.name)
    return is_built_in(spelled["inside"].rpartition(",")[2].strip()) and len(uses) == len(
        {use.root.id for use in conflict.uses if use.root is not None and use.indices}
    )
