"""Loops that append: `out.push_back(x)`, and `out[count++] = x` where only some iterations store.

Where every iteration appends once, the elements' places are known before. Else blocks of iterations fill lists of
their own, which are put together in order.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.appending import append_to, appends_only, is_text
from agentpar.proposers.rewrite.blocks import (
    BLOCKS,
    Names,
    block_head,
    counts_up,
    extent,
    names_for,
    new_head,
    stem_for,
)
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.dependences import Dependences
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.induction import Stepped, count_before, stepped, trip_count
from agentpar.proposers.rewrite.offsets import Note, offsets_noted
from agentpar.proposers.rewrite.places import identifiers, place_of
from agentpar.proposers.rewrite.records import members_reduced
from agentpar.proposers.rewrite.scratch import working_arrays
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Header, Loop, loops_of, operator

Step = tuple[tuple[Edit, ...], str]


def indexed_ranges(function: Node, context: Context) -> Iterator[Step]:
    """Range-`for` over a vector by index, where the iterations hand something on."""
    for top in loops_of(function):
        for loop in top.nest():
            element = loop.node.child_by_field_name("declarator")
            kind = loop.node.child_by_field_name("type")
            if loop.header is None or not loop.header.is_range or not loop.is_shareable or kind is None:
                continue
            name = loop.header.upper
            is_indexed = context.storage(name, loop).kind in {"vector", "view"} or is_text(name, loop, context)
            vector = re.fullmatch(r"\w+", name) and is_indexed
            found = context.dependences(loop)
            hands_on = found.carried or any(not use.indices for conflict in found.conflicts for use in conflict.uses)
            hands_on = hands_on or any(not conflict.operator for conflict in found.conflicts)
            if not vector or element is None or not hands_on:
                continue
            counter = context.fresh("k")
            closing = next(child for child in loop.node.children if child.type == ")")
            opening = next(child for child in loop.node.children if child.type == "(")
            qualifier = context.layout.source[opening.end_byte : element.start_byte].decode()
            head = f"for ({context.size_type} {counter} = 0; {counter} < {name}.size(); ++{counter})"
            first = f"{qualifier}{text(element)} = {name}[{counter}];"
            yield (
                (Edit(loop.node.start_byte, closing.end_byte, head), *context.layout.into_body(loop.body, (first,))),
                f"index {name} by {counter}",
            )


def appended_by_index(function: Node, context: Context) -> Iterator[Step]:
    """`push_back` in every iteration of an outermost loop as a store to a place that was made before."""
    for loop in loops_of(function):
        total = trip_count(loop.header) if loop.is_shareable and loop.header and not loop.header.is_range else ""
        carried = context.dependences(loop).carried
        appends = {name: calls for name in carried if (calls := _calls(loop, name) or _characters(loop, name, context))}
        if not total or not loop.stands_in_block or set(appends) != set(context.dependences(loop).carried):
            continue
        for name, calls in appends.items():
            kind = context.storage(name, loop).element or ("char" if is_text(name, loop, context) else "")
            if kind in {"", "bool"} or not all(is_certain(call, loop.body) for call in calls):
                break
            assert loop.header is not None
            first = context.fresh(f"{name}_first")
            times = f"{len(calls)} * " if len(calls) > 1 else ""
            lines = (f"const {context.size_type} {first} = {name}.size();", f"{name}.resize({first} + {times}{total});")
            at = f"{first} + {times}{count_before(loop.header)}"
            stores = (
                Edit(call.start_byte, call.end_byte, f"{name}[{at}{f' + {n}' if n else ''}] = {_value(call, kind)}")
                for n, call in enumerate(calls)
            )
            yield (context.layout.insert_lines(loop.node.start_byte, lines), *stores), f"{name} by index"


def _calls(loop: Loop, name: str) -> list[Node]:
    """The calls that append to a vector, if these are all its uses in the loop."""
    uses = identifiers(loop.body, name)
    calls = [call for use in uses if (call := append_to(use)) is not None]
    return calls if len(calls) == len(uses) else []


def _characters(loop: Loop, name: str, context: Context) -> list[Node]:
    """The statements `text += c` that append a character each, if these are all uses of a text in the loop."""
    found = []
    for use in identifiers(loop.body, name) if is_text(name, loop, context) else ():
        change = use.parent
        right = change.child_by_field_name("right") if change is not None else None
        if change is None or right is None or operator(change) != "+=" or change.child_by_field_name("left") != use:
            return []
        root = place_of(right).name if right.type == "subscript_expression" else ""
        is_element = root and (re.search(r"\bchar\b", context.storage(root, loop).type) or is_text(root, loop, context))
        if right.type != "char_literal" and not (is_element and len(place_of(right).indices) == 1):
            return []
        found.append(change)
    return found


def _value(call: Node, kind: str) -> str:
    arguments, right = call.child_by_field_name("arguments"), call.child_by_field_name("right")
    if right is not None:
        return text(right)
    spelled = text(arguments)[1:-1] if arguments is not None else ""
    several = arguments is not None and len(arguments.named_children) != 1
    return f"{kind}({spelled})" if several else spelled


@dataclass(frozen=True)
class _List:
    """What a loop appends to, the type of that, and the changes that make it append to a list of its own."""

    name: str
    kind: str
    part: str
    parts: str
    edits: tuple[Edit, ...]


def appended_in_blocks(loop: Loop, context: Context) -> Iterator[Variant]:
    """Each block of iterations appends to lists of its own; they are joined in order afterwards."""
    found = context.dependences(loop)
    if not counts_up(loop) or not found.carried or found.last_private:
        return
    filled = [name for name in found.carried if appends_only(loop, name, context)]
    own = [name for name in working_arrays(loop, context) if name not in filled]
    notes = offsets_noted(loop, filled)
    if filled and notes is not None and set(found.carried) <= {*filled, *own}:
        lists = [_pushed(loop, name, context) for name in filled]
        members = [members_reduced(loop, each, context) for each in found.conflicts if each.name not in own]
        if None not in members:
            given = [each for each in members if each is not None]
            copies = [f"firstprivate({', '.join(own)})"] if own else []
            yield from _in_blocks(loop, context, found, lists, "", given, copies, notes)
        return
    if found.reductions:
        return
    count = stepped_somewhere(loop, found.carried[0]) if len(found.carried) == 1 else None
    if count is not None and not context.is_c:
        stored = [_stored(loop, conflict.name, count, context) for conflict in found.conflicts]
        yield from _in_blocks(loop, context, found, stored, count.name)


def stepped_somewhere(loop: Loop, name: str) -> Stepped | None:
    """A count that some iterations raise by one."""
    targets = [node for node in walk(loop.body) if node.type == "update_expression" and text(node).strip("+") == name]
    whole = [node for node in walk(loop.body) if node.type == "assignment_expression"]
    others = [node for node in whole if text(node.named_children[0]) == name]
    if len(targets) != 1 or others or stepped(loop, name) is not None:
        return None
    parent = targets[0].parent
    statement = parent if parent is not None and parent.type == "expression_statement" else None
    return Stepped(name, "+", "1", targets[0], statement)


def _pushed(loop: Loop, name: str, context: Context) -> _List | None:
    kind = "std::string" if is_text(name, loop, context) else _vector_of(context.storage(name, loop).element)
    part = context.fresh(f"{name}_part")
    edits = tuple(Edit(use.start_byte, use.end_byte, part) for use in identifiers(loop.body, name))
    return _List(name, kind, part, context.fresh(f"{stem_for(loop, name)}_parts"), edits) if kind else None


def _stored(loop: Loop, name: str, count: Stepped, context: Context) -> _List | None:
    """The list of an array all of whose uses are stores at the count."""
    kind, part = context.storage(name, loop).element, context.fresh(f"{name}_part")
    edits = []
    for use in identifiers(loop.body, name):
        target = use.parent
        store = target.parent if target is not None else None
        statement = store.parent if store is not None else None
        if target is None or store is None or statement is None or store.type != "assignment_expression":
            return None
        indices = place_of(target).indices
        right = store.child_by_field_name("right")
        plain = statement.type == "expression_statement" and operator(store) == "="
        at_count = len(indices) == 1 and text(indices[0]).strip("+") == count.name
        if not plain or not at_count or right is None or store.child_by_field_name("left") != target:
            return None
        edits.append(Edit(store.start_byte, store.end_byte, f"{part}.push_back({text(right)})"))
    parts = context.fresh(f"{stem_for(loop, name)}_parts")
    return _List(name, _vector_of(kind), part, parts, tuple(edits)) if kind and edits else None


def _vector_of(kind: str) -> str:
    return f"std::vector<{kind}>" if kind else ""


def _in_blocks(
    loop: Loop,
    context: Context,
    found: Dependences,
    lists: list[_List | None],
    count: str,
    members: Sequence[Directive] = (),
    copies: Sequence[str] = (),
    notes: Sequence[Note] = (),
) -> Iterator[Variant]:
    given = [each for each in lists if each is not None]
    if not given or len(given) != len(lists):
        return
    layout, header = context.layout, loop.header
    assert header is not None
    step, names = layout.indent_unit, names_for(loop, context, given[0].name)
    pragma, *opening = block_head(header, names, step)
    clauses = [*sharing_clauses(found, loop), *(clause for each in members for clause in each.clauses), *copies]
    clauses += ["schedule(dynamic)"] if context.wants_balance(loop) else []
    head = (
        *extent(header, names, context),
        *(line for each in members for line in each.setup),
        *(f"{each.kind} {each.parts}[{BLOCKS}];" for each in given),
        " ".join([pragma, *clauses]),
        *opening,
        *(f"{step}{each.kind} {each.part};" for each in given),
    )
    swaps = (f"{step}{each.parts}[{names.block}].swap({each.part});" for each in given)
    joined = _joined(given, names.block, count, context)
    if notes:
        joined = _joined_with_offsets(given, notes, header, names, context)
    tail = (*swaps, "}", *joined)
    removed = _count_removed(loop, count, context) if count else ()
    changes = [edit for each in members for edit in each.edits]
    inside = [edit for edit in changes if edit.start < loop.node.end_byte]
    own = (new_head(loop, header, names), *removed, *_all_edits(given), *inside)
    edits = [layout.wrap(loop.node, head, tail, 1, own), *(edit for edit in changes if edit not in inside)]
    edits += layout.include("<vector>") if any("vector" in each.kind for each in given) else ()
    listed = ", ".join(each.name for each in given)
    title = f"{BLOCKS} blocks over {loop.variable} at line {loop.line}, each with its own {listed}"
    pattern = "parallel-for+append+scratch" if copies else "parallel-for+append"
    yield Variant(pattern, f"append@{loop.line}", (), tuple(edits), (title,))


def _all_edits(lists: list[_List]) -> Iterator[Edit]:
    for each in lists:
        yield from each.edits


def _count_removed(loop: Loop, count: str, context: Context) -> tuple[Edit, ...]:
    found = stepped_somewhere(loop, count)
    return (context.layout.removal(found.statement),) if found is not None and found.statement is not None else ()


def _joined(lists: list[_List], block: str, count: str, context: Context) -> tuple[str, ...]:
    step, first = context.layout.indent_unit, lists[0]
    if not count:
        return tuple(
            f"for (const auto& {each.part} : {each.parts}) "
            f"{each.name}.insert({each.name}.end(), {each.part}.begin(), {each.part}.end());"
            for each in lists
        )
    k = context.fresh("k")
    return (
        f"for (int {block} = 0; {block} < {BLOCKS}; ++{block}) {{",
        f"{step}for ({context.size_type} {k} = 0; {k} < {first.parts}[{block}].size(); ++{k}) {{",
        *(f"{step * 2}{each.name}[{count}] = {each.parts}[{block}][{k}];" for each in lists),
        f"{step * 2}++{count};",
        f"{step}}}",
        "}",
    )


def _joined_with_offsets(
    lists: list[_List], notes: Sequence[Note], header: Header, names: Names, context: Context
) -> tuple[str, ...]:
    """The lists one after the other; lengths noted in a block are counted from where the whole list begins."""
    step, each = context.layout.indent_unit, context.fresh("each")
    parts = {listed.name: listed.parts for listed in lists}
    _, opening, *extent_lines = block_head(header, names, step)
    stored = [note for note in notes if note.target]
    counter = header.variable
    loop = f"for ({names.counter} {counter} = {names.start}; {counter} < {names.stop}; ++{counter})"
    return (
        opening,
        *(extent_lines if stored else ()),
        *(f"{step}{loop} {note.target} += {note.measured}.size();" for note in stored),
        *(
            f"{step}for (auto& {each} : {parts[note.into]}[{names.block}]) {each} += {note.measured}.size();"
            for note in notes
            if note.into
        ),
        *(
            f"{step}{listed.name}.insert({listed.name}.end(), {listed.parts}[{names.block}].begin(), "
            f"{listed.parts}[{names.block}].end());"
            for listed in lists
        ),
        "}",
    )
