"""Rewrites of one loop: each yields variants in which OpenMP shares the loop's iterations out.

To add one, write a function `(Loop, Context) -> Iterator[Variant]` and put it into `REWRITES`, ahead of
what it usually beats. It may be liberal: the judge checks values, races and time.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from tree_sitter import Node

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.append import appended_in_blocks
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.dependences import Conflict
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.extremes import located_by_index, located_extreme, located_in_nest
from agentpar.proposers.rewrite.geometric import outer_or_blocks, powers_by_block
from agentpar.proposers.rewrite.records import all_members
from agentpar.proposers.rewrite.reorder import interchanged
from agentpar.proposers.rewrite.scan import blocked_scan, inscan
from agentpar.proposers.rewrite.scratch import private_scratch
from agentpar.proposers.rewrite.sharing import shared_out, sharing_clauses
from agentpar.proposers.rewrite.sites import Loop
from agentpar.proposers.rewrite.tiling import tiled
from agentpar.proposers.rewrite.wavefront import wavefront

Rewrite = Callable[[Loop, Context], Iterator[Variant]]


def parallel_for(loop: Loop, context: Context) -> Iterator[Variant]:
    """`parallel for` where nothing but scalars is shared."""
    if context.dependences(loop).is_clean:
        yield shared_out(loop, context)


def array_reduction(loop: Loop, context: Context) -> Iterator[Variant]:
    """A private copy of each accumulated array per thread, made and merged by OpenMP."""
    found = context.dependences(loop)
    if found.carried or not found.conflicts:
        return
    parts = [_reduced(conflict, loop, context) for conflict in found.conflicts]
    if any(part is None for part in parts):
        return
    whole = [part for part in parts if part is not None]
    directive = Directive(
        loop,
        clauses=(*sharing_clauses(found, loop), *(part.clauses[0] for part in whole)),
        setup=(*(line for part in whole for line in part.setup), *_unless_empty(whole)),
        edits=tuple(edit for part in whole for edit in part.edits),
    )
    yield Variant("parallel-for+array-reduction", f"array-reduction@{loop.line}", (directive,))


def _unless_empty(parts: list[Directive]) -> tuple[str, ...]:
    """A line that skips the loop where an array to be reduced has no elements."""
    lengths = re.findall(r"\[:(\w*[a-z]\w*)\]", " ".join(part.clauses[0] for part in parts))  # no macros
    checks = " && ".join(f"{length} > 0" for length in dict.fromkeys(lengths))
    return (f"if ({checks})  // GCC's reductions crash on empty arrays",) if checks else ()


def member_reductions(loop: Loop, context: Context) -> Iterator[Variant]:
    """Scalars in place of a struct's members, each with a reduction of its own."""
    found = context.dependences(loop)
    for directive in all_members(loop, context) if not found.carried else ():
        whole = replace(directive, clauses=(*sharing_clauses(found, loop), *directive.clauses))
        yield Variant("parallel-for+reduction", f"members@{loop.line}", (whole,))


def _reduced(conflict: Conflict, loop: Loop, context: Context) -> Directive | None:
    """The clause, set-up line and renames with which one array is reduced."""
    sign, name = conflict.operator, conflict.name
    subscripted = all(use.indices for use in conflict.uses)
    storage = context.storage(name, loop)
    if not sign:
        return None
    if storage.kind == "array" and subscripted:
        return Directive(loop, clauses=(f"reduction({sign}:{name})",))
    if storage.kind == "pointer" and all(use.node.type == "pointer_expression" for use in conflict.uses):
        return Directive(loop, clauses=(f"reduction({sign}:{name}[:1])",))
    if storage.kind == "pointer" and subscripted:
        length = _length_of(conflict, loop, context)
        return Directive(loop, clauses=(f"reduction({sign}:{name}[:{length}])",)) if length else None
    flat = all(len(use.indices) == 1 for use in conflict.uses)
    if storage.kind != "vector" or not flat or not _stands_in_block(loop.node):
        return None
    data, size = context.fresh(f"{name}_data"), context.fresh(f"{name}_size")
    return Directive(
        loop,
        clauses=(f"reduction({sign}:{data}[:{size}])",),
        setup=(f"auto* {data} = {name}.data();", f"const auto {size} = {name}.size();"),
        edits=_renames(conflict, data),
    )


def _renames(conflict: Conflict, name: str) -> tuple[Edit, ...]:
    roots = [use.root for use in conflict.uses if use.root is not None and use.indices]
    return tuple(Edit(root.start_byte, root.end_byte, name) for root in roots)


def _length_of(conflict: Conflict, loop: Loop, context: Context) -> str:
    """A pointer's length: what its indices are reduced to, else the integer parameter that is not the loop's bound."""
    spelled = {" ".join(map(text, use.indices)) for use in conflict.uses}
    known = {_limit(index, loop) for index in spelled}
    if len(known) == 1 and (limit := known.pop()):
        return limit
    bounds = " ".join(found.header.upper for found in loop.nest() if found.header)
    integers = context.integers(loop)
    likely = [name for name in integers if conflict.name.strip("_s") in name]
    other = [name for name in integers if name not in bounds.split()]
    return next(iter([*likely, *other, *integers]), "")


def _limit(index: str, loop: Loop) -> str:
    """What an index stays below by its own form: `v % K`, `v & 255`, a byte; empty where it does not say."""
    masked = re.search(r"&\s*(0[xX][0-9a-fA-F]+|\d+)\)?$", index)
    if masked:
        return str(int(masked[1], 0) + 1)
    modulo = re.search(r"%\s*\(?(\w+)\)?$", index)
    if modulo:
        return modulo[1]
    read = re.fullmatch(r"\*?(\w+)(\[[^\[\]]*\])?", index)
    kind = full_type(loop.function, read[1]) if read else ""
    if kind == "auto" and read:
        kind = full_type(loop.function, read[1].rpartition("_")[0])
    return "256" if re.search(r"\b(unsigned char|uint8_t)\b", kind) else ""


def _stands_in_block(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "compound_statement"


def private_copies(loop: Loop, context: Context) -> Iterator[Variant]:
    """A local vector per thread, added to the shared one at the end.

    OpenMP puts the copies of an array reduction on the thread's stack; this one takes any size.
    """
    found = context.dependences(loop)
    if found.carried or len(found.conflicts) != 1 or not _stands_in_block(loop.node):
        return
    conflict = found.conflicts[0]
    storage = context.storage(conflict.name, loop)
    flat = all(len(use.indices) == 1 for use in conflict.uses)
    if conflict.operator != "+" or storage.kind != "vector" or not storage.element or not flat:
        return
    name, mine, each = conflict.name, context.fresh(f"{conflict.name}_mine"), context.fresh("k")
    layout = context.layout
    step = layout.indent_unit
    schedule = ("schedule(dynamic,16)",) if context.is_uneven(loop) else ()
    worksharing = " ".join(["#pragma omp for nowait", *sharing_clauses(found, loop), *schedule])
    head = (
        "#pragma omp parallel",
        "{",
        f"{step}{storage.type} {mine}{'{}' if 'array' in storage.type else f'({name}.size())'};",
        f"{step}{worksharing}",
    )
    tail = (
        f"{step}#pragma omp critical",
        f"{step}for (decltype({name}.size()) {each} = 0; {each} < {name}.size(); ++{each}) {{",
        f"{step}{step}{name}[{each}] += {mine}[{each}];",
        f"{step}}}",
        "}",
    )
    edits = (layout.wrap(loop.node, head, tail, 1, _renames(conflict, mine)),)
    title = f"parallel for over {loop.variable} at line {loop.line}, private copies of {name}"
    yield Variant("parallel-for+private-copies", f"private-copies@{loop.line}", (), edits, (title,))


def atomics(loop: Loop, context: Context) -> Iterator[Variant]:
    """`omp atomic` before each update of an element that iterations share."""
    found = context.dependences(loop)
    updates = [update for conflict in found.conflicts for update in conflict.updates]
    mended = all(conflict.operator for conflict in found.conflicts)
    if found.carried or not updates or not mended or not all(update.is_plain for update in updates):
        return
    edits = tuple(
        context.layout.insert_lines(update.statement.start_byte, ("#pragma omp atomic",)) for update in updates
    )
    names = ", ".join(dict.fromkeys(text(update.target) for update in updates))
    whole = shared_out(loop, context)
    yield replace(
        whole,
        pattern="parallel-for+atomic",
        family=f"atomic@{loop.line}",
        edits=edits,
        titles=(f"atomic {names}",),
    )


def doubtful(loop: Loop, context: Context) -> Iterator[Variant]:
    """`parallel for` in spite of a suspected dependence: the reading may be wrong, the judge is not."""
    if not context.dependences(loop).is_clean:
        yield replace(shared_out(loop, context), family=f"doubtful@{loop.line}")


REWRITES: tuple[Rewrite, ...] = (
    blocked_scan,
    inscan,
    located_extreme,
    located_by_index,
    located_in_nest,
    appended_in_blocks,
    wavefront,
    powers_by_block,
    interchanged,
    parallel_for,
    outer_or_blocks,
    tiled,
    private_scratch,
    member_reductions,
    array_reduction,
    private_copies,
    atomics,
)
