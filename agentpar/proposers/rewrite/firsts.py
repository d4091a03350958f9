"""The first iteration that fits, `if (found < 0 && test(x[i])) found = i;`, and the last, `if (…) last = i;`."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.blocks import counts_up
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.dependences import is_assigned
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.extremes import assignments, with_name
from agentpar.proposers.rewrite.induction import WHOLE, in_brackets
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, declarations, operator
from agentpar.proposers.rewrite.updates import compared


def first_kept(loop: Loop, context: Context) -> Iterator[Variant]:
    """The least counter that fits as a reduction; what it is kept in is set behind the loop."""
    found, header = context.dependences(loop), loop.header
    kept = _kept(loop, set(found.carried)) if found.carried and not found.conflicts else None
    counter = name_the_type(loop.node if header is not None and header.declared else loop.function, loop.variable)
    if kept is None or header is None or not counts_up(loop) or not WHOLE.fullmatch(counter):
        return
    statement, guards, tests = kept
    hit, condition, layout = context.fresh("hit"), statement.child_by_field_name("condition"), context.layout
    block = statement.child_by_field_name("consequence")
    if condition is None or block is None:
        return
    end = in_brackets(header.upper) + (" + 1" if header.relation == "<=" else "")
    fits = " && ".join([f"{loop.variable} < {hit}", *map(text, tests)])
    edits = (
        Edit(condition.start_byte, condition.end_byte, f"({fits})"),
        Edit(block.start_byte, block.end_byte, f"{hit} = {loop.variable};"),
    )
    clauses = [clause for clause in sharing_clauses(found, loop) if not clause.startswith("reduction(min:")]
    least = [name for sign, name in found.reductions if sign == "min"]
    clauses.append(f"reduction(min:{', '.join([*least, hit])})")
    head = (
        f"{counter} {hit} = {header.upper if header.relation != '<=' else end};",
        " ".join(["#pragma omp parallel for", *clauses]),
    )
    lines = [f"{text(left)} = {with_name(right, loop.variable, hit)};" for left, right in assignments(block)]
    told = " && ".join([*map(text, guards), f"{hit} < {end}"])
    step = layout.indent_unit
    tail = (f"if ({told}) {lines[0]}",) if len(lines) == 1 else (f"if ({told}) {{", *(step + n for n in lines), "}")
    whole = layout.wrap(loop.node, head, tail, 0, edits)
    names = ", ".join(text(left) for left, _ in assignments(block))
    title = f"parallel for over {loop.variable} at line {loop.line}, {names} of the first that fits"
    yield Variant("parallel-for+first-kept", f"first-kept@{loop.line}", (), (whole,), (title,))


def last_kept(loop: Loop, context: Context) -> Iterator[Variant]:
    """The last counter that fits as a maximum, in whatever order a thread gets its iterations."""
    found = context.dependences(loop)
    uses = {name: identifiers(loop.body, name) for name in found.carried}
    if not uses or found.conflicts or not all(_is_last_round(name, each, loop) for name, each in uses.items()):
        return
    sides = [use.parent for each in uses.values() for use in each]
    edits = tuple(Edit(side.start_byte, side.end_byte, _greater(side)) for side in sides if side is not None)
    named = f"reduction(max:{', '.join(uses)})"
    directive = Directive(loop, clauses=(*sharing_clauses(found, loop), named), edits=edits)
    yield Variant("parallel-for+reduction", f"last-kept@{loop.line}", (directive,))


def _greater(assignment: Node) -> str:
    name, value = text(assignment.named_children[0]), text(assignment.named_children[-1])
    return f"{name} = {value} > {name} ? {value} : {name}"


def _is_last_round(name: str, uses: list[Node], loop: Loop) -> bool:
    """Whether a scalar that begins with -1 keeps the counter of the last round that fits, and does nothing else."""
    begun = [each.child_by_field_name("value") for found, _, each in declarations(loop.function) if found == name]
    if not counts_up(loop) or [text(value) for value in begun if value is not None] != ["-1"]:
        return False
    kept = {text(use.parent.named_children[-1]) if is_assigned(use) and use.parent is not None else "" for use in uses}
    return kept <= {loop.variable, f"(int){loop.variable}", f"static_cast<int>({loop.variable})"}


def _kept(loop: Loop, names: set[str]) -> tuple[Node, list[Node], list[Node]] | None:
    """The statement that keeps the first, what asks whether there is one already, and what asks whether this fits."""
    own = {name for name, _, _ in declarations(loop.body)}
    uses = [use for name in names for use in identifiers(loop.body, name)]
    for statement in walk(loop.body):
        condition, block = statement.child_by_field_name("condition"), statement.child_by_field_name("consequence")
        is_guard = statement.type == "if_statement" and statement.child_by_field_name("alternative") is None
        if not is_guard or condition is None or block is None:
            continue
        sides, parts = assignments(block), _parts(compared(condition))
        guards = [part for part in parts if any(identifiers(part, name) for name in names)]
        tests = [part for part in parts if part not in guards]
        if not guards or not tests or {text(left) for left, _ in sides} != names:
            continue
        is_whole = all(statement.start_byte <= use.start_byte < statement.end_byte for use in uses)
        asks_more = any(set(re.findall(r"[A-Za-z_]\w*", text(part))) - names for part in guards)
        varies = any(set(re.findall(r"[A-Za-z_]\w*", text(right))) & (own | names) for _, right in sides)
        if is_whole and not asks_more and not varies:
            return statement, guards, tests
    return None


def _parts(condition: Node) -> list[Node]:
    """What `&&` joins."""
    if condition.type != "binary_expression" or operator(condition) != "&&":
        return [condition]
    sides = (condition.child_by_field_name("left"), condition.child_by_field_name("right"))
    return [part for side in sides if side is not None for part in _parts(side)]
