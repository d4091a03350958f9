"""Tiles for nests that go through one array along its rows and through another across them."""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import in_brackets
from agentpar.proposers.rewrite.reorder import bounds_of, head_range, jumps, mentions, only_child
from agentpar.proposers.rewrite.sites import Loop

_EDGES = (32, 64)


def tiled(loop: Loop, context: Context) -> Iterator[Variant]:
    """Square tiles of a perfect nest of two loops, shared out together."""
    inner = only_child(loop)
    if inner is None or inner.children or mentions(bounds_of(inner), loop.variable):
        return
    if not _counts_up(loop) or not _counts_up(inner):
        return
    both = [context.dependences(each) for each in (loop, inner)]
    clean = all(found.is_clean and not found.reductions and not found.last_private for found in both)
    if not clean or both[0].private or not all(jumps(inner.body, each.variable) for each in (loop, inner)):
        return
    for edge in _EDGES:
        title = f"tiles of {edge} x {edge} over {loop.variable} and {inner.variable} at line {loop.line}"
        yield Variant("tiling", f"tiling@{loop.line}", (), (_tiles(loop, inner, edge, context),), (title,))


def _counts_up(loop: Loop) -> bool:
    header = loop.header
    plain = header is not None and header.step == "1" and header.relation in {"<", "<="}
    return plain and loop.is_shareable


def _tiles(loop: Loop, inner: Loop, edge: int, context: Context) -> Edit:
    layout, step = context.layout, context.layout.indent_unit
    head, edits = ["#pragma omp parallel for collapse(2)"], []
    for level, each in enumerate((loop, inner)):
        header = each.header
        assert header is not None
        tile = context.fresh(f"{each.variable}_tile")
        start = f"{_kind(each)} {tile} = {header.lower}"
        head.append(f"{step * level}for ({start}; {tile} {header.relation} {header.upper}; {tile} += {edge})")
        upper = in_brackets(header.upper) + (" + 1" if header.relation == "<=" else "")
        stop = f"({tile} + {edge} < {upper} ? {tile} + {edge} : {upper})"
        inside = f"({_kind(each)} {each.variable} = {tile}; {each.variable} < {stop}; ++{each.variable})"
        edits.append(Edit(*head_range(each), inside))
    return layout.wrap(loop.node, tuple(head), (), 2, tuple(edits))


def _kind(loop: Loop) -> str:
    initializer: Node | None = loop.node.child_by_field_name("initializer")
    spelled = initializer.child_by_field_name("type") if initializer is not None else None
    return text(spelled) if spelled is not None else name_the_type(loop.function, loop.variable)
