"""Running sums: loops whose every iteration stores what the iterations so far have added up.

`blocked_scan` sums blocks side by side, adds up the blocks' totals, and then shifts each block by what came
before it. `inscan` leaves that to OpenMP 5, whose implementations are often slower.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.blocks import BLOCKS, Names, block_head, counts_up, extent, names_for, new_head
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.dependences import identifiers, place_of
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.sites import Header, Loop, operator
from agentpar.proposers.rewrite.updates import Update, updates_in


@dataclass(frozen=True)
class RunningSum:
    """`update` adds to a scalar, and `stores` are the statements `element = scalar`."""

    name: str
    update: Update
    stores: tuple[Node, ...]
    elements: tuple[str, ...]


def _running_sum(loop: Loop, context: Context) -> RunningSum | None:
    found = context.dependences(loop)
    if len(found.carried) != 1 or found.conflicts or found.private or found.reductions:
        return None
    name = found.carried[0]
    updates = [update for update in updates_in(loop.body) if text(update.target) == name]
    if len(updates) != 1 or updates[0].operator != "+" or not _is_top_level(updates[0].statement, loop):
        return None
    stores = []
    for use in identifiers(loop.body, name):
        if updates[0].statement.start_byte <= use.start_byte < updates[0].statement.end_byte:
            continue
        store = use.parent
        right = store.child_by_field_name("right") if store is not None else None
        if store is None or store.type != "assignment_expression" or right is None or right.id != use.id:
            return None
        if operator(store) != "=" or store.parent is None or not _is_top_level(store.parent, loop):
            return None
        stores.append(store)
    targets = [store.child_by_field_name("left") for store in stores]
    elements = tuple(text(target) for target in targets if target is not None)
    counter = all(_depends_only_on(target, loop) for target in targets if target is not None)
    statements = tuple(store.parent for store in stores if store.parent is not None)
    return RunningSum(name, updates[0], statements, elements) if stores and counter else None


def _is_top_level(statement: Node, loop: Loop) -> bool:
    parent = statement.parent
    return parent is not None and parent.id in {loop.body.id, loop.node.id}


def _depends_only_on(target: Node, loop: Loop) -> bool:
    """Whether an element can be named outside the loop's body, given the counter."""
    declared = {
        text(name)
        for node in walk(loop.body)
        if node.type == "init_declarator" and (name := node.child_by_field_name("declarator")) is not None
    }
    used = {text(node) for node in walk(target) if node.type == "identifier"}
    return loop.variable in used and not used & declared


def inscan(loop: Loop, context: Context) -> Iterator[Variant]:
    """OpenMP 5's own scan; the directive splits the body into what adds and what uses the sum."""
    found = _running_sum(loop, context) if loop.header is not None else None
    if found is None or loop.body.type != "compound_statement":
        return
    first = min(found.stores, key=lambda store: store.start_byte)
    inclusive = found.update.statement.start_byte < first.start_byte
    if any((store.start_byte > found.update.statement.start_byte) != inclusive for store in found.stores):
        return
    split = first if inclusive else found.update.statement
    kind = "inclusive" if inclusive else "exclusive"
    edit = context.layout.insert_lines(split.start_byte, (f"#pragma omp scan {kind}({found.name})",))
    directive = Directive(loop, clauses=(f"reduction(inscan, +:{found.name})",))
    yield Variant("scan", f"inscan@{loop.line}", (directive,), (edit,), (f"scan {kind} of {found.name}",))


def blocked_scan(loop: Loop, context: Context) -> Iterator[Variant]:
    """Two passes over fixed blocks, for a running scalar and for `out[i] = out[i - 1] + …`."""
    if not counts_up(loop):
        return
    found = _running_sum(loop, context)
    if found is not None:
        yield _variant(loop, context, found.name, _scalar_text(loop, context, found))
        return
    chained = _chained(loop, context)
    if chained is not None:
        yield _variant(loop, context, chained.name, _chained_text(loop, context, chained))


def _variant(loop: Loop, context: Context, name: str, edit: Edit) -> Variant:
    title = f"two-pass scan of {name} in {BLOCKS} blocks over {loop.variable} at line {loop.line}"
    return Variant("scan", f"scan@{loop.line}", (), (edit,), (title,))


def _shift(elements: tuple[str, ...], header: Header, names: Names, step: str) -> tuple[str, ...]:
    """The second pass: add to each element what came before its block."""
    head = f"for ({names.counter} {header.variable} = {names.start}; {header.variable} < {names.stop}; "
    return (
        *block_head(header, names, step),
        f"{step}{head}++{header.variable}) {{",
        *(f"{step}{step}{element} += {names.sums}[{names.block}];" for element in elements),
        f"{step}}}",
        "}",
    )


def _scalar_text(loop: Loop, context: Context, found: RunningSum) -> Edit:
    header, layout = loop.header, context.layout
    assert header is not None
    names, step = names_for(loop, context, found.name), layout.indent_unit
    kind = name_the_type(loop.function, found.name)
    head = (
        *extent(header, names, context),
        f"{kind} {names.sums}[{BLOCKS}];",
        *block_head(header, names, step),
        f"{step}{kind} {found.name} = 0;",
    )
    tail = (
        f"{step}{names.sums}[{names.block}] = {found.name};",
        "}",
        f"for (int {names.block} = 0; {names.block} < {BLOCKS}; ++{names.block}) {{",
        f"{step}const {kind} {names.start} = {found.name};",
        f"{step}{found.name} += {names.sums}[{names.block}];",
        f"{step}{names.sums}[{names.block}] = {names.start};",
        "}",
        *_shift(found.elements, header, names, step),
    )
    return layout.wrap(loop.node, head, tail, 1, (new_head(loop, header, names),))


@dataclass(frozen=True)
class _Chain:
    """`a[i] = a[i - 1] + x`: the array, the element written, the one before it as read, and their type."""

    name: str
    element: Node
    before: Node
    kind: str


def _chained(loop: Loop, context: Context) -> _Chain | None:
    found = context.dependences(loop)
    if len(found.carried) != 1 or found.conflicts or found.private or found.reductions or loop.children:
        return None
    name, variable = found.carried[0], re.escape(loop.variable)
    kind = context.storage(name, loop).element
    uses = [node for node in walk(loop.body) if node.type == "subscript_expression"]
    uses = [node for node in uses if place_of(node).name == name]
    writes = [n for n in walk(loop.body) if n.type == "assignment_expression"]
    if not kind or len(uses) != 2 or len(writes) != 1:
        return None
    element, before = uses
    written, read = (re.sub(r"\s+", "", text(use)) for use in uses)
    pairs = (
        (rf"\w+\[{variable}\]", rf"\w+\[{variable}-1\]"),
        (rf"\w+\[{variable}\+1\]", rf"\w+\[{variable}\]"),
    )
    left, right = writes[0].child_by_field_name("left"), writes[0].child_by_field_name("right")
    if left is None or right is None or left.id != element.id:
        return None
    follows = any(re.fullmatch(w, written) and re.fullmatch(r, read) for w, r in pairs)
    sums = operator(writes[0]) == "+=" and right.id == before.id
    sums = sums or (operator(writes[0]) == "=" and _is_term(before, right))
    return _Chain(name, element, before, kind) if follows and sums else None


def _is_term(term: Node, total: Node) -> bool:
    """Whether an expression is a sum that the term stands in with a plus."""
    if term.id == total.id:
        return True
    left, right = total.child_by_field_name("left"), total.child_by_field_name("right")
    if total.type != "binary_expression" or left is None or right is None:
        return False
    sign = operator(total)
    if sign not in {"+", "-"}:
        return False
    return _is_term(term, left) or (sign == "+" and term.id == right.id)


def _chained_text(loop: Loop, context: Context, chain: _Chain) -> Edit:
    name, element, before, kind = chain.name, chain.element, chain.before, chain.kind
    header, layout = loop.header, context.layout
    assert header is not None
    names, step = names_for(loop, context, name), layout.indent_unit
    at = rf"\b{re.escape(header.variable)}\b"
    first_read = re.sub(at, "0" if header.lower == "0" else names.first, text(before))
    last_written = re.sub(at, f"({names.stop} - 1)", text(element))
    zero = f"({kind})0" if context.is_c else f"{kind}(0)"
    opening = f"{header.variable} > {names.start} ? {text(before)} : {zero}"
    chained = Edit(before.start_byte, before.end_byte, f"({opening})")
    head = (*extent(header, names, context), f"{kind} {names.sums}[{BLOCKS}];", *block_head(header, names, step))
    total = f"{names.stop} > {names.start} ? {last_written} : {zero}"
    carry = context.fresh(f"{name}_carry")
    tail = (
        f"{step}{names.sums}[{names.block}] = {total};",
        "}",
        f"{kind} {carry} = {names.count} > 0 ? {first_read} : {zero};",
        f"for (int {names.block} = 0; {names.block} < {BLOCKS}; ++{names.block}) {{",
        f"{step}const {kind} {names.start} = {carry};",
        f"{step}{carry} += {names.sums}[{names.block}];",
        f"{step}{names.sums}[{names.block}] = {names.start};",
        "}",
        *_shift((text(element),), header, names, step),
    )
    edits = (new_head(loop, header, names), chained)
    return layout.wrap(loop.node, head, tail, 1, edits)
