"""Loops that some round leaves, from loops inside too: the first such round is searched by all threads.

Then the serial loop goes on from there, so that whatever it does as it leaves stays as it was.
"""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, ancestors, text, walk
from agentpar.proposers.rewrite.blocks import counts_up
from agentpar.proposers.rewrite.changes import changed_by_calls
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.dependences import Dependences, is_read_after
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import in_brackets
from agentpar.proposers.rewrite.places import identifiers, written_places
from agentpar.proposers.rewrite.reorder import head_range, statements_of
from agentpar.proposers.rewrite.scratch import handed_on
from agentpar.proposers.rewrite.sites import (
    FOR_LOOPS,
    LOOPS,
    Loop,
    ancestor,
    assigned_names,
    declarations,
    may_throw,
    read_header,
)

_LEAST, _MOST = 8, 64
"""Rounds at once, each of which is a loop: few first, since the serial loop may be left in its first round."""


def first_to_leave(loop: Loop, context: Context) -> Iterator[Variant]:
    """A loop whose rounds leave no trace but for one that returns or breaks, which comes at any place of a nest."""
    header = loop.header
    if header is None or header.is_range or not counts_up(loop) or not loop.stands_in_block:
        return
    if not loop.children or not set(loop.obstacles) <= {"return", "break"} or not all(map(_ends, _inner(loop))):
        return
    if not header.declared or is_read_after(loop) or may_throw(loop.body):
        return
    arms = arms_of(loop)
    found = context.dependences(loop)
    if arms and not leaves_traces(loop, [arm for arm, _ in arms], found, context):
        title = f"rounds of {loop.variable} at line {loop.line} until one leaves, {_LEAST} to {_MOST} at once"
        yield Variant("chunked-search", f"leave@{loop.line}", (), (_searched(loop, arms, found, context),), (title,))


def _inner(loop: Loop) -> list[Node]:
    return [node for node in walk(loop.body) if node.type in LOOPS]


def _ends(inner: Node) -> bool:
    """Whether a loop has a bound, which holds in rounds too that the serial loop does not come to."""
    if inner.type in FOR_LOOPS and read_header(inner) is not None:
        return True
    condition = inner.child_by_field_name("condition")
    return condition is not None and any(sign in text(condition) for sign in ("<", "> 0", ">= 0"))


def arms_of(loop: Loop) -> list[tuple[Node, str]]:
    """The arms of branches at whose end the loop is left, each with what ends a round there; none if one has none."""
    found: list[tuple[Node, str]] = []
    for node in walk(loop.body):
        if not _leaves(node, loop) or any(_is_in(arm, node) for arm, _ in found):
            continue
        block = node.parent
        in_block = block is not None and block.type == "compound_statement"
        if in_block and block is not None and statements_of(block)[-1].id != node.id:
            return []
        arm = block if in_block and block is not None else node
        shell = arm.parent
        if shell is not None and shell.type == "else_clause":
            shell = shell.parent
        catcher = ancestor(node, LOOPS | {"switch_statement"})
        if shell is None or shell.type != "if_statement" or catcher is None:
            return []
        if catcher.id == loop.node.id:
            found.append((arm, "continue;"))
        elif catcher.type in LOOPS and _is_last(catcher, loop):
            found.append((arm, "break;"))
        else:
            return []
    return found


def _leaves(node: Node, loop: Loop) -> bool:
    if node.type == "return_statement":
        return not any(each.type == "lambda_expression" and _is_in(loop.body, each) for each in ancestors(node))
    catcher = ancestor(node, LOOPS | {"switch_statement"}) if node.type == "break_statement" else None
    return catcher is not None and catcher.id == loop.node.id


def _is_last(inner: Node, loop: Loop) -> bool:
    """Whether a round of the loop ends with an inner loop."""
    last = statements_of(loop.body)[-1]
    return inner.id == last.id


def _is_in(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def leaves_traces(loop: Loop, arms: list[Node], found: Dependences, context: Context, but: str = "") -> bool:
    """Whether a round that does not leave the loop changes anything `but` one name."""
    own = {name for name, _, _ in declarations(loop.body)} | {but}

    def outside(node: Node | None) -> bool:
        return node is not None and not any(_is_in(arm, node) for arm in arms)

    written = {name for name, node in assigned_names(loop.body) if outside(node)} - own - set(found.private)
    stores = any(place.name not in own and outside(place.node) for place in written_places(loop.body))
    handed = {*found.carried, *(name for _, name in found.reductions)} - {but}
    carried = any(outside(node) for name in handed for node in identifiers(loop.body, name))
    shared = any(outside(use.node) for conflict in found.conflicts for use in conflict.uses)
    called = any(outside(call) for name, call in changed_by_calls(loop.body, loop.function) if name not in own)
    return bool(written) or stores or carried or shared or called or any(True for _ in handed_on(loop, context))


def _searched(loop: Loop, arms: list[tuple[Node, str]], found: Dependences, context: Context) -> Edit:
    header, layout = loop.header, context.layout
    assert header is not None
    step, variable = layout.indent_unit, loop.variable
    initializer = loop.node.child_by_field_name("initializer")
    spelled = initializer.child_by_field_name("type") if initializer is not None else None
    kind = text(spelled) if spelled is not None else name_the_type(loop.function, variable)
    end, hit, start, stop, width = (context.fresh(name) for name in ("end", "hit", "start", "stop", "width"))
    upper = in_brackets(header.upper) + (" + 1" if header.relation == "<=" else "")
    outside = {name for name, node in assigned_names(loop.body) if not any(_is_in(arm, node) for arm, _ in arms)}
    private = [name for name in found.private if name in outside]
    clauses = f" private({', '.join(private)})" if private else ""
    head = (
        f"const {kind} {end} = {upper};",
        f"{kind} {hit} = {end};",
        f"{kind} {width} = {_LEAST};",
        f"for ({kind} {start} = {header.lower}, {stop}; {start} < {end} && {hit} == {end}; {start} = {stop}) {{",
        f"{step}{stop} = {end} - {start} > {width} ? {start} + {width} : {end};",
        f"{step}if ({width} < {_MOST}) {width} *= 2;",
        f"{step}#pragma omp parallel for reduction(min:{hit}){clauses} schedule(dynamic)",
    )
    again = (Edit(*head_range(loop), f"({kind} {variable} = {hit}; {variable} < {end}; ++{variable})"),)
    tail = ("}", *layout.lines_of(loop.node, again))
    kept = f"{{ {hit} = {variable} < {hit} ? {variable} : {hit};"
    edits = [Edit(*head_range(loop), f"({kind} {variable} = {start}; {variable} < {stop}; ++{variable})")]
    edits += [Edit(arm.start_byte, arm.end_byte, f"{kept} {ending} }}") for arm, ending in arms]
    return layout.wrap(loop.node, head, tail, 1, tuple(edits))
