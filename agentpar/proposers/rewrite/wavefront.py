"""Tables whose cells wait for those above and to the left: blocks along a diagonal do not wait for each other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import in_brackets
from agentpar.proposers.rewrite.places import Place, array_places, identifiers
from agentpar.proposers.rewrite.reorder import bounds_of, head_range, mentions, statements_of
from agentpar.proposers.rewrite.rows import Handed, Rows, before_and_after, rows_of
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, declarations

MOST_SKEW = 4
_EDGES = (256, 64, 512)


def wavefront(loop: Loop, context: Context) -> Iterator[Variant]:
    """Blocked diagonals over a loop and the one in it, when both carry a table, or rows hand on what one can keep."""
    inner = _inner(loop)
    if inner is None or loop.header is None or inner.header is None:
        return
    outer_found, inner_found = context.dependences(loop), context.dependences(inner)
    if outer_found.is_clean:  # its rows do not wait for each other
        return
    counters = {loop.variable, inner.variable}
    tables = {name for name in outer_found.carried if _is_table(name, loop)}
    rows = rows_of(loop, tables, context) if inner_found.carried else None
    if rows is None or set(outer_found.last_private) - counters:
        return
    skew = _skew(loop, inner, tables)
    if skew is None or (skew and (rows.handed or "int" not in _kind(inner).split())):
        return
    own = counters | {each.name for each in rows.handed}
    private = tuple(name for name in outer_found.private if name not in own and identifiers(inner.node, name))
    clauses = sharing_clauses(replace(outer_found, private=private, last_private=()), replace(loop, children=()))
    for edge in _EDGES:
        edit = _diagonals(_Plan(loop, inner, edge, skew, rows), clauses, context)
        title = (
            f"blocks of {edge} x {edge} along diagonals over {loop.variable} and {inner.variable} at line {loop.line}"
        )
        included = context.layout.include("<stdlib.h>" if context.is_c else "<vector>") if rows.handed else ()
        yield Variant("wavefront", f"wavefront@{loop.line}", (), (edit, *included), (title,))


def _inner(loop: Loop) -> Loop | None:
    """The only loop in the body of this one; both count up by one in a rectangle."""
    if len(loop.children) != 1 or loop.children[0].node.id not in {node.id for node in statements_of(loop.body)}:
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


def _is_table(name: str, loop: Loop) -> bool:
    """Whether a name is an array whose elements the outer counter leads to."""
    written, _ = array_places(loop.node, name)
    spelled = " ".join(text(index) for place in written for index in place.indices)
    return mentions(spelled, loop.variable)


def _skew(loop: Loop, inner: Loop, tables: set[str]) -> int | None:
    """How far each row must lag behind the one above it, since cells look that far to the right there.

    A cell that needs one above and to the right, or below and to the left, may else be of the same diagonal.
    """
    skew = 0
    for table in tables:
        written, used = array_places(loop.node, table)
        origins = {_offset(place, loop.variable, inner.variable) for place in written}
        for place in used:
            down, right = _offset(place, loop.variable, inner.variable)
            for y, x in origins:
                if (down - y) * (right - x) < 0:
                    skew = max(skew, -(-abs(right - x) // abs(down - y)))
    return skew if skew <= MOST_SKEW else None


def _offset(place: Place, row: str, column: str) -> tuple[int, int]:
    """How far an element lies from the counters' own, as far as its subscripts spell that with numbers."""
    spelled = " ".join(text(index) for index in place.indices)

    def shift(name: str) -> int:
        found = re.search(rf"\b{re.escape(name)}\s*([+-])\s*(\d+)\b(?!\s*\*)", spelled)
        return int(found[1] + found[2]) if found else 0

    return shift(row), shift(column)


@dataclass(frozen=True)
class _Plan:
    """A nest to be cut into square blocks: their edge, how far rows lag behind each other, and what they hand on."""

    loop: Loop
    inner: Loop
    edge: int
    skew: int
    rows: Rows


def _diagonals(plan: _Plan, clauses: tuple[str, ...], context: Context) -> Edit:
    """The nest block by block; blocks of one diagonal are shared out."""
    loop, inner, edge, skew = plan.loop, plan.inner, plan.edge, plan.skew
    step = context.layout.indent_unit
    diagonal, first, last = (context.fresh(name) for name in ("diagonal", "first", "last"))
    down, across = (context.fresh(f"{each.variable}_blocks") for each in (loop, inner))
    block = context.fresh(f"{loop.variable}_block")
    column = f"({diagonal} - {block})"
    across_extent = _extent(inner, context) + (f" + {_lag(skew, _extent(loop, context))}" if skew else "")
    head = (
        *_borders(loop, plan.rows, context),
        f"const int {down} = ({_extent(loop, context)} + {edge - 1}) / {edge};",
        f"const int {across} = ({across_extent} + {edge - 1}) / {edge};",
        "#pragma omp parallel",
        f"for (int {diagonal} = 0; {diagonal} < {down} + {across} - 1; ++{diagonal}) {{",
        f"{step}const int {first} = {diagonal} < {across} ? 0 : {diagonal} - {across} + 1;",
        f"{step}const int {last} = {diagonal} < {down} ? {diagonal} : {down} - 1;",
        step + " ".join(["#pragma omp for", *clauses]),
        f"{step}for (int {block} = {first}; {block} <= {last}; ++{block}) {{",
        *(step * 2 + line for line in _limits(loop, block, edge, context)),
        *(step * 2 + line for line in (() if skew else _limits(inner, column, edge, context))),
    )
    freed = tuple(f"free({_edge(each, context)});" for each in plan.rows.handed) if context.is_c else ()
    return context.layout.wrap(loop.node, head, (f"{step}}}", "}", *freed), 2, tuple(_changes(plan, column, context)))


def _changes(plan: _Plan, column: str, context: Context) -> Iterator[Edit]:
    """What changes inside the nest: both heads, what was moved to the borders, and what rows hand on."""
    loop, inner, rows, layout = plan.loop, plan.inner, plan.rows, context.layout
    yield _block_head(loop, *_names(loop, context))
    yield _block_head(inner, *_names(inner, context))
    yield from rows.edits
    before, after = before_and_after(loop)
    yield from (layout.removal(node) for node in before if not _is_kept(node, rows))
    yield from (layout.removal(node) for node in after)
    if plan.skew:
        yield from _around(inner, _lagging(plan, column, context), (), context)
    kept = [(each, f"{_edge(each, context)}[{_row(loop)}]") for each in rows.handed]
    if kept:
        taken = tuple(f"{each.kind} {each.name} = {place};" for each, place in kept)
        yield from _around(inner, taken, tuple(f"{place} = {each.name};" for each, place in kept), context)
    if rows.last:  # after what follows the loop: at the end of a body without braces, the later edit stands first
        yield from layout.into_body(inner.body, rows.first, rows.last)


def _around(inner: Loop, first: tuple[str, ...], last: tuple[str, ...], context: Context) -> tuple[Edit, ...]:
    """Lines before and after the inner loop, in a block if it was the whole body."""
    layout, parent = context.layout, inner.node.parent
    if parent is not None and parent.type != "compound_statement":
        return layout.into_body(inner.node, first, last)
    before = (layout.insert_lines(inner.node.start_byte, first),)
    return (*before, layout.line_after(inner.node, *last)) if last else before


def _is_kept(statement: Node, rows: Rows) -> bool:
    """Whether a statement before the columns declares what they look at, and so stays where it is."""
    names = {name for name, _, _ in declarations(statement)}
    return statement.type == "declaration" and not names & {each.name for each in rows.handed}


def _borders(loop: Loop, rows: Rows, context: Context) -> tuple[str, ...]:
    """What each row does before its columns, in a loop of its own, and what it hands to the first of them."""
    before, _ = before_and_after(loop)
    if all(_is_kept(node, rows) for node in before) and not rows.handed:
        return ()
    step, count = context.layout.indent_unit, context.fresh(f"{loop.variable}_count")
    head = context.layout.source[slice(*head_range(loop))].decode()
    edges = [(each, _edge(each, context)) for each in rows.handed]
    return (
        *((f"const int {count} = {_extent(loop, context)};",) if edges else ()),
        *(_made(each.kind, edge, f"{count} > 0 ? {count} : 0", context) for each, edge in edges),
        f"for {head} {{",
        *(step + line for node in before for line in context.layout.lines_of(node)),
        *(f"{step}{edge}[{_row(loop)}] = {each.opening};" for each, edge in edges),
        *(step + line for line in rows.borders),
        "}",
    )


def _made(kind: str, name: str, length: str, context: Context) -> str:
    """The declaration of an array, which C does not free by itself."""
    if context.is_c:
        return f"{kind} *{name} = ({kind} *)calloc({length}, sizeof *{name});"
    return f"std::vector<{kind}> {name}({length});"


def _edge(handed: Handed, context: Context) -> str:
    return context.fresh(f"{handed.name}_at")


def _row(loop: Loop) -> str:
    """A row's number from 0."""
    assert loop.header is not None
    return loop.variable if loop.header.lower == "0" else f"{loop.variable} - {in_brackets(loop.header.lower)}"


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


def _block_head(loop: Loop, start: str, stop: str) -> Edit:
    head = f"({_kind(loop)} {loop.variable} = {start}; {loop.variable} < {stop}; ++{loop.variable})"
    return Edit(*head_range(loop), head)


def _lagging(plan: _Plan, block: str, context: Context) -> tuple[str, ...]:
    """The first and the last column of a block in one row, each row `skew` columns to the left of the one above."""
    inner, edge = plan.inner, plan.edge
    header, kind = inner.header, _kind(inner)
    assert header is not None
    (start, stop), shift = _names(inner, context), context.fresh(f"{inner.variable}_shift")
    lower, upper = in_brackets(header.lower), in_brackets(header.upper) + (" + 1" if header.relation == "<=" else "")
    first = f"{block} * {edge}" if header.lower == "0" else f"{lower} + {block} * {edge}"
    return (
        f"const {kind} {shift} = {first} - {_lag(plan.skew, _row(plan.loop))};",
        f"const {kind} {start} = {shift} > {lower} ? {shift} : {lower};",
        f"const {kind} {stop} = {shift} + {edge} < {upper} ? {shift} + {edge} : {upper};",
    )


def _lag(skew: int, rows: str) -> str:
    return in_brackets(rows) if skew == 1 else f"{skew} * {in_brackets(rows)}"
