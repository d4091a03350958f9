"""Tables whose cells wait for those above and to the left: blocks along a diagonal do not wait for each other."""

import re
from collections.abc import Iterator
from dataclasses import replace

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.dependences import Place, array_places
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import in_brackets
from agentpar.proposers.rewrite.reorder import bounds_of, head_range, mentions, statements_of
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop

_EDGES = (64, 128, 32)


def wavefront(loop: Loop, context: Context) -> Iterator[Variant]:
    """Blocked diagonals over a loop and the one in it, when both carry the same table."""
    inner = _inner(loop)
    if inner is None or loop.header is None or inner.header is None:
        return
    outer_found, inner_found = context.dependences(loop), context.dependences(inner)
    counters = {loop.variable, inner.variable}
    tables = set(inner_found.carried) & set(outer_found.carried)
    settled = not outer_found.conflicts and set(inner_found.carried) <= tables and set(outer_found.carried) <= tables
    settled = settled and all(array_places(loop.node, table)[0] for table in tables)
    if not tables or not settled or set(outer_found.last_private) - counters or _leans(loop, inner, tables):
        return
    private = tuple(name for name in outer_found.private if name not in counters)
    clauses = sharing_clauses(replace(outer_found, private=private, last_private=()), replace(loop, children=()))
    for edge in _EDGES:
        edit = _diagonals(loop, inner, edge, clauses, context)
        title = (
            f"blocks of {edge} x {edge} along diagonals over {loop.variable} and {inner.variable} at line {loop.line}"
        )
        yield Variant("wavefront", f"wavefront@{loop.line}", (), (edit,), (title,))


def _inner(loop: Loop) -> Loop | None:
    """The loop that ends the body of this one; both count up by one in a rectangle."""
    if len(loop.children) != 1 or statements_of(loop.body)[-1:] != [loop.children[0].node]:
        return None
    inner = loop.children[0]
    in_block = loop.node.parent is not None and loop.node.parent.type != "case_statement"
    straight = all(
        each.is_shareable
        and each.header is not None
        and each.header.step == "1"
        and each.header.relation in {"<", "<="}
        for each in (loop, inner)
    )
    return inner if straight and in_block and not mentions(bounds_of(inner), loop.variable) else None


def _leans(loop: Loop, inner: Loop, tables: set[str]) -> bool:
    """Whether a cell needs one above and to the right, or below and to the left, which may be of its own diagonal."""
    for table in tables:
        written, used = array_places(loop.node, table)
        origins = {_offset(place, loop.variable, inner.variable) for place in written}
        for place in used:
            down, right = _offset(place, loop.variable, inner.variable)
            if any((down - y) * (right - x) < 0 for y, x in origins):
                return True
    return False


def _offset(place: Place, row: str, column: str) -> tuple[int, int]:
    """How far an element lies from the counters' own, as far as its subscripts spell that with numbers."""
    spelled = " ".join(text(index) for index in place.indices)

    def shift(name: str) -> int:
        found = re.search(rf"\b{re.escape(name)}\s*([+-])\s*(\d+)\b(?!\s*\*)", spelled)
        return int(found[1] + found[2]) if found else 0

    return shift(row), shift(column)


def _diagonals(loop: Loop, inner: Loop, edge: int, clauses: tuple[str, ...], context: Context) -> Edit:
    assert loop.header is not None and inner.header is not None
    layout, step = context.layout, context.layout.indent_unit
    i, j = loop.variable, inner.variable
    diagonal, first, last = (context.fresh(name) for name in ("diagonal", "first", "last"))
    rows, columns, block = (context.fresh(name) for name in (f"{i}_blocks", f"{j}_blocks", f"{i}_block"))
    head = (
        *_borders(loop, context),
        f"const int {rows} = ({_extent(loop, context)} + {edge - 1}) / {edge};",
        f"const int {columns} = ({_extent(inner, context)} + {edge - 1}) / {edge};",
        "#pragma omp parallel",
        f"for (int {diagonal} = 0; {diagonal} < {rows} + {columns} - 1; ++{diagonal}) {{",
        f"{step}const int {first} = {diagonal} < {columns} ? 0 : {diagonal} - {columns} + 1;",
        f"{step}const int {last} = {diagonal} < {rows} ? {diagonal} : {rows} - 1;",
        step + " ".join(["#pragma omp for", *clauses]),
        f"{step}for (int {block} = {first}; {block} <= {last}; ++{block}) {{",
        *(step * 2 + line for line in _limits(loop, block, edge, context)),
        *(step * 2 + line for line in _limits(inner, f"({diagonal} - {block})", edge, context)),
    )
    edits = [_block_head(loop, context), _block_head(inner, context)]
    edits += [layout.removal(node) for node in statements_of(loop.body)[:-1]]
    return layout.wrap(loop.node, head, (f"{step}}}", "}"), 2, tuple(edits))


def _borders(loop: Loop, context: Context) -> tuple[str, ...]:
    """What each row does before its columns, in a loop of its own."""
    before = statements_of(loop.body)[:-1]
    if not before:
        return ()
    head = context.layout.source[slice(*head_range(loop))].decode()
    return (f"for {head} {{", *(context.layout.indent_unit + text(node) for node in before), "}")


def _extent(loop: Loop, context: Context) -> str:
    """The trip count as a signed expression; it may be negative where there is nothing to do."""
    header = loop.header
    assert header is not None
    names = re.findall(r"[A-Za-z_]\w*", header.upper)
    plain = all(full_type(loop.function, name).split()[-1] == "int" for name in names)
    upper = in_brackets(header.upper) if plain else context.cast("int", header.upper)
    if header.relation == "<=" and header.lower == "1":
        return upper
    upper += " + 1" if header.relation == "<=" else ""
    return upper if header.lower == "0" else f"{upper} - {in_brackets(header.lower)}"


def _limits(loop: Loop, block: str, edge: int, context: Context) -> tuple[str, ...]:
    assert loop.header is not None
    kind, (start, stop) = _kind(loop), _names(loop, context)
    upper = in_brackets(loop.header.upper) + (" + 1" if loop.header.relation == "<=" else "")
    lower = "" if loop.header.lower == "0" else f"{in_brackets(loop.header.lower)} + "
    return (
        f"const {kind} {start} = {lower}{block} * {edge};",
        f"const {kind} {stop} = {start} + {edge} < {upper} ? {start} + {edge} : {upper};",
    )


def _names(loop: Loop, context: Context) -> tuple[str, str]:
    return context.fresh(f"{loop.variable}_start"), context.fresh(f"{loop.variable}_stop")


def _kind(loop: Loop) -> str:
    initializer = loop.node.child_by_field_name("initializer")
    spelled = initializer.child_by_field_name("type") if initializer is not None else None
    return text(spelled) if spelled is not None else full_type(loop.function, loop.variable)


def _block_head(loop: Loop, context: Context) -> Edit:
    start, stop = _names(loop, context)
    head = f"({_kind(loop)} {loop.variable} = {start}; {loop.variable} < {stop}; ++{loop.variable})"
    return Edit(*head_range(loop), head)
