"""What the rows of a table hand from column to column, besides the table itself.

Blocks of columns can only work side by side if each row keeps what one block hands to the next: scalars that the loop
over columns carries, and the left neighbours in rows that are written over, `row[j] = f(row[j], row[j - 1])`, or
that take turns, `now[j] = f(before[j], now[j - 1])` and a swap.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.places import Place, array_places
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations

_SWAP = re.compile(
    r"(?:std::)?swap\((?P<a>\w+),(?P<b>\w+)\);|(?P<c>\w+)\.swap\((?P<d>\w+)\);"
    r"|(?:\w+\*)?(?P<spare>\w+)=(?P<e>\w+);(?P=e)=(?P<f>\w+);(?P=f)=(?P=spare);"
)


@dataclass(frozen=True)
class Handed:
    """A scalar that a row hands on, its type, and what it is before the first column."""

    name: str
    kind: str
    opening: str


@dataclass(frozen=True)
class Rows:
    """All that rows hand on: changes and lines that keep it in the inner body, and lines that end a row's borders."""

    handed: tuple[Handed, ...] = ()
    edits: tuple[Edit, ...] = ()
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    borders: tuple[str, ...] = ()

    def joined(self, other: "Rows") -> "Rows":
        """Both at once."""
        return Rows(
            (*self.handed, *other.handed),
            (*self.edits, *other.edits),
            (*self.first, *other.first),
            (*self.last, *other.last),
            (*self.borders, *other.borders),
        )


def before_and_after(loop: Loop) -> tuple[list[Node], list[Node]]:
    """The statements of a loop's body before and after the one loop in it."""
    statements = statements_of(loop.body)
    places = [number for number, node in enumerate(statements) if node.id == loop.children[0].node.id]
    return (statements[: places[0]], statements[places[0] + 1 :]) if places else (statements, statements)


def rows_of(loop: Loop, tables: set[str], context: Context) -> Rows | None:
    """What the rows of a nest of two loops hand on besides `tables`; None where something of it is not understood."""
    inner = loop.children[0]
    before, after = before_and_after(loop)
    carried, outer = context.dependences(inner).carried, context.dependences(loop)
    rows = Rows()
    pair = _taking_turns(after)
    if after and pair is None:
        return None
    left = {conflict.name for conflict in outer.conflicts} | {*carried, *outer.carried} - tables
    if pair is not None:
        found = _turning(*pair, inner, context)
        left -= set(pair)
        if found is None:
            return None
        rows = rows.joined(found)
    for name in sorted(left):
        found = _rolling(name, inner, context) if array_places(loop.node, name)[0] else _scalar(name, before, loop)
        if found is None or (name in outer.carried and not array_places(loop.node, name)[0]):
            return None
        rows = rows.joined(found)
    skips = any(node.type == "continue_statement" for node in walk(inner.body))
    return None if rows.last and skips else rows


def _scalar(name: str, before: Iterable[Node], loop: Loop) -> Rows | None:
    """A scalar that each row sets before its first column."""
    begun = any(name in {n for n, _, _ in declarations(node)} | {n for n, _ in assigned_names(node)} for node in before)
    kind = name_the_type(loop.function, name)
    return Rows((Handed(name, kind, name),)) if begun and "decltype" not in kind else None


def _taking_turns(after: list[Node]) -> tuple[str, str] | None:
    """The two names that the statements after the inner loop swap, and do nothing else."""
    found = _SWAP.fullmatch(re.sub(r"\s+", "", "".join(map(text, after))))
    names = [name for key, name in found.groupdict().items() if name and key != "spare"] if found else []
    return (names[0], names[1]) if names else None


def _rolling(name: str, inner: Loop, context: Context) -> Rows | None:
    """A row that is written over: the left neighbour becomes a scalar, since another thread may own its place."""
    written, used = array_places(inner.node, name)
    if {_offset(place, inner) for place in written} != {0} or {_offset(place, inner) for place in used} - {0, -1}:
        return None
    handed = _left_of(name, inner, context)
    if handed is None:
        return None
    edits = tuple(
        Edit(place.node.start_byte, place.node.end_byte, handed.name) for place in used if _offset(place, inner) == -1
    )
    return Rows((handed,), edits, last=(f"{handed.name} = {name}[{inner.variable}];",))


def _turning(one: str, other: str, inner: Loop, context: Context) -> Rows | None:
    """Two rows that take turns: each column copies what is new over what is old, and nothing is swapped."""
    new, old = (other, one) if array_places(inner.node, other)[0] else (one, other)
    written, used = array_places(inner.node, new)
    written_old, used_old = array_places(inner.node, old)
    offsets = {_offset(place, inner) for place in (*used, *used_old)}
    if written_old or {_offset(place, inner) for place in written} != {0} or offsets - {0, -1}:
        return None
    handed = [_left_of(name, inner, context) for name in (new, old)]
    left, above = handed
    if left is None or above is None:
        return None
    j, here = inner.variable, context.fresh(f"{old}_here")
    edits = tuple(
        Edit(place.node.start_byte, place.node.end_byte, name)
        for places, name in ((used, left.name), (used_old, above.name))
        for place in places
        if _offset(place, inner) == -1
    )
    last = (f"{old}[{j}] = {new}[{j}];", f"{above.name} = {here};", f"{left.name} = {new}[{j}];")
    first = (f"const {above.kind} {here} = {old}[{j}];",)
    return Rows((left, above), edits, first, last, (f"{above.opening} = {left.opening};",))


def _left_of(name: str, inner: Loop, context: Context) -> Handed | None:
    kind, header = context.storage(name, inner).element, inner.header
    if not kind or header is None:
        return None
    first = str(int(header.lower) - 1) if header.lower.isdecimal() else f"{header.lower} - 1"
    return Handed(context.fresh(f"{name}_left"), kind, f"{name}[{first}]") if first != "-1" else None


def _offset(place: Place, inner: Loop) -> int | None:
    """0 for the counter itself as the only subscript, -1 for the one before it, None for all else."""
    if len(place.indices) != 1:
        return None
    spelled = re.sub(r"\s+", "", text(place.indices[0]))
    return {inner.variable: 0, f"{inner.variable}-1": -1}.get(spelled)
