"""Lists of runs, whose last element a round looks at: `if (!out.empty() && out.back().first == x) …; else push_back`.

A run begins where a key differs from the one before it. Blocks that begin and end where runs do have nothing to do
with each other, and their lists are joined in order.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.appending import append_to
from agentpar.proposers.rewrite.blocks import BLOCKS, block_head, counts_up, extent, names_for, new_head
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.counted import parts_of_and
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import identifiers, written_places
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import LOOPS, Loop, ancestor, assigned_names, declarations

_LAST = r"{name}\.back\(\)(?:\.(\w+))?"


def whole_runs(loop: Loop, context: Context) -> Iterator[Variant]:
    """Blocks from one beginning of a run to another, each with a list of its own."""
    found = context.dependences(loop)
    lists = {*found.carried, *(conflict.name for conflict in found.conflicts)}
    if not counts_up(loop) or not loop.is_shareable or len(lists) != 1 or found.reductions or found.last_private:
        return
    name = lists.pop()
    storage = context.storage(name, loop)
    key, kind = _key(loop, name, context)
    first = re.match(rf"(std::pair<\s*)?{re.escape(kind)}\s*(,|$)", storage.element) if kind else None
    if names_for(loop, context, name).counter == "auto":
        return
    if storage.kind != "vector" or first is None or found.private or not _begins_empty(loop, name):
        return
    edit = _in_blocks(loop, name, f"std::vector<{storage.element}>", key, context)
    title = f"{BLOCKS} blocks of whole runs over {loop.variable} at line {loop.line}, each with its own {name}"
    yield Variant("parallel-for+append", f"runs@{loop.line}", (), (edit,), (title,))


def _key(loop: Loop, name: str, context: Context) -> tuple[str, str]:
    """What a round compares with the last element's key, and its type; empty where it does anything else."""
    statements = statements_of(loop.body)
    if not statements:
        return "", ""
    *before, last = statements
    condition, taken = last.child_by_field_name("condition"), last.child_by_field_name("consequence")
    other = last.child_by_field_name("alternative")
    if (
        last.type != "if_statement"
        or condition is None
        or taken is None
        or any(n.type != "declaration" for n in before)
    ):
        return "", ""
    asked = _asked(condition, name)
    if asked is None:
        return "", ""
    is_same, member, key = asked
    otherwise = other.named_children[-1] if other is not None else None
    appends, updates = (otherwise, taken) if is_same else (taken, otherwise)
    if appends is None or not _appends(appends, name, member, key) or not _updates(updates, name, member):
        return "", ""
    return _told(key, loop, context)


def _asked(condition: Node, name: str) -> tuple[bool, str, str] | None:
    """Whether a condition says that a run goes on, and the member and the value that it compares."""
    parts = [text(part).strip() for part in parts_of_and(condition)]
    is_same, sign, empty = True, "==", f"!{name}.empty()"
    if len(parts) == 1:
        parts = [part.strip() for part in re.sub(r"^\(|\)$", "", parts[0]).split("||")]
        is_same, sign, empty = False, "!=", f"{name}.empty()"
    if len(parts) != 2 or parts[0] != empty or parts[1].count(sign) != 1:
        return None
    sides = [side.strip() for side in parts[1].split(sign)]
    for side, value in (sides, sides[::-1]):
        found = re.fullmatch(_LAST.format(name=re.escape(name)), side)
        if found is not None and not re.search(rf"\b{re.escape(name)}\b", value):
            return is_same, found[1] or "", value
    return None


def _appends(arm: Node, name: str, member: str, key: str) -> bool:
    """Whether an arm does nothing but append an element that begins with the key, or that is the key."""
    statements = statements_of(arm)
    call = append_to(identifiers(arm, name)[0]) if len(identifiers(arm, name)) == 1 else None
    if len(statements) != 1 or call is None or call.parent is None or call.parent.id != statements[0].id:
        return False
    arguments = call.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    if not member:
        return len(given) == 1 and text(given[0]) == key
    inner = given[0].child_by_field_name("arguments") or given[0].child_by_field_name("value") if given else None
    if called_name(call) == "push_back" and len(given) == 1:
        given = (inner or given[0]).named_children
    return member == "first" and len(given) == 2 and text(given[0]) == key


def _updates(arm: Node | None, name: str, member: str) -> bool:
    """Whether an arm only changes other members of the last element than the key."""
    for statement in statements_of(arm) if arm is not None else []:
        places = list(written_places(statement))
        targets = [re.fullmatch(_LAST.format(name=re.escape(name)), text(place.node)) for place in places]
        is_plain = statement.type == "expression_statement" and len(targets) == 1
        others = {written for written, _ in assigned_names(statement)}
        if not is_plain or targets[0] is None or targets[0][1] in {member, None} or others:
            return False
        if len(identifiers(statement, name)) != 1:
            return False
    return True


def _told(key: str, loop: Loop, context: Context) -> tuple[str, str]:
    """A key made of the counter and of what no round changes, and its type; both are empty where it is not."""
    made = {name: value for name, _, d in declarations(loop.body) if (value := d.child_by_field_name("value"))}
    kind = _plain(full_type(loop.function, key)) if key in made else ""
    kind = kind if kind != "auto" else ""
    key = text(made[key]) if key in made else key
    element = re.fullmatch(r"(\w+)\[[^][]*\]", key)
    stored = _plain(context.storage(element[1], loop).element) if element is not None else ""
    names = set(re.findall(r"(?<!\.)\b[A-Za-z_]\w*", key))
    written = {name for name, _ in assigned_names(loop.body)} | {place.name for place in written_places(loop.body)}
    if not stored or kind not in {"", stored} or loop.variable not in names or names & (written | made.keys()):
        return "", ""  # of another type it might be rounded
    return key, stored


def _plain(kind: str) -> str:
    return re.sub(r"\bconst\b|&", "", kind).strip()


def _begins_empty(loop: Loop, name: str) -> bool:
    """Whether a list is made without elements, and gets none before the loop."""
    found = [each for each in declarations(loop.function) if each[0] == name]
    if len(found) != 1 or found[0][1].type != "declaration" or found[0][2].type != "identifier":
        return False
    around, declared = ancestor(loop.node, LOOPS), ancestor(found[0][1], LOOPS)
    if (around.id if around is not None else 0) != (declared.id if declared is not None else 0):
        return False
    uses = [use for use in identifiers(loop.function, name) if found[0][1].end_byte <= use.start_byte]
    before = [use for use in uses if use.start_byte < loop.node.start_byte]
    return all(use.parent is not None and text(use.parent) == f"{name}.reserve" for use in before)


def _in_blocks(loop: Loop, name: str, kind: str, key: str, context: Context) -> Edit:
    layout, header = context.layout, loop.header
    assert header is not None
    unit, names = layout.indent_unit, names_for(loop, context, name)
    part, parts = context.fresh(f"{name}_part"), context.fresh(f"{name}_parts")
    end = names.count if header.lower == "0" else f"{names.first} + {names.count}"
    last = context.cast(names.counter, end)
    first = "0" if header.lower == "0" else names.first

    def goes_on(at: str) -> str:
        here, before = (re.sub(rf"\b{loop.variable}\b", each, key) for each in (at, f"({at} - 1)"))
        return f"{at} > {first} && {here} == {before.replace(f'[({at} - 1)]', f'[{at} - 1]')}"

    opening = block_head(header, names, unit)
    head = (
        *extent(header, names, context),
        f"{kind} {parts}[{BLOCKS}];",
        *(line.replace(f"{unit}const ", unit) for line in opening),
        f"{unit}while ({names.start} < {names.stop} && {goes_on(names.start)}) ++{names.start};",
        f"{unit}if ({names.start} == {names.stop}) continue;",
        f"{unit}while ({names.stop} < {last} && {goes_on(names.stop)}) ++{names.stop};",
        f"{unit}{kind} {part};",
    )
    tail = (
        f"{unit}{parts}[{names.block}].swap({part});",
        "}",
        f"for (const auto& {part} : {parts}) {name}.insert({name}.end(), {part}.begin(), {part}.end());",
    )
    renames = (Edit(use.start_byte, use.end_byte, part) for use in identifiers(loop.body, name))
    return layout.wrap(loop.node, head, tail, 1, (new_head(loop, header, names), *renames))
