"""Loops whose rounds hand on numbers or states, cut into blocks that know what they begin with.

What a block makes of each such state is worked out first, without knowing where it begins, then, in order, what every
block begins with. States that need others come after them, each in a stage of its own. Last, the loop itself runs block
by block, unless it makes nothing but these states.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, parse, text, walk
from agentpar.proposers.rewrite.ahead import Slice, is_shared_out, runs_through
from agentpar.proposers.rewrite.appending import appends_only
from agentpar.proposers.rewrite.blocks import (
    BLOCKS,
    Names,
    block_head,
    counts_up,
    extent,
    names_for,
    new_head,
    puts_together,
)
from agentpar.proposers.rewrite.bounded import bounded
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.dependences import is_read_after
from agentpar.proposers.rewrite.directives import Layout
from agentpar.proposers.rewrite.few_values import one_of_few
from agentpar.proposers.rewrite.fission import is_called_in_a_loop
from agentpar.proposers.rewrite.loops import rewritten
from agentpar.proposers.rewrite.places import written_places
from agentpar.proposers.rewrite.scaled import scaled
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations, function_name, loops_of
from agentpar.proposers.rewrite.transfers import NoSuchForm, State, Transfer

Step = tuple[tuple[Edit, ...], str]
STAGED = "blocks that know"
_CHANGES = frozenset({"assignment_expression", "update_expression"})


@dataclass(frozen=True)
class _Stage:
    """A state with what a block makes of it, the lines that do, and the states these need."""

    state: State
    transfer: Transfer
    needed: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def begins(self) -> str:
        """The array of what each block begins with."""
        return self.state.fresh("begins")


def told_by_blocks(function: Node, context: Context) -> Iterator[Step]:
    """A loop that hands on states, as stages over blocks and then the loop, block by block."""
    if is_called_in_a_loop(function):
        return
    counted = {loop.node.id: loop for top in loops_of(function) for loop in top.nest()}
    for loop in counted.values():
        header = loop.header
        if header is None or not loop.is_shareable or not counts_up(loop) or header.upper.isdecimal():
            continue
        if puts_together(loop) or not runs_through(loop.node) or is_shared_out(loop.node, counted, context):
            continue
        if not header.declared and is_read_after(loop):  # blocks have counters of their own
            continue
        names = names_for(loop, context, loop.variable)
        stages = _stages(loop, names, context)
        if stages:
            edits = _told(loop, stages, names, context)
            if is_shared_by_blocks(
                apply_edits(context.layout.source.decode(), edits), function_name(function), names.block
            ):
                yield edits, f"{STAGED} {', '.join(stage.state.name for stage in stages)}"


def _stages(loop: Loop, names: Names, context: Context) -> list[_Stage]:
    """The states in an order in which each needs those before it alone; none where one of them cannot be told."""
    wanted = [name for name in context.dependences(loop).carried if not appends_only(loop, name, context)]
    found: dict[str, _Stage] = {}
    while len(found) < len(wanted):
        further = next(
            (
                stage
                for name in wanted
                if name not in found and (stage := _stage(loop, name, wanted, found, names, context))
            ),
            None,
        )
        if further is None:
            return []
        found[further.state.name] = further
    return list(found.values())


def _stage(
    loop: Loop, name: str, wanted: list[str], found: dict[str, _Stage], names: Names, context: Context
) -> _Stage | None:
    asked = Slice(loop.node, loop.function, {name})
    needed = {other for other in wanted if other in asked.names} - {name}
    if needed - found.keys():
        return None
    before = {more for each in needed for more in (each, *found[each].needed)}
    kept = Slice(loop.node, loop.function, {name, *before})
    kind = re.sub(r"\b(const|static)\b|&", "", full_type(loop.function, name)).strip()
    if "{" in kind:  # an enumeration without a name
        kind = f"{'__typeof__' if context.is_c else 'decltype'}({name})"
    kinds = {
        text(type_) for found, whole, _ in declarations(loop.function) if found == name and (type_ := _type(whole))
    }
    if len(kinds) != 1 or kind == "auto":
        return None  # which of them it is, or of which type, is not told
    if not kept.is_known() or any(name == each for each, _ in kept.changing):
        return None
    state = State(name, kind, loop, names.block, context)
    transfer = _transfer_of(kept.lines, state)
    order = tuple(each for each in found if each in before)
    return _Stage(state, transfer, order, tuple(kept.lines)) if transfer is not None else None


def _type(declaration: Node) -> Node | None:
    return declaration.child_by_field_name("type")


def is_shared_by_blocks(source: str, entry: str, block: str) -> bool:
    """Whether all loops over blocks can be shared out, but those that only put together what blocks have made."""
    context = Context(Layout(source.encode()), frozenset())
    for function in (node for node in walk(parse(source).root_node) if node.type == "function_definition"):
        if function_name(function) != entry:
            continue
        found = [loop for top in loops_of(function) for loop in top.nest() if loop.variable == block]
        blocks = [loop for loop in found if any(each.node.parent == loop.body for each in loop.children)]
        return bool(blocks) and all(
            loop.is_shareable and any(True for _ in rewritten(loop, context)) for loop in blocks
        )
    return False


def _told(loop: Loop, stages: list[_Stage], names: Names, context: Context) -> tuple[Edit, ...]:
    layout, header, step = context.layout, loop.header, context.layout.indent_unit
    assert header is not None
    lines = list(extent(header, names, context))
    known = {stage.state.name: stage for stage in stages}
    for stage in stages:
        lines += _worked_out(loop, stage, known, names, context)
    _, *opening = block_head(header, names, step)
    begun = [f"{step}{stage.state.kind} {stage.state.name} = {stage.begins}[{names.block}];" for stage in stages]
    if _makes_no_more(loop, stages, context):
        indent = layout.newline + layout.indent_at(loop.node.start_byte)
        return (Edit(loop.node.start_byte, loop.node.end_byte, indent.join(lines)),)
    head = (*lines, *opening, *begun)
    return (layout.wrap(loop.node, head, ("}",), 1, (new_head(loop, header, names),)),)


def _worked_out(loop: Loop, stage: _Stage, known: dict[str, _Stage], names: Names, context: Context) -> Iterator[str]:
    """The lines that work out what blocks make of a state, and then what each begins with."""
    header, step = loop.header, context.layout.indent_unit
    assert header is not None
    _, *opening = block_head(header, names, step)
    state, transfer = stage.state, stage.transfer
    yield f"{state.kind} {stage.begins}[{BLOCKS}];"
    yield from (f"{kind} {name}[{BLOCKS}]{more};" for kind, name, more in transfer.kept)
    yield from opening
    shift = step
    if transfer.values:
        way = transfer.start
        yield f"{step}for (int {way} = 0; {way} < {len(transfer.values)}; ++{way}) {{"
        shift = 2 * step
    for other in stage.needed:
        yield f"{shift}{known[other].state.kind} {other} = {known[other].begins}[{names.block}];"
    yield from (shift + line for line in transfer.opening)
    yield f"{shift}{new_head(loop, header, names).new} {{"
    yield from (shift + step + line for whole in transfer.body for line in whole.splitlines())
    yield f"{shift}}}"
    yield from (shift + line for line in transfer.closing)
    if transfer.values:
        yield f"{step}}}"
    yield "}"
    yield f"for (int {names.block} = 0; {names.block} < {BLOCKS}; ++{names.block}) {{"
    yield f"{step}{stage.begins}[{names.block}] = {state.name};"
    if not transfer.holds:
        yield from (step + line for line in transfer.applied)
        yield "}"
        return
    yield from (step + line for line in transfer.tried)
    yield f"{step}if ({transfer.holds}) {{"
    yield from (2 * step + line for line in transfer.applied)
    yield f"{step}}} else {{  // infinite, or no number: as the block itself has it"
    yield from (step + line for line in opening[1:])
    for other in stage.needed:
        yield f"{2 * step}{known[other].state.kind} {other} = {known[other].begins}[{names.block}];"
    yield f"{2 * step}{new_head(loop, header, names).new} {{"
    yield from (3 * step + line.replace("\t", step) for line in stage.lines)
    yield from (2 * step + "}", step + "}", "}")


def _makes_no_more(loop: Loop, stages: list[_Stage], context: Context) -> bool:
    """Whether a loop makes nothing but the states that the stages have made already."""
    found = context.dependences(loop)
    local = {name for name, _, _ in declarations(loop.body)}
    outer = {name for name, _ in assigned_names(loop.body)} - local
    stored = any(True for _ in written_places(loop.body))
    done = [node for node in walk(loop.body) if node.type == "expression_statement"]
    others = any(each.type not in _CHANGES for node in done for each in node.named_children)
    told = {stage.state.name for stage in stages}
    return outer <= told and not stored and not others and not found.conflicts and set(found.carried) <= told


def _transfer_of(lines: Iterable[str], state: State) -> Transfer | None:
    """What the lines of a loop's body make of a state, in the cheapest form that fits."""
    root = parse("void body() {\n" + "\n".join(lines) + "\n}").root_node
    body = next(node for node in walk(root) if node.type == "compound_statement")
    forms: tuple[Callable[[Node, State], Transfer], ...] = (scaled, bounded, one_of_few)
    for form in forms:
        try:
            return form(body, state)
        except NoSuchForm:
            continue
    return None
