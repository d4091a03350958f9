"""How many elements an array has to which only a pointer is given, as far as the source lets one guess."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from agentpar.languages.source import text, walk
from agentpar.languages.structs import scan_names
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.places import array_places, identifiers
from agentpar.proposers.rewrite.reorder import head_range, statements_of
from agentpar.proposers.rewrite.shared_arrays import Conflict
from agentpar.proposers.rewrite.sites import Loop, ancestor, assigned_names, declarations, loops_of

_LOOSE = re.compile(r"(?<!-)>|[<&|^?]")
"""Operators that bind less closely than a sum."""
_MOST_ON_STACK = 1 << 16
"""Elements: of structs of eight numbers these take half a thread's usual stack."""


@dataclass(frozen=True)
class Length:
    """A length as an expression, and the lines that find it before the loop.

    `is_short` says that the indices' own form bounds it by a small number, as with bytes and remainders.
    """

    expression: str
    setup: tuple[str, ...] = ()
    is_short: bool = False


def length_of(conflict: Conflict, loop: Loop, context: Context) -> Length | None:
    """A pointer's length, told by something in the source: one that is too large reaches beyond the array unseen.

    It is what its indices are reduced to; else an integer parameter that is named like it; else the end of a loop that
    runs along it; else one more than its largest index, which a loop of its own finds; else a parameter that is no
    loop's bound and that the loop's body reads, as to keep indices below it, or two where one says how far apart rows
    lie.
    """
    spelled = {" ".join(map(text, use.indices)) for use in conflict.uses}
    known = {_limit(index, loop) for index in spelled}
    if len(known) == 1 and (limit := known.pop()):
        return Length(limit, is_short=_is_few(limit, loop))
    bounds = " ".join(found.header.upper for found in loop.nest() if found.header)
    integers = context.integers(loop)
    likely = [name for name in integers if is_named_for(name, conflict.name.strip("_s"))]
    along = [(end, more) for end, more in _ends_along(conflict.name, loop.function) if end in integers]
    if likely or along:
        end = [*likely, *(end for end, _ in along)][0]
        more = max((beyond for name, beyond in along if name == end), default=0)
        return Length(f"({end} + {more})" if more else end)
    read = [name for name in integers if name not in bounds.split() and identifiers(loop.body, name)]
    rows = any(re.search(rf"\*\s*{name}\b|\b{name}\s*\*", index) for name in read for index in spelled)
    guess = f"{read[0]} * {read[1]}" if rows and len(read) == 2 else read[0] if read else ""
    return _counted(conflict, loop, context) or (Length(guess) if guess else None)


def _is_few(limit: str, loop: Loop) -> bool:
    """Whether a length is a number, or the name of one, of which a stack has room for as many elements."""
    told = number_of(limit, loop)
    return told is not None and told <= _MOST_ON_STACK


def number_of(spelled: str, loop: Loop) -> int | None:
    """A number, or what a constant of the file by that name is; None for anything else."""
    if spelled.isdecimal() or not spelled.isidentifier():
        return int(spelled) if spelled.isdecimal() else None
    root = ancestor(loop.function, frozenset({"translation_unit"}))
    return _constants(root).get(spelled) if root is not None else None


@lru_cache(maxsize=8)
def _constants(root: Node) -> Mapping[str, int]:
    return scan_names(root)[0].constants


def is_named_for(size: str, stem: str) -> bool:
    """Whether a size is called after an array: `nbins`, `bin_count` or `numBins` after `bins`."""
    spelled = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", size).lower()
    return bool(stem) and re.search(rf"(^|_|^n|^num){re.escape(stem.lower())}(e?s)?(_|$)", spelled) is not None


def _ends_along(name: str, function: Node) -> Iterator[tuple[str, int]]:
    """The ends of loops whose counter is an index of the array, each with how many elements lie beyond that end."""
    for loop in (found for top in loops_of(function) for found in top.nest()):
        header = loop.header
        if header is None or header.is_range or header.relation not in {"<", "<="} or header.step != "1":
            continue
        indices = [text(index) for place in array_places(loop.node, name)[1] for index in place.indices]
        shifts = [re.fullmatch(rf"{re.escape(header.variable)}\s*(?:\+\s*(\d+))?", index) for index in indices]
        told = [int(shift[1] or 0) for shift in shifts if shift is not None]
        if told:
            yield header.upper, max(told) + (header.relation == "<=")


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


def _counted(conflict: Conflict, loop: Loop, context: Context) -> Length | None:
    """One more than the largest index, where each round of the loop tells all indices from what it does not change."""
    levels = _levels(conflict, loop)
    if not levels or any(len(use.indices) != 1 for use in conflict.uses):
        return None
    certain = [use.indices[0] for use in conflict.uses if is_certain(use.node, levels[-1].body)]
    told = {text(index): index for index in certain}
    if not told or {text(use.indices[0]) for use in conflict.uses} - told.keys():
        return None
    needed: list[list[Node]] = []
    parts = list(told.values())
    for level in reversed(levels):
        needed.insert(0, list(_definitions(parts, level)))
        parts += [*needed[0], *_head(level)]
    inside = {name for name, _, _ in declarations(loop.body)}
    known = {name for nodes in needed for node in nodes for name, _, _ in declarations(node)}
    counters = {level.variable for level in levels[1:]}
    written = {name for name, _ in assigned_names(loop.body)} - counters | {conflict.name}
    read = {text(node) for part in parts for node in walk(part) if node.type == "identifier"}
    if read & (written | (inside - known - counters)):
        return None
    if any(node.type == "call_expression" for part in parts for node in walk(part)):
        return None
    size, step = context.fresh(f"{conflict.name}_size"), context.layout.indent_unit
    terms = (f"({index})" if _LOOSE.search(index) else index for index in told)
    lines = [f"if ({size} <= {index}) {size} = {index} + 1;" for index in terms]
    for level, nodes in zip(reversed(levels), reversed(needed), strict=True):
        head = context.layout.source[slice(*head_range(level))].decode()
        defined = [line for node in nodes for line in context.layout.lines_of(node)]
        lines = [f"for {head} {{", *(step + line for line in (*defined, *lines)), "}"]
    return Length(size, (f"long {size} = 0;", f"#pragma omp parallel for reduction(max:{size})", *lines))


def _levels(conflict: Conflict, loop: Loop) -> list[Loop]:
    """The counted loops around all uses of the array, outermost first; none where uses stand in different ones."""
    levels = [
        level
        for level in loop.nest()
        if all(level.body.start_byte <= use.node.start_byte < level.body.end_byte for use in conflict.uses)
    ]
    plain = all(level.header is not None and not level.header.is_range for level in levels)
    own = all(level.is_shareable and level.header is not None and level.header.declared for level in levels[1:])
    return levels if plain and own else []


def _head(loop: Loop) -> Iterator[Node]:
    """Where a counter begins and ends."""
    for part in ("initializer", "condition"):
        if (found := loop.node.child_by_field_name(part)) is not None:
            yield found


def _definitions(indices: list[Node], loop: Loop) -> Iterator[Node]:
    """The declarations at the top of the loop's body that the indices need, in source order."""
    wanted = {text(node) for index in indices for node in walk(index) if node.type == "identifier"}
    found = []
    for statement in reversed(statements_of(loop.body)):
        if statement.type == "declaration" and wanted & {name for name, _, _ in declarations(statement)}:
            found.append(statement)
            wanted |= {text(node) for node in walk(statement) if node.type == "identifier"}
    yield from reversed(found)
