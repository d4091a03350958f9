"""Loops cut into a fixed number of blocks, each of which one thread runs from start to end."""

import re
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, ancestors, text, walk
from agentpar.proposers.rewrite.context import Context, full_type, name_the_type
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.rounding import is_real
from agentpar.proposers.rewrite.sites import FOR_LOOPS, LOOPS, Header, Loop, read_header

BLOCKS = 64
_ITERATOR = "auto"


def counts_up(loop: Loop) -> bool:
    """Whether a loop in a block of statements counts upwards by one, as cutting it up takes for granted."""
    header, condition = loop.header, loop.node.child_by_field_name("condition")
    if header is None or header.step != "1" or header.relation not in {"<", "<=", "!="} or not loop.stands_in_block:
        return False
    sides = [condition.child_by_field_name(side) for side in ("left", "right")] if condition is not None else []
    cut_off = any(side is not None and is_real(side, loop.function) for side in sides)  # `i < 2.5` counts to 2
    return header.relation == "<=" or not cut_off


def puts_together(loop: Loop) -> bool:
    """Whether a loop puts blocks together, or stands in one that does: in order, whatever drawn values show."""
    around = [each for each in (loop.node, *ancestors(loop.node)) if each.type in FOR_LOOPS]
    headers = [header for each in around if (header := read_header(each)) is not None]
    named = (each for each in headers if re.fullmatch(r"block_*|\w+_part_*", each.variable))
    return any(str(BLOCKS) in each.upper.split() for each in named)


@dataclass(frozen=True)
class Names:
    """Names of the generated code, none of which occurs in the source."""

    block: str
    start: str
    stop: str
    first: str
    count: str
    sums: str
    counter: str


def names_for(loop: Loop, context: Context, name: str) -> Names:
    """Fresh names for a loop's blocks, those of its extent after `name`; of an iterator the compiler knows the type."""
    stem = stem_for(loop, name)
    declaration = loop.node.child_by_field_name("initializer")
    spelled = declaration.child_by_field_name("type") if declaration is not None else None
    counter = text(spelled) if spelled is not None else name_the_type(loop.function, loop.variable)
    walks = loop.header is not None and re.search(r"\bc?r?begin\(", loop.header.lower) is not None
    points = "*" in full_type(loop.function, loop.variable) and not (loop.header is not None and loop.header.declared)
    if walks or points or (declaration is not None and any(n.type == "pointer_declarator" for n in walk(declaration))):
        counter = _ITERATOR
    elif counter == "auto" or "decltype" in counter:
        counter = "long long"
    return Names(
        block=context.fresh("block"),
        start=context.fresh("start"),
        stop=context.fresh("stop"),
        first=context.fresh(f"{stem}_first"),
        count=context.fresh(f"{stem}_count"),
        sums=context.fresh(f"{stem}_sums"),
        counter=counter,
    )


def stem_for(loop: Loop, name: str) -> str:
    """What names of the generated code begin with that a loop has for something; another for each loop that has it."""
    outer = [found for found in walk(loop.function) if found.type in LOOPS and found.end_byte <= loop.node.start_byte]
    before = [found for found in outer if identifiers(found, name) and not any(_holds(more, found) for more in outer)]
    stem = re.sub(r"\W+", "_", name)
    return f"{stem}_{len(before) + 1}" if before else stem


def _holds(outer: Node, inner: Node) -> bool:
    return outer.id != inner.id and outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def extent(header: Header, names: Names, context: Context) -> tuple[str, ...]:
    """The lines that name the counter's first value (if it is not 0) and the number of iterations."""
    if names.counter == _ITERATOR:
        lines = f"const auto {names.first} = {header.lower};", f"const long long {names.count} = {header.upper} - "
        return lines[0], f"{lines[1]}{names.first}{' + 1' if header.relation == '<=' else ''};"
    is_signed = re.fullmatch(r"\w+", header.upper) and names.counter in {"int", "long", "long long"}
    upper = header.upper if is_signed else context.cast("long long", header.upper)
    last = upper + (" + 1" if header.relation == "<=" else "")
    if header.lower == "0":
        return (f"const long long {names.count} = {last};",)
    return (
        f"const long long {names.first} = {header.lower};",
        f"const long long {names.count} = {last} - {names.first};",
    )


def block_head(header: Header, names: Names, step: str, blocks: str = str(BLOCKS)) -> tuple[str, ...]:
    """The lines that open the shared loop over blocks and name where a block starts and stops."""
    share = names.count if header.lower == "0" else f"{names.first} + {names.count}"
    return (
        "#pragma omp parallel for",
        f"for (int {names.block} = 0; {names.block} < {blocks}; ++{names.block}) {{",
        f"{step}const {names.counter} {names.start} = {share} * {names.block} / {blocks};",
        f"{step}const {names.counter} {names.stop} = {share} * ({names.block} + 1) / {blocks};",
    )


def new_head(loop: Loop, header: Header, names: Names) -> Edit:
    """The loop's own head, from the block's start to its stop."""
    head = f"for ({names.counter} {header.variable} = {names.start}; {header.variable} < {names.stop}; "
    closing = [child for child in loop.node.children if child.type == ")"]
    return Edit(loop.node.start_byte, closing[-1].end_byte, f"{head}++{header.variable})")
