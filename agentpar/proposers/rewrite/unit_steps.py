"""Loops that append and count in larger steps, `for (at = 0; at + width <= n; at += hop)`, as loops that count rounds.

Blocks of iterations are cut from loops that count by one.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.append import Step
from agentpar.proposers.rewrite.appending import appends_only
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.induction import in_brackets, trip_count
from agentpar.proposers.rewrite.sites import assigned_names, loops_of


def unit_steps(function: Node, context: Context) -> Iterator[Step]:
    """The counter made of the number of the round, where the loop fills lists."""
    for top in loops_of(function):
        for loop in top.nest():
            header, start = loop.header, loop.node.child_by_field_name("initializer")
            if header is None or header.is_range or not header.declared or not loop.is_shareable or start is None:
                continue
            kind, total = start.child_by_field_name("type"), trip_count(header)
            carried = context.dependences(loop).carried
            changed = {name for name, _ in assigned_names(loop.body)}
            if changed & set(re.findall(r"[A-Za-z_]\w*", f"{header.step} {header.lower}")):
                continue
            if header.step.startswith("-") or header.step == "1" or kind is None or not total:
                continue
            if not carried or not any(appends_only(loop, name, context) for name in carried):
                continue
            number = context.fresh("k")
            lower = "" if header.lower == "0" else f"{in_brackets(header.lower)} + "
            qualifier = "" if text(start).startswith("const ") else "const "
            line = f"{qualifier}{text(kind)} {header.variable} = {lower}{number} * {in_brackets(header.step)};"
            closing = [child for child in loop.node.children if child.type == ")"][-1]
            head = f"for ({context.size_type} {number} = 0; {number} < {total}; ++{number})"
            edits = (Edit(loop.node.start_byte, closing.end_byte, head), *context.layout.into_body(loop.body, (line,)))
            yield edits, f"number the rounds over {header.variable}"
