"""Sums that keep the error of each addition and take it off the next one, by blocks whose errors are kept as well."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, text
from agentpar.proposers.rewrite.blocks import BLOCKS, block_head, extent, names_for, new_head
from agentpar.proposers.rewrite.chains import waiting
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import Loop, function_name
from agentpar.proposers.rewrite.stages import STAGED, is_shared_by_blocks

Step = tuple[tuple[Edit, ...], str]
_MADE = r"(?:(?:const|volatile|double|float|long|auto)\s+)*"
_STEPS = (
    rf"{_MADE}(?P<y>\w+)=(?P<x>.+)-(?P<c>\w+);",
    rf"{_MADE}(?P<t>\w+)=(?P<s>\w+)\+(?P<y>\w+);",
    r"(?P<c>\w+)=\((?P<t>\w+)-(?P<s>\w+)\)-(?P<y>\w+);",
    r"(?P<s>\w+)=(?P<t>\w+);",
)


def compensated_sums(function: Node, context: Context) -> Iterator[Step]:
    """`y = x - c; t = s + y; c = (t - s) - y; s = t;` over blocks, whose sums and errors are added in the same way."""
    for loop in waiting(function, context):
        is_long = loop.header is not None and re.search(r"[A-Za-z_]", loop.header.upper) is not None
        names = _sum_and_error(loop, context) if is_long else None  # and not the loop that adds up the blocks
        kind = full_type(function, names[0]).removeprefix("volatile ") if names else ""
        if names is None or kind not in {"float", "double", "long double"} or loop.header is None:
            continue
        edits = _by_blocks(loop, *names, kind, context)
        source = apply_edits(context.layout.source.decode(), edits)
        if is_shared_by_blocks(source, function_name(function), context.fresh("block")):
            yield edits, f"{STAGED} the error of {names[0]}"


def _sum_and_error(loop: Loop, context: Context) -> tuple[str, str] | None:
    """The names of a sum and of its error, where a loop's last four statements are those that make them."""
    statements = statements_of(loop.body)
    told: dict[str, set[str]] = {}
    for statement, step in zip(statements[-4:], _STEPS, strict=False):
        found = re.fullmatch(step, re.sub(r"\s*([-+=();])\s*", r"\1", text(statement)), re.DOTALL)
        for part, name in found.groupdict().items() if found is not None else ():
            told.setdefault(part, set()).add(name)
    if set(told) != set("yxcts") or any(len(names) != 1 for names in told.values()) or loop.children:
        return None
    y, c, t, s = (told[part].copy().pop() for part in "ycts")
    uses = {name: len(identifiers(loop.body, name)) for name in (y, c, t, s)}
    carried = set(context.dependences(loop).carried)
    is_plain = carried == {s, c} and len({y, c, t, s}) == 4
    return (s, c) if is_plain and uses == {y: 3, c: 2, t: 3, s: 3} else None


def _by_blocks(loop: Loop, total: str, error: str, kind: str, context: Context) -> tuple[Edit, ...]:
    layout, header, step = context.layout, loop.header, context.layout.indent_unit
    assert header is not None
    names = names_for(loop, context, total)
    totals, errors, part, given, sum_ = (
        context.fresh(f"{total}_{suffix}") for suffix in ("parts", "errors", "part", "given", "next")
    )
    _, *opening = block_head(header, names, step)
    head = (
        *extent(header, names, context),
        f"{kind} {totals}[{BLOCKS}];",
        f"{kind} {errors}[{BLOCKS}];",
        *opening,
        f"{step}{kind} {total} = 0;",
        f"{step}{kind} {error} = 0;",
    )
    again = f"for (int {part} = 0; {part} < 2 * {BLOCKS} - 1; ++{part}) {{"
    value = f"({part} % 2 ? -{errors}[{part} / 2] : {totals}[{part} / 2])"
    tail = (
        f"{step}{totals}[{names.block}] = {total};",
        f"{step}{errors}[{names.block}] = {error};",
        "}",
        again,
        f"{step}const {kind} {given} = {value} - {error};",
        f"{step}const {kind} {sum_} = {total} + {given};",
        f"{step}{error} = ({sum_} - {total}) - {given};",
        f"{step}{total} = {sum_};",
        "}",
        f"{error} += {errors}[{BLOCKS} - 1];",  # of the last addition it is not taken off, as after the serial loop
    )
    return (layout.wrap(loop.node, head, tail, 1, (new_head(loop, header, names),)),)
