"""Loops that count down, by another counter that goes up, so that their rounds keep their order."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.dependences import dependences
from agentpar.proposers.rewrite.sites import Header, assigned_names, read_header
from agentpar.proposers.rewrite.updates import updates_in

Step = tuple[tuple[Edit, ...], str]


def backwards(function: Node, context: Context) -> Iterator[Step]:
    """Loops that count down and hand on anything at all, by another counter that goes up."""
    for loop in walk(function):
        if loop.type == "for_statement":
            yield from counted_backwards(loop, function, context, only_sums=False)


def counted_backwards(loop: Node, function: Node, context: Context, *, only_sums: bool = True) -> Iterator[Step]:
    """`for (int i = n - 1; i >= 0; --i)` whose rounds hand a sum on, by another counter that goes up."""
    header, body = read_header(loop), loop.child_by_field_name("body")
    total = end_of_mirrored(header) if header is not None else ""
    if header is None or body is None or not total:
        return
    found = dependences(loop, header.variable, function)
    folded = {text(update.target) for update in updates_in(body)}
    if not header.declared or not found.carried or (only_sums and not set(found.carried) <= folded):
        return
    if header.variable in {name for name, _ in assigned_names(body)}:
        return
    if not is_changed(loop.child_by_field_name("initializer") or loop, body):
        kind = name_the_type(loop, header.variable)
        yield mirrored(loop, header.variable, kind, total, context), f"count the rounds of {header.variable}"


def end_of_mirrored(header: Header) -> str:
    """How many rounds a loop from `total - 1` down to 0 has; empty for others."""
    if (header.relation, header.upper, header.step) != (">=", "0", "-1"):
        return ""
    last = re.fullmatch(r"([^?&|^=<>]+?)\s*-\s*1", header.lower)
    return last[1] if last is not None else ""


def mirrored(loop: Node, name: str, kind: str, total: str, context: Context) -> tuple[Edit, ...]:
    """A loop from `total - 1` down to 0 by a counter that goes up; the old one is a local of each round."""
    counter, whole = context.fresh("k"), total if re.fullmatch(r"[\w.]+(\(\))?", total) else f"({total})"
    closing = [child for child in loop.children if child.type == ")"]
    body = loop.child_by_field_name("body")
    assert body is not None
    head = f"for ({kind} {counter} = 0; {counter} < {total}; ++{counter})"
    first = f"const {kind} {name} = {whole} - 1 - {counter};"
    return Edit(loop.start_byte, closing[-1].end_byte, head), *context.layout.into_body(body, (first,))


def is_changed(bound: Node, body: Node) -> bool:
    """Whether a body changes what a bound is made of, or how long a list is that the bound asks for."""
    written = {name for name, _ in assigned_names(body)}
    grown = re.findall(
        r"([\w)\]]+)\s*(?:\.|->)\s*(?:push_back|emplace_back|pop_back|pop|push|erase|insert)\b", text(body)
    )
    names = {text(n) for n in walk(bound) if n.type == "identifier"}
    return bool(names & written) or ("size" in text(bound) and any(not n.isidentifier() or n in names for n in grown))
