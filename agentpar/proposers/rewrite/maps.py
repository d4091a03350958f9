"""Sums by key, `total[key] += x` in a `std::map`: a map for each thread, added up at the end.

Maps that are not ordered are left out: in which order they are walked later tells how they were filled.
"""

import re
from collections.abc import Iterator

from agentpar.languages.source import Edit
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.dependences import Conflict
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.records import is_built_in
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop

_ORDERED = re.compile(r"(?:std\s*::\s*)?map\s*<(?P<inside>.*)>\s*", re.DOTALL)


def summed_by_key(loop: Loop, context: Context) -> Iterator[Variant]:
    """Maps of each thread's own for all that a loop adds to by key."""
    found = context.dependences(loop)
    names = {conflict.name for conflict in found.conflicts}
    if not names or set(found.carried) != names or not loop.stands_in_block or found.last_private:
        return
    if not all(_is_summed(conflict, loop, context) for conflict in found.conflicts):
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


def _is_summed(conflict: Conflict, loop: Loop, context: Context) -> bool:
    """Whether a loop does nothing with an ordered map of numbers but add to its elements."""
    spelled = _ORDERED.fullmatch(context.storage(conflict.name, loop).type)
    if spelled is None or conflict.operator != "+":
        return False
    uses = identifiers(loop.body, conflict.name)
    return is_built_in(spelled["inside"].rpartition(",")[2].strip()) and len(uses) == len(
        {use.root.id for use in conflict.uses if use.root is not None and use.indices}
    )
