"""What an iteration keeps of its element for the next, `last = x[i];` at its end: read from the element before."""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, text, walk
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.induction import in_brackets, is_wanted_later
from agentpar.proposers.rewrite.places import identifiers, written_places
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations, loops_of, operator

Step = tuple[tuple[Edit, ...], str]


def previous_elements(function: Node, context: Context) -> Iterator[Step]:
    """`const T last_i = i > first ? x[i - 1] : last;` in each round, and nothing that is kept for the next."""
    for top in loops_of(function):
        for loop in top.nest():
            if not loop.is_shareable or loop.header is None or loop.header.is_range or loop.header.step != "1":
                continue
            for name in context.dependences(loop).carried:
                keeping = _keeping(loop, name)
                before = _before(keeping, loop) if keeping is not None else ""
                kind = full_type(function, name)
                if keeping is None or not before or "auto" in kind or is_wanted_later(loop, name):
                    continue
                here = context.fresh(f"{name}_{loop.variable}")
                opening = (
                    f"const {kind} {here} = {loop.variable} > {in_brackets(loop.header.lower)} ? {before} : {name};"
                )
                uses = [use for use in identifiers(loop.body, name) if use.start_byte < keeping.start_byte]
                renames = (Edit(use.start_byte, use.end_byte, here) for use in uses)
                removed = context.layout.removal(keeping)
                yield (*context.layout.into_body(loop.body, first=(opening,)), *renames, removed), f"{name} from before"


def _keeping(loop: Loop, name: str) -> Node | None:
    """The statement that keeps something under a name in every round, behind all that reads it."""
    targets = [node for written, node in assigned_names(loop.body) if written == name]
    change = targets[0].parent if len(targets) == 1 else None
    statement = change.parent if change is not None else None
    uses = identifiers(loop.body, name)
    if change is None or statement is None or operator(change) != "=" or statement not in statements_of(loop.body):
        return None
    is_last = uses[-1].id == targets[0].id and len(uses) > 1
    return statement if is_last and is_certain(change, loop.body) else None


def _before(keeping: Node, loop: Loop) -> str:
    """What the round before kept; empty where more than its counter tells it."""
    value: Node | None = keeping.named_children[0].child_by_field_name("right")
    made = {name: each.child_by_field_name("value") for name, _, each in declarations(loop.body)}
    changed = {name for name, _ in assigned_names(loop.node)} | {place.name for place in written_places(loop.body)}
    if value is not None and value.type == "identifier" and text(value) not in changed:
        value = made.get(text(value), value)
    if value is None or any(node.type in {"call_expression", "update_expression"} for node in walk(value)):
        return ""
    names = {text(node) for node in walk(value) if node.type == "identifier"}
    if loop.variable not in names or names & ((changed - {loop.variable}) | set(made)):
        return ""
    edits = []
    for use in identifiers(value, loop.variable):
        is_index = use.parent is not None and use.parent.type == "subscript_argument_list"
        start, end = use.start_byte - value.start_byte, use.end_byte - value.start_byte
        edits.append(Edit(start, end, f"{loop.variable} - 1" if is_index else f"({loop.variable} - 1)"))
    return apply_edits(text(value), edits)
