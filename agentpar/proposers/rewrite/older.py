"""Elements that later iterations write over, `v[i] = f(v[i], v[i + 1])`: they are read from a copy made before."""

import re
from collections.abc import Iterator
from dataclasses import replace

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import Place, array_places, identifiers, written_places
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations

_WAYS = {("1", "<"): "+", ("-1", ">"): "-"}
"""By a counter's step and relation, the sign of what is further on."""


def from_a_copy(loop: Loop, context: Context) -> Iterator[Variant]:
    """`parallel for` with a copy of each vector of which elements further on are read, and none further back."""
    found, header = context.dependences(loop), loop.header
    if header is None or (header.step, header.relation[:1]) not in _WAYS or loop.children:
        return
    if not found.carried or found.conflicts or not all(_looks_ahead(loop, name, context) for name in found.carried):
        return
    copies = {name: context.fresh(f"{name}_before") for name in found.carried}
    edits = [
        Edit(place.root.start_byte, place.root.end_byte, copies[name])
        for name in copies
        for place in array_places(loop.node, name)[1]
        if place.root is not None and _offset(place, loop)
    ]
    clauses = sharing_clauses(replace(found, carried=()), loop)
    kinds = {name: re.sub(r"\bconst\b\s*", "", context.storage(name, loop).type) for name in copies}
    head = (
        *(f"const {kinds[name]} {copy}({name});" for name, copy in copies.items()),
        " ".join(["#pragma omp parallel for", *clauses]),
    )
    whole = context.layout.wrap(loop.node, head, (), 0, tuple(edits))
    title = f"parallel for over {loop.variable} at line {loop.line}, from a copy of {', '.join(copies)}"
    yield Variant("parallel-for+copy", f"copy@{loop.line}", (), (whole,), (title,))


def _looks_ahead(loop: Loop, name: str, context: Context) -> bool:
    """Whether each iteration writes its own element of a vector, and reads that one or some further on."""
    written, used = array_places(loop.node, name)
    offsets = [_offset(place, loop) for place in used]
    is_vector = context.storage(name, loop).kind == "vector"
    bare = len(identifiers(loop.body, name)) != len(used)
    own = written and all(_offset(place, loop) == 0 for place in written)
    return is_vector and bool(own) and not bare and all(offset is not None and offset >= 0 for offset in offsets)


def _offset(place: Place, loop: Loop) -> int | None:
    """0 where the only subscript is the counter, 1 where that is further on, -1 further back; None if it is neither.

    How far, `w - weight[item]`, must not vary in the loop; it is taken to be more than nothing.
    """
    spelled = re.sub(r"\s+", "", text(place.indices[0])) if len(place.indices) == 1 else ""
    found = re.fullmatch(rf"{re.escape(loop.variable)}(?:([+-])([\w.\[\]]+))?", spelled)
    if found is None or loop.header is None:
        return None
    varying = {name for name, _ in assigned_names(loop.node)} | {name for name, _, _ in declarations(loop.node)}
    written = {written.name for written in written_places(loop.body)}
    if (varying | written) & set(re.findall(r"[A-Za-z_]\w*", found[2] or "")):
        return None
    ahead = _WAYS.get((loop.header.step, loop.header.relation[:1]))
    return 0 if not found[1] else 1 if found[1] == ahead else -1
