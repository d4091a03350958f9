"""Rewrites of one loop: each yields variants in which OpenMP shares the loop's iterations out.

To add one, write a function `(Loop, Context) -> Iterator[Variant]` and put it into `REWRITES`, ahead of
what it usually beats. It may be liberal: the judge checks values, races and time.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from tree_sitter import Node

from agentpar.languages.source import Edit, OverlapError, text
from agentpar.proposers.rewrite.append import appended_in_blocks
from agentpar.proposers.rewrite.array_reductions import accumulated
from agentpar.proposers.rewrite.best_few import best_few
from agentpar.proposers.rewrite.blocks import puts_together
from agentpar.proposers.rewrite.branches import arms_around
from agentpar.proposers.rewrite.chosen import chosen_place
from agentpar.proposers.rewrite.claims import claimed
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.dependences import is_read_after
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.extremes import located_by_index, located_extreme, located_in_nest, located_record
from agentpar.proposers.rewrite.firsts import first_kept, last_kept
from agentpar.proposers.rewrite.geometric import outer_or_blocks, powers_by_block
from agentpar.proposers.rewrite.heap_arrays import heap_scratch
from agentpar.proposers.rewrite.maps import summed_by_key
from agentpar.proposers.rewrite.object_copies import copied_objects
from agentpar.proposers.rewrite.older import from_a_copy
from agentpar.proposers.rewrite.pivots import parted_at_pivot
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.records import all_members, is_built_in
from agentpar.proposers.rewrite.reorder import interchanged
from agentpar.proposers.rewrite.runs import whole_runs
from agentpar.proposers.rewrite.scan import blocked_scan
from agentpar.proposers.rewrite.scatter import scattered
from agentpar.proposers.rewrite.scratch import private_scratch
from agentpar.proposers.rewrite.sharing import shared_out, sharing_clauses
from agentpar.proposers.rewrite.sites import LOOPS, Loop
from agentpar.proposers.rewrite.tiling import tiled
from agentpar.proposers.rewrite.wavefront import wavefront

Rewrite = Callable[[Loop, Context], Iterator[Variant]]


def parallel_for(loop: Loop, context: Context) -> Iterator[Variant]:
    """`parallel for` where nothing but scalars is shared, also by calls."""
    if context.dependences(loop).is_clean and not any((*private_scratch(loop, context), *heap_scratch(loop, context))):
        yield shared_out(loop, context)


def member_reductions(loop: Loop, context: Context) -> Iterator[Variant]:
    """Scalars in place of a struct's members, each with a reduction of its own."""
    found = context.dependences(loop)
    for directive in all_members(loop, context) if not found.carried else ():
        whole = replace(directive, clauses=(*sharing_clauses(found, loop), *directive.clauses))
        yield Variant("parallel-for+reduction", f"members@{loop.line}", (whole,))


def atomics(loop: Loop, context: Context) -> Iterator[Variant]:
    """`omp atomic` before each update of an element that iterations share."""
    found = context.dependences(loop)
    updates = [update for conflict in found.conflicts for update in conflict.updates]
    mended = all(conflict.operator for conflict in found.conflicts)
    if found.carried or not updates or not mended or not all(update.is_plain for update in updates):
        return
    elements = [context.storage(conflict.name, loop).element for conflict in found.conflicts]
    if any(kind and not is_built_in(kind) for kind in elements) and not all(
        update.target.type == "field_expression" for update in updates
    ):
        return  # atomic updates are of numbers
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
    """`parallel for` in spite of a suspected dependence: the reading may be wrong, the judge is not.

    Not where a branch stands before it, which drawn values may never take, or where it is out of sight.
    """
    found = context.dependences(loop)
    names = {*found.carried, *(conflict.name for conflict in found.conflicts)}
    seen = [identifiers(loop.body, name) for name in names]
    always = all(uses and not any(map(partial(_is_left_out, loop), uses)) for uses in seen)
    if names and always and not puts_together(loop):
        yield replace(shared_out(loop, context), family=f"doubtful@{loop.line}")


def _is_left_out(loop: Loop, use: Node) -> bool:
    return any(branch.type not in LOOPS for branch, _ in arms_around(use, loop.body))


REWRITES: tuple[Rewrite, ...] = (
    blocked_scan,
    located_extreme,
    located_by_index,
    chosen_place,
    located_in_nest,
    located_record,
    best_few,
    first_kept,
    last_kept,
    claimed,
    appended_in_blocks,
    whole_runs,
    scattered,
    wavefront,
    powers_by_block,
    parted_at_pivot,
    interchanged,
    private_scratch,
    heap_scratch,
    parallel_for,
    outer_or_blocks,
    tiled,
    from_a_copy,
    summed_by_key,
    member_reductions,
    copied_objects,
    accumulated,
    atomics,
)


def rewritten(loop: Loop, context: Context) -> Iterator[Variant]:
    """All rewrites of a loop, in order; none whose changes overlap, as where statements share a line."""
    kept = _counter_after(loop, context)
    if kept is None:
        return
    for rewrite in REWRITES:
        try:
            yield from (replace(variant, edits=(*variant.edits, *kept)) for variant in rewrite(loop, context))
        except OverlapError:
            continue


def _counter_after(loop: Loop, context: Context) -> tuple[Edit, ...] | None:
    """What leaves a counter that was declared before the loop, and is read after it, as it was; None if nothing does.

    Threads have counters of their own.
    """
    header = loop.header
    if header is None or header.declared or not is_read_after(loop):
        return ()
    is_told = header.step == "1" and header.relation == "<" and loop.stands_in_block
    if not is_told or re.search(rf"\b{re.escape(loop.variable)}\b", f"{header.lower} {header.upper}"):
        return None
    line = f"{loop.variable} = {header.lower} < {header.upper} ? {header.upper} : {header.lower};"
    return (context.layout.line_after(loop.node, line),)
