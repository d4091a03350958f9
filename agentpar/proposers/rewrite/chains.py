"""What a round hands on through memory, `a[i] = f(a[i - 1])` or `stats.mean += …`, as a number of its own."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.ahead import is_shared_out
from agentpar.proposers.rewrite.blocks import counts_up
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.places import identifiers, outermost_places, written_places
from agentpar.proposers.rewrite.records import member_type
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations, loops_of, operator

Step = tuple[tuple[Edit, ...], str]
AS_NUMBERS = "as numbers"
_PLAIN = re.compile(
    r"(unsigned|signed|char|short|int|long|float|double|bool|std::)?(\s*(int|long|double|char))*|(std::)?\w+_t"
)


def waiting(function: Node, context: Context) -> Iterator[Loop]:
    """The counted loops that nothing shares out as they are."""
    counted = {loop.node.id: loop for top in loops_of(function) for loop in top.nest()}
    for loop in counted.values():
        ready = loop.is_shareable and counts_up(loop) and loop.header is not None and not loop.header.is_range
        if ready and not is_shared_out(loop.node, counted, context):
            yield loop


def elements_as_numbers(function: Node, context: Context) -> Iterator[Step]:
    """`a[i] = f(a[i - 1])` as `run = f(run); a[i] = run;`, where the loop looks at no other element of the array."""
    for loop in waiting(function, context):
        for name in context.dependences(loop).carried:
            kind = context.storage(name, loop).element
            edits = _through_a_number(loop, name, kind, context) if kind else ()
            if edits:
                yield edits, f"{name} in a number"


def _through_a_number(loop: Loop, name: str, kind: str, context: Context) -> tuple[Edit, ...]:
    """The changes that hand an element on in a number; none where the loop does anything else with the array."""
    writes = [place for place in written_places(loop.body) if place.name == name]
    places = [place for place in outermost_places(loop.body) if place.name == name]
    change = writes[0].node.parent if len(writes) == 1 else None
    statement = change.parent if change is not None else None
    if change is None or statement is None or statement not in statements_of(loop.body) or loop.header is None:
        return ()
    right, sign = change.child_by_field_name("right"), operator(change)
    if change.type != "assignment_expression" or right is None or not is_certain(change, loop.body):
        return ()
    here, before = _spelled(writes[0].node), ""
    index = here.removeprefix(f"{name}[").removesuffix("]")
    varies = {found for found, _ in assigned_names(loop.body)} | {found for found, _, _ in declarations(loop.body)}
    if len(writes[0].indices) != 1 or varies & set(re.findall(r"\w+", index)):
        return ()
    if re.fullmatch(rf"(.+\+)?{loop.variable}", index):
        before, first = f"{name}[{index}-1]", f"{index.removesuffix(loop.variable)}({loop.header.lower}) - 1"
    elif index == f"{loop.variable}+1":
        before, first = f"{name}[{loop.variable}]", loop.header.lower
    reads = [place.node for place in places if place.node != writes[0].node]
    runs = [node for node in reads if before and _spelled(node) == before and node.end_byte <= statement.end_byte]
    after = [node for node in reads if _spelled(node) == here and node.start_byte > statement.end_byte]
    others = [node for node in reads if node not in runs and node not in after]
    own = [node for node in others if _spelled(node) == here]
    if not runs or len(own) != len(others) or len(places) != len(identifiers(loop.body, name)):
        return ()
    if not any(is_certain(node, loop.body) for node in runs):  # the first round may have nothing before it
        return ()
    run, layout = context.fresh(f"{name}_run"), context.layout
    zero = f"({kind})0" if context.is_c else f"{kind}()"
    relation = "<=" if loop.header.relation == "<=" else "<"
    empty = f"({loop.header.lower}) {relation} ({loop.header.upper})"
    opening = f"{kind} {run} = {empty} ? {name}[{first}] : {zero};"
    made = f"{run} = {f'{text(writes[0].node)} {sign[:-1]} (' if sign != '=' else ''}"
    return (
        layout.insert_lines(loop.node.start_byte, (opening,)),
        Edit(statement.start_byte, right.start_byte, made),
        *(Edit(node.start_byte, node.end_byte, run) for node in (*runs, *after)),
        Edit(right.end_byte, statement.end_byte, f"{')' if sign != '=' else ''};"),
        *_kept(statement, loop, f"{text(writes[0].node)} = {run};", context),
    )


def _kept(statement: Node, loop: Loop, line: str, context: Context) -> tuple[Edit, ...]:
    """A line after a statement, also where this is all of a loop's body."""
    if loop.body.type == "compound_statement":
        return (context.layout.line_after(statement, line),)
    return (
        Edit(statement.start_byte, statement.start_byte, "{ "),
        Edit(statement.end_byte, statement.end_byte, f" {line} }}"),
    )


def _spelled(node: Node) -> str:
    return re.sub(r"\s+", "", text(node))


def members_as_numbers(function: Node, context: Context) -> Iterator[Step]:
    """Members of a struct that a loop changes, `stats.mean`, or `*best`, as numbers that are put back behind it."""
    for loop in waiting(function, context):
        found = context.dependences(loop)
        whole = [conflict.name for conflict in found.conflicts if not any(use.indices for use in conflict.uses)]
        for name in dict.fromkeys([*found.carried, *whole]):
            if edits := _members(loop, name, context):
                yield edits, f"{name} {AS_NUMBERS}"


def _kind(loop: Loop, name: str, place: str) -> str:
    """The type of a member, or of what a pointer leads to."""
    if place.startswith("*"):
        return full_type(loop.function, name).removesuffix("*").strip()
    return member_type(loop, re.split(r"\.|->", place)[-1])


def _is_part(node: Node, name: str) -> bool:
    """Whether an expression is a member of a struct, or what a pointer leads to."""
    return node.type == "field_expression" or (node.type == "pointer_expression" and _spelled(node) == f"*{name}")


def _is_there(name: str, loop: Loop) -> bool:
    """Whether a function looks at what a pointer leads to in any case, also where the loop has no rounds."""
    body = loop.function.child_by_field_name("body")
    always = [node for node in statements_of(body) if node.type == "expression_statement"] if body is not None else []
    return any(
        _is_part(use.parent, name) and is_certain(use, body)
        for node in always
        for use in identifiers(node, name)
        if body is not None and use.parent is not None
    )


def _members(loop: Loop, name: str, context: Context) -> tuple[Edit, ...]:
    fields = [use.parent for use in identifiers(loop.body, name)]
    told = [node for node in fields if node is not None and _is_part(node, name)]
    around = [node.parent for node in told if node.parent is not None]
    nested = any(node.type in {"field_expression", "subscript_expression", "call_expression"} for node in around)
    if not told or len(told) != len(fields) or nested or identifiers(loop.node, name) != identifiers(loop.body, name):
        return ()
    written = {_spelled(place.node) for place in written_places(loop.body) if place.name == name}
    kinds = {each: _kind(loop, name, each) for each in sorted(written)}
    if not written or not all(_PLAIN.fullmatch(kind) for kind in kinds.values()):
        return ()
    if any(each[0] == "*" or "->" in each for each in written) and not _is_there(name, loop):
        return ()
    parts = {each: re.sub(r"^\W*\w+\W*", "", each) or "value" for each in written}
    numbers = {each: context.fresh(re.sub(r"\W+", "_", f"{name}_{part}")) for each, part in parts.items()}
    layout = context.layout
    return (
        layout.insert_lines(loop.node.start_byte, tuple(f"{kinds[each]} {numbers[each]} = {each};" for each in kinds)),
        *(Edit(n.start_byte, n.end_byte, numbers[_spelled(n)]) for n in told if _spelled(n) in numbers),
        layout.line_after(loop.node, *(f"{each} = {numbers[each]};" for each in kinds)),
    )
