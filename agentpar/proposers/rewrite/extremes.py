"""The place of an extreme: `if (a[i] < least) { least = a[i]; where = i; }`."""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.dependences import identifiers
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import Loop, operator
from agentpar.proposers.rewrite.updates import extreme_of


def located_extreme(loop: Loop, context: Context) -> Iterator[Variant]:
    """An extreme and its place per thread, then the best of them; of equals the first, as it was."""
    found = context.dependences(loop)
    pair = _value_and_place(loop, found.carried)
    stands_in_block = loop.node.parent is not None and loop.node.parent.type == "compound_statement"
    if pair is None or found.conflicts or found.reductions or found.private or not stands_in_block:
        return
    value, place, sign = pair
    layout, step = context.layout, context.layout.indent_unit
    mine, spot = context.fresh(f"{value}_mine"), context.fresh(f"{place}_mine")
    head = (
        "#pragma omp parallel",
        "{",
        f"{step}{name_the_type(loop.function, value)} {mine} = {value};",
        f"{step}{name_the_type(loop.function, place)} {spot} = {place};",
        f"{step}#pragma omp for nowait",
    )
    tail = (
        f"{step}#pragma omp critical",
        f"{step}if ({mine} {sign} {value} || ({mine} == {value} && {spot} < {place})) {{",
        f"{step}{step}{value} = {mine};",
        f"{step}{step}{place} = {spot};",
        f"{step}}}",
        "}",
    )
    renames = [
        Edit(use.start_byte, use.end_byte, new)
        for old, new in ((value, mine), (place, spot))
        for use in identifiers(loop.body, old)
    ]
    edits = (layout.wrap(loop.node, head, tail, 1, tuple(renames)),)
    title = f"parallel for over {loop.variable} at line {loop.line}, {value} and {place} per thread"
    yield Variant("parallel-for+located-extreme", f"located-extreme@{loop.line}", (), edits, (title,))


def _value_and_place(loop: Loop, carried: tuple[str, ...]) -> tuple[str, str, str] | None:
    """The names of the extreme and of its place, and the comparison that replaces it."""
    for statement in walk(loop.body):
        if statement.type != "if_statement" or len(carried) not in {1, 2}:
            continue
        sides = _assignments(statement.child_by_field_name("consequence"))
        condition = statement.child_by_field_name("condition")
        if condition is None or statement.child_by_field_name("alternative") is not None or len(sides) != 2:
            continue
        for (value, given), (place, spot) in (sides, sides[::-1]):
            found = extreme_of(condition, value)
            apart = not identifiers(given, text(value)) and text(spot) == loop.variable
            names = {text(value), text(place)}
            if found and apart and set(carried) <= names:
                return text(value), text(place), "<" if found == "min" else ">"
    return None


def _assignments(body: Node | None) -> list[tuple[Node, Node]]:
    """The sides of plain assignments to variables, if a block consists of nothing else."""
    found = []
    for statement in statements_of(body) if body is not None else []:
        node = statement.named_children[0] if statement.named_children else statement
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or operator(node) != "=" or left.type != "identifier":
            return []
        found.append((left, right))
    return found
