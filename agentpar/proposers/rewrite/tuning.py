"""Tunings: changes to the directives a variant has already, such as a schedule, a collapse or a threshold.

Each is a function `(Variant, Context) -> Iterator[Variant]`, most promising first.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from agentpar.languages.source import walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.reorder import only_child
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop

Tuning = Callable[[Variant, Context], Iterator[Variant]]

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.size\(\))?")


def _everywhere(
    variant: Variant, change: Callable[[Directive], Directive | None], pattern: str = ""
) -> Iterator[Variant]:
    """The variant with a change made to every directive that takes it; nothing where none does."""
    changed = [change(directive) for directive in variant.directives]
    if not any(changed):
        return
    directives = tuple(new if new is not None else old for new, old in zip(changed, variant.directives, strict=True))
    parts = dict.fromkeys([*variant.pattern.split("+"), *([pattern] if pattern else [])])
    yield replace(variant, directives=directives, pattern="+".join(parts))


def _sharing_only(variant: Variant) -> Variant:
    return replace(variant, directives=tuple(filter(is_sharing, variant.directives)))


def is_sharing(directive: Directive) -> bool:
    """Whether a directive shares iterations among threads."""
    return directive.construct.startswith(("parallel for", "for"))


def schedules(variant: Variant, context: Context) -> Iterator[Variant]:
    """Other schedules: single iterations first where these are heavy and differ in cost."""
    uneven = any(is_sharing(d) and context.is_uneven(d.loop) for d in variant.directives)
    heavy = any(context.weight(directive.loop) > 2 for directive in variant.directives)
    fine = ("dynamic", "dynamic,16") if heavy else ("dynamic,16", "dynamic,128")
    kinds = (*fine, "guided", "static,1") if uneven else ("dynamic,16", "guided")
    for kind in kinds:

        def scheduled(directive: Directive, kind: str = kind) -> Directive | None:
            fits = is_sharing(directive) and directive.schedule != kind
            fits = fits and (not uneven or context.is_uneven(directive.loop))
            return replace(directive, schedule=kind) if fits else None

        yield from _everywhere(variant, scheduled)


def collapses(variant: Variant, context: Context) -> Iterator[Variant]:
    """`collapse` over as many loops as are perfectly nested and rectangular, two of them or more."""
    variant = _sharing_only(variant)  # no simd may stand between collapsed loops
    depths = [_collapsible(d.loop, context) for d in variant.directives]
    for depth in range(2, max(depths, default=1) + 1):

        def collapsed(directive: Directive, depth: int = depth) -> Directive | None:
            fits = _collapsible(directive.loop, context) >= depth
            return replace(directive, collapse=depth) if fits else None

        if not variant.edits:
            yield from _everywhere(variant, collapsed, "collapse")


def _collapsible(loop: Loop, context: Context) -> int:
    """How many loops, from this one inward, are perfectly nested, wait for nothing, and have bounds that stay."""
    outer, counters, mended = loop, [loop.variable], context.dependences(loop)
    while (inner := only_child(outer)) is not None and inner.is_shareable and inner.header is not None:
        bounds = f"{inner.header.lower} {inner.header.upper}"
        if any(re.search(rf"\b{re.escape(counter)}\b", bounds) for counter in counters):
            break
        found = context.dependences(inner)
        meets = {conflict.name for conflict in found.conflicts} - {conflict.name for conflict in mended.conflicts}
        if meets or set(found.carried) - set(mended.carried):
            break
        counters.append(inner.variable)
        outer = inner
    return len(counters)


def simds(variant: Variant, context: Context) -> Iterator[Variant]:
    """`simd` on the innermost loops that have plain bodies and sum nothing up."""
    yield from _vectorised(variant, context, with_sums=False)


def simd_reductions(variant: Variant, context: Context) -> Iterator[Variant]:
    """`simd` on sums too, which at -O2 often makes them slower."""
    yield from _vectorised(variant, context, with_sums=True)


def _vectorised(variant: Variant, context: Context, *, with_sums: bool) -> Iterator[Variant]:
    found: list[Directive] = []
    for directive in _sharing_only(variant).directives:
        if not is_sharing(directive) or variant.edits or directive.edits:
            return
        loop = directive.loop
        if not loop.children and _vectorises(loop, context, with_sums=with_sums):
            found.append(replace(directive, construct="parallel for simd"))
            continue
        found.append(directive)
        for inner in loop.nest() if directive.collapse == 1 else ():
            if inner is not loop and _vectorises(inner, context, with_sums=with_sums):
                clauses = sharing_clauses(context.dependences(inner), inner)
                found.append(Directive(inner, "simd", clauses))
    if tuple(found) != variant.directives:
        parts = dict.fromkeys([*variant.pattern.split("+"), "simd"])
        yield replace(variant, directives=tuple(found), pattern="+".join(parts))


def _vectorises(loop: Loop, context: Context, *, with_sums: bool) -> bool:
    """Whether a loop is innermost, has no branches, and is likely to gain from vectors."""
    shared = context.dependences(loop)
    kinds = {node.type for node in walk(loop.body)}
    branches = {"if_statement", "while_statement", "do_statement", "switch_statement", "lambda_expression"}
    return (
        loop.header is not None
        and loop.is_shareable
        and "begin()" not in loop.header.lower
        and not loop.header.is_range  # gcc takes objects under `parallel for`, not under `simd`
        and not loop.children
        and not kinds & branches
        and shared.is_clean
        and not shared.last_private
        and (with_sums or not shared.reductions)
        and not context.calls_into(loop)
    )


def thresholds(variant: Variant, context: Context) -> Iterator[Variant]:
    """Stay serial below a trip count at which threads do not pay."""

    def guarded(directive: Directive) -> Directive | None:
        header = directive.loop.header
        if header is None or directive.condition or not directive.construct.startswith("parallel for"):
            return None
        fits = header.lower in {"0", "1"} and _NAME.fullmatch(header.upper)
        small = 64 if directive.loop.height > 1 else 2000
        return replace(directive, condition=f"{header.upper} > {small}") if fits else None

    yield from _everywhere(variant, guarded)


def tunings(variant: Variant, context: Context) -> tuple[Tuning, ...]:
    """All tunings, the likely gain first.

    Equal iterations are shared out well already, while a sum waits for each of its terms unless it is taken in vectors;
    unequal ones are often short sums, for which vectors do not pay.
    """
    uneven = any(is_sharing(d) and context.is_uneven(d.loop) for d in variant.directives)
    last = (schedules, simd_reductions) if uneven else (simd_reductions, schedules)
    return (simds, collapses, *last, thresholds)
