"""Elements that go where a counter of their key points, `out[at[key]++] = x`, as counting sorts and sparse formats do.

Blocks of rounds first count their keys. That tells where each block's elements of a key begin, so that all keep the
order in which the serial loop puts them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.blocks import block_head, counts_up, extent, names_for, new_head
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.dependences import is_read_after
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import WHOLE
from agentpar.proposers.rewrite.lengths import Length, length_of
from agentpar.proposers.rewrite.mirrored import Step, end_of_mirrored, is_changed, mirrored
from agentpar.proposers.rewrite.places import Place, array_places, identifiers, place_of, written_places
from agentpar.proposers.rewrite.shared_arrays import Conflict, holds
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, ancestor, declarations, loops_of, operator

BLOCKS = 16
"""Fewer than of other loops: each has a counter for every key."""


@dataclass(frozen=True)
class _Scatter:
    """The counters, the one step of them, what stands for the place, and the statements that store there."""

    name: str
    step: Node
    key: Node
    sign: str
    statement: Node
    stores: tuple[Node, ...]


def scattered(loop: Loop, context: Context) -> Iterator[Variant]:
    """Each block counts its keys, then stores its elements, in order behind those of the blocks before it."""
    if not counts_up(loop) or not loop.is_shareable:
        return
    found = _scatter(loop, context)
    length = _length(found, loop, context) if found is not None else None
    if found is None or length is None:
        return
    edits = _in_two_passes(loop, found, length, context)
    title = (
        f"{BLOCKS} blocks over {loop.variable} at line {loop.line} that count their keys, then store by {found.name}"
    )
    yield Variant("parallel-for+scatter", f"scatter@{loop.line}", (), edits, (title,))


def scattered_backwards(function: Node, context: Context) -> Iterator[Step]:
    """Such loops that count down, as those of stable counting sorts do, by another counter that goes up."""
    for top in loops_of(function):
        for loop in top.nest():
            header = loop.header
            if header is None or not loop.is_shareable or not loop.stands_in_block or is_read_after(loop):
                continue
            total, start = end_of_mirrored(header), loop.node.child_by_field_name("initializer")
            if start is None or is_changed(start, loop.body):
                continue
            if total and _scatter(loop, context) is not None:
                kind = full_type(loop.function, loop.variable)
                edits = mirrored(loop.node, loop.variable, kind, total, context)
                yield edits, f"count the rounds of {loop.variable}"


def _scatter(loop: Loop, context: Context) -> _Scatter | None:
    steps = [node for node in walk(loop.body) if node.type == "update_expression" and _counter(node) is not None]
    own = {name for name, _, _ in declarations(loop.body)}
    steps = [node for node in steps if place_of(node.named_children[0]).name not in own]
    if len(steps) != 1:
        return None
    step, place = steps[0], _counter(steps[0])
    statement = ancestor(step, frozenset({"expression_statement", "declaration"}))
    if place is None or statement is None or statement.start_byte < loop.body.start_byte:
        return None
    key = place.indices[0]
    if any(node.type in {"update_expression", "assignment_expression"} for node in walk(key)):
        return None
    places, outs = _stands_for(step, statement, place), set[str]()
    stores = [] if places is None else _stores(loop, place.name, places, own)
    if not stores or places is None:
        return None
    for store in stores:
        outs.add(place_of(store.named_children[0].named_children[0]).name)
    sign = "-" if "--" in text(step) else "+"
    result = _Scatter(place.name, step, key, sign, statement, tuple(stores))
    return result if _is_alone(loop, result, outs, places, context) else None


def _counter(step: Node) -> Place | None:
    """The element that a step counts, one of an array with one index."""
    target = step.child_by_field_name("argument")
    if target is None or target.type != "subscript_expression":
        return None
    place = place_of(target)
    return place if place.root is not None and len(place.indices) == 1 else None


def _stands_for(step: Node, statement: Node, place: Place) -> str | None:
    """What stores name the place by: the step itself, the counter before or behind its step, or a local made of it."""
    if statement.type == "expression_statement":
        return text(place.node) if statement.named_children[0].id == step.id else text(step)
    shell = step.parent
    name = shell.child_by_field_name("declarator") if shell is not None and shell.type == "init_declarator" else None
    return text(name) if name is not None and name.type == "identifier" else None


def _stores(loop: Loop, counters: str, spelled: str, own: set[str]) -> list[Node]:
    """The statements that set an element at the place; none where others write anything that threads share."""
    found: list[Node] = []
    for place in written_places(loop.body):
        if place.name == counters or (place.name in own and not place.indices):
            continue
        store = place.node.parent
        statement = store.parent if store is not None else None
        is_set = store is not None and operator(store) == "=" and store.type == "assignment_expression"
        if not is_set or statement is None or statement.type != "expression_statement" or place.name in own:
            return []
        if not place.indices or text(place.indices[0]) != spelled:
            return []
        found.append(statement)
    return found


def _is_alone(loop: Loop, found: _Scatter, outs: set[str], spelled: str, context: Context) -> bool:
    """Whether rounds hand on nothing but the counters, and nothing else is made of the places."""
    shared = context.dependences(loop)
    handed = {*shared.carried, *(conflict.name for conflict in shared.conflicts)}
    if handed - outs - {found.name} or shared.reductions or shared.last_private or found.name in outs:
        return False
    targets = [store.named_children[0].named_children[0] for store in found.stores]
    for name in outs:
        if len(identifiers(loop.body, name)) != sum(place_of(target).name == name for target in targets):
            return False
    inside = [found.statement, *found.stores]
    marks = identifiers(loop.body, found.name) if not spelled.isidentifier() else identifiers(loop.body, spelled)
    others = [use for use in identifiers(loop.body, found.name) if not any(holds(node, use) for node in inside)]
    values = [store.named_children[0].child_by_field_name("right") for store in found.stores]
    told = [use for use in marks if any(value is not None and holds(value, use) for value in values)]
    outside = [use for use in marks if not any(holds(node, use) for node in inside)]
    reads = len(identifiers(found.key, found.name))
    return not others and not told and not outside and not reads


def _length(found: _Scatter, loop: Loop, context: Context) -> Length | None:
    """How many counters there are."""
    storage = context.storage(found.name, loop)
    if not WHOLE.fullmatch(storage.element):
        return None
    if storage.kind in {"vector", "view"}:
        return Length(f"{found.name}.size()")
    if storage.kind == "array":
        return Length(f"(sizeof {found.name} / sizeof *{found.name})")
    uses = tuple(place for place in array_places(loop.node, found.name)[1])
    return length_of(Conflict(found.name, "", (), uses), loop, context) if storage.kind == "pointer" else None


def _in_two_passes(loop: Loop, found: _Scatter, length: Length, context: Context) -> tuple[Edit, ...]:
    layout, header = context.layout, loop.header
    assert header is not None
    unit, names, name = layout.indent_unit, names_for(loop, context, found.name), found.name
    kind = context.storage(name, loop).element
    size, starts, mine = (context.fresh(f"{name}_{word}") for word in ("keys", "starts", "mine"))
    pragma, *opening = block_head(header, names, unit, str(BLOCKS))
    pragma = " ".join([pragma, *sharing_clauses(context.dependences(loop), loop)])
    wide, key, count = context.size_type, context.fresh("key"), context.fresh("count")
    room = f"std::vector<{kind}> {starts}({BLOCKS} * {size});"
    first, ended = f"{starts}.data()", tuple[str, ...]()
    if context.is_c:
        room = f"{kind} *{starts} = ({kind} *)calloc({BLOCKS} * {size} + 1, sizeof *{starts});"
        first, ended = starts, (f"free({starts});",)
    own = f"{unit}{kind}* {mine} = {first} + {names.block} * {size};"
    again = layout.lines_of(loop.node, (new_head(loop, header, names), *_counting(found, mine, context)))
    head = (
        *extent(header, names, context),
        *length.setup,
        f"const {wide} {size} = {length.expression};",
        room,
        pragma,
        *opening,
        own,
        *(unit + line if line.strip() else line for line in again),
        "}",
        "#pragma omp parallel for",
        f"for ({wide} {key} = 0; {key} < {size}; ++{key}) {{",
        f"{unit}for (int {names.block} = 0; {names.block} < {BLOCKS}; ++{names.block}) {{",
        f"{unit * 2}const {kind} {count} = {starts}[{names.block} * {size} + {key}];",
        f"{unit * 2}{starts}[{names.block} * {size} + {key}] = {name}[{key}];",
        f"{unit * 2}{name}[{key}] {found.sign}= {count};",
        f"{unit}}}",
        "}",
        pragma,
        *opening,
        own,
    )
    renames = (Edit(use.start_byte, use.end_byte, mine) for use in identifiers(loop.body, name))
    whole = layout.wrap(loop.node, head, ("}", *ended), 1, (new_head(loop, header, names), *renames))
    return (whole, *layout.include("<stdlib.h>" if context.is_c else "<vector>"))


def _counting(found: _Scatter, mine: str, context: Context) -> Iterator[Edit]:
    """The changes that leave only a count of the keys."""
    for node in dict.fromkeys((found.statement, *found.stores)):
        counts = f"++{mine}[{text(found.key)}];" if node.id == found.statement.id else ";"
        if counts == ";" and node.parent is not None and node.parent.type == "compound_statement":
            yield context.layout.removal(node)
        else:
            yield Edit(node.start_byte, node.end_byte, counts)
