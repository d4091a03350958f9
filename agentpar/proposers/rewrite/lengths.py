"""How many elements an array has to which only a pointer is given, as far as the source lets one guess."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.dependences import Conflict
from agentpar.proposers.rewrite.reorder import head_range, statements_of
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations


@dataclass(frozen=True)
class Length:
    """A length as an expression, and the lines that find it before the loop.

    `is_short` says that the indices' own form bounds it, as with bytes and remainders.
    """

    expression: str
    setup: tuple[str, ...] = ()
    is_short: bool = False


def length_of(conflict: Conflict, loop: Loop, context: Context) -> Length | None:
    """A pointer's length.

    It is what its indices are reduced to; else an integer parameter that is named like it, or is not the loop's bound;
    else one more than its largest index, which a loop of its own finds; else the loop's bound.
    """
    spelled = {" ".join(map(text, use.indices)) for use in conflict.uses}
    known = {_limit(index, loop) for index in spelled}
    if len(known) == 1 and (limit := known.pop()):
        return Length(limit, is_short=True)
    bounds = " ".join(found.header.upper for found in loop.nest() if found.header)
    integers = context.integers(loop)
    likely = [name for name in integers if conflict.name.strip("_s") in name]
    other = [name for name in integers if name not in bounds.split()]
    if likely or other:
        return Length([*likely, *other][0])
    return _counted(conflict, loop, context) or (Length(integers[0]) if integers else None)


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
    header = loop.header
    if header is None or header.is_range or not header.declared or any(len(use.indices) != 1 for use in conflict.uses):
        return None
    certain = [use.indices[0] for use in conflict.uses if is_certain(use.node, loop.body)]
    told = {text(index): index for index in certain}
    if not told or {text(use.indices[0]) for use in conflict.uses} - told.keys():
        return None
    needed = list(_definitions(list(told.values()), loop))
    inside = {name for name, _, _ in declarations(loop.body)}
    known = {name for node in needed for name, _, _ in declarations(node)}
    written = {name for name, _ in assigned_names(loop.body)} | {conflict.name}
    parts = [*told.values(), *needed]
    read = {text(node) for part in parts for node in walk(part) if node.type == "identifier"}
    if read & (written | (inside - known)) or any(node.type == "call_expression" for p in parts for node in walk(p)):
        return None
    size, step = context.fresh(f"{conflict.name}_size"), context.layout.indent_unit
    head = context.layout.source[slice(*head_range(loop))].decode()
    lines = (
        f"long {size} = 0;",
        f"#pragma omp parallel for reduction(max:{size})",
        f"for {head} {{",
        *(step + line for node in needed for line in context.layout.lines_of(node)),
        *(f"{step}if ({size} <= {index}) {size} = {index} + 1;" for index in told),
        "}",
    )
    return Length(size, lines)


def _definitions(indices: list[Node], loop: Loop) -> Iterator[Node]:
    """The declarations at the top of the loop's body that the indices need, in source order."""
    wanted = {text(node) for index in indices for node in walk(index) if node.type == "identifier"}
    found = []
    for statement in reversed(statements_of(loop.body)):
        if statement.type == "declaration" and wanted & {name for name, _, _ in declarations(statement)}:
            found.append(statement)
            wanted |= {text(node) for node in walk(statement) if node.type == "identifier"}
    yield from reversed(found)
