"""Working arrays declared outside a loop that each iteration fills anew: every thread gets one of its own."""

import re
from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.contents import Effect, Use, begins_anew, uses_of
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import identifiers, written_places
from agentpar.proposers.rewrite.sharing import shared_out, sharing_clauses
from agentpar.proposers.rewrite.sites import LOOPS, Loop, ancestor, assigned_names, declarations, operator

_NOTHING = frozenset({"", "0", "0.0", "false", "'\\0'"})


def private_scratch(loop: Loop, context: Context) -> Iterator[Variant]:
    """`firstprivate` for local arrays that nothing looks at after the loop; it keeps a vector's length."""
    found = context.dependences(loop)
    names = working_arrays(loop, context)
    met = {*(conflict.name for conflict in found.conflicts), *found.carried}
    if not names or met - set(names):
        return
    settled = replace(found, conflicts=(), carried=())
    clauses = (*sharing_clauses(settled, loop), f"firstprivate({', '.join(names)})")
    whole = shared_out(loop, context).with_directive(0, clauses=clauses)
    yield replace(whole, pattern="parallel-for+scratch", family=f"scratch@{loop.line}")


def working_arrays(loop: Loop, context: Context) -> tuple[str, ...]:
    """What of what the iterations share is filled anew by each: every thread may have one of its own.

    Nothing where the loop hands a working array to others that needs more than a copy.
    """
    found = context.dependences(loop)
    handed = dict.fromkeys(handed_on(loop, context))
    names = dict.fromkeys([*(conflict.name for conflict in found.conflicts), *found.carried, *handed])
    stamped = _stamped(loop, names)
    fit = tuple(name for name in names if _is_scratch(loop, name, stamped, context))
    return fit if handed.keys() <= set(fit) else ()


def handed_on(loop: Loop, context: Context) -> Iterator[str]:
    """The function's own arrays that the loop hands whole to what changes them, the same to every round's call."""
    moving = {name for name, _, _ in declarations(loop.body)} | {name for name, _ in assigned_names(loop.body)}
    moving.add(loop.variable)
    for name, _, _ in declarations(loop.function):
        if name in moving or not _is_local_array(loop, name, context):
            continue
        for use in uses_of(name, loop.body):
            if use.by_call and use.effect is not Effect.READS and not _named_in(use) & moving:
                yield name
                break


def _named_in(use: Use) -> set[str]:
    """The names in the argument that an array is part of."""
    argument = use.node
    while argument.parent is not None and argument.parent.type != "argument_list":
        argument = argument.parent
    return {text(node) for node in walk(argument) if node.type == "identifier"}


def _is_local_array(loop: Loop, name: str, context: Context) -> bool:
    kinds = [
        (declaration.type, declarator.type)
        for declared, declaration, declarator in declarations(loop.function)
        if declared == name
    ]
    local = all(kind == "declaration" and shape != "reference_declarator" for kind, shape in kinds)
    return bool(kinds) and local and context.storage(name, loop).kind in {"vector", "array"}


def _is_scratch(loop: Loop, name: str, stamped: dict[str, set[int]], context: Context) -> bool:
    if not _is_local_array(loop, name, context) or _has_another_name(loop, name) or _rolls(loop, name):
        return False
    uses = list(uses_of(name, loop.body))
    later = [use for use in uses_of(name, loop.function) if use.node.start_byte >= loop.node.end_byte]
    around = ancestor(loop.node, LOOPS)
    again: list[Use] = []
    if around is not None and around.start_byte > loop.function.start_byte:
        again = [use for use in uses_of(name, around) if use.node.end_byte <= loop.node.start_byte]
    if later and later[0].effect is not Effect.FILLS:
        return False
    if name in stamped:
        return not later and not again
    if again and again[0].effect is not Effect.FILLS and name not in {found for found, _, _ in declarations(around)}:
        return False
    guards = {branch for branches in stamped.values() for branch in branches}
    return begins_anew(uses, loop.body, guards) or _is_left_as_found(loop, name, uses)


def _rolls(loop: Loop, name: str) -> bool:
    """Whether the counter chooses the part of the array that a round fills, as of rows `d[i % 2]`: others it reads."""
    made = {
        found: value
        for found, _, declarator in declarations(loop.body)
        if (value := declarator.child_by_field_name("value")) is not None
    }
    for place in written_places(loop.body):
        for index in place.indices if place.name == name else ():
            told = [text(index), *(text(made[n]) for n in {text(each) for each in walk(index)} & made.keys())]
            if any(re.search(r"[%&]", each) and re.search(rf"\b{re.escape(loop.variable)}\b", each) for each in told):
                return True
    return False


def _has_another_name(loop: Loop, name: str) -> bool:
    """Whether a pointer, a reference or a lambda from before the loop leads to the shared array."""
    for use in identifiers(loop.function, name):
        if use.start_byte >= loop.node.start_byte:
            break
        for outer in ancestors(use):
            if outer.type == "lambda_expression":
                return True
            if outer.type in {"init_declarator", "assignment_expression"}:
                declarator = outer.child_by_field_name("declarator") or outer.child_by_field_name("left")
                value = outer.child_by_field_name("value") or outer.child_by_field_name("right")
                if declarator is None or value is None or not identifiers(value, name):
                    break
                leads = declarator.type in {"pointer_declarator", "reference_declarator"}
                if leads or re.search(rf"&\s*{name}\b|\b{name}\s*\.\s*(data|begin)\s*\(", text(value)):
                    return True
                break
    return False


def _stamped(loop: Loop, names: dict[str, None]) -> dict[str, set[int]]:
    """Arrays of marks, which hold in which round an element was met last, with the branches that ask for them."""
    return {name: branches for name in names if (branches := _marks(loop, name)) is not None}


def _marks(loop: Loop, name: str) -> set[int] | None:
    """The branches taken where an element has not the mark of this round; None where anything else is done with it."""
    stamps, branches, is_asked = set(), set(), False
    for use in identifiers(loop.body, name):
        element = use.parent
        around = element.parent if element is not None and element.type == "subscript_expression" else None
        if around is None or element is None or around.type not in {"assignment_expression", "binary_expression"}:
            return None
        left, right, sign = around.child_by_field_name("left"), around.child_by_field_name("right"), operator(around)
        if left != element or right is None or sign not in {"=", "!=", "=="}:
            return None
        stamps.add(re.sub(r"\s+", "", text(right)))
        is_asked = is_asked or sign != "="
        branch = next((each for each in ancestors(around) if each.type == "if_statement"), None)
        if sign == "!=" and branch is not None and _asks_only(branch, around):
            branches.add(branch.id)
    wanted = {f"{loop.variable}+1": {"0", "-1", ""}, loop.variable: {"-1"}}
    is_fit = is_asked and len(stamps) == 1 and _made_of(loop, name) in wanted.get(stamps.pop(), set())
    return branches if is_fit else None


def _asks_only(branch: Node, question: Node) -> bool:
    condition = branch.child_by_field_name("condition")
    return condition is not None and text(condition).strip("() ") == text(question)


def _made_of(loop: Loop, name: str) -> str | None:
    """The number that all elements are made of, empty for zeros by default; None where that is not told."""
    for declared, declaration, declarator in declarations(loop.function):
        if declared != name or declaration.start_byte > loop.node.start_byte:
            continue
        if "static" in text(declaration).split():
            return None
        value = declarator.child_by_field_name("value") or declarator.child_by_field_name("parameters")
        shape = text(declarator)[len(name) :].strip()
        if value is None or text(value).strip() == "{}":
            return "" if "<" in text(declaration) and "array" not in text(declaration) else None
        parts = re.fullmatch(r"[({](.*)[)}]", text(value).strip(), flags=re.DOTALL)
        given = _parts(parts[1]) if parts else []
        if "[" in shape:
            return "" if given in ([], ["0"]) else None
        return (
            given[1].strip() if len(given) == 2 else ("" if len(given) == 1 and text(value).startswith("(") else None)
        )
    return None


def _parts(spelled: str) -> list[str]:
    """The arguments that commas part, where no bracket is open."""
    parts, depth = [""], 0
    for character in spelled:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _is_left_as_found(loop: Loop, name: str, uses: list[Use]) -> bool:
    """Whether each round ends with the elements as they were made: the last loop over them sets them to that again."""
    last = uses[-1].node if uses else None
    first = _made_of(loop, name)
    if last is None or first is None:
        return False
    target = last.parent
    set_to = target.parent if target is not None and target.type == "subscript_expression" else None
    method = target.parent if target is not None and target.type == "field_expression" else None
    if method is not None and target is not None and text(target) == f"{name}.clear":
        return first == "" and is_certain(method, loop.body) and _is_made_empty(loop, name)
    if set_to is None or set_to.type != "assignment_expression" or operator(set_to) != "=":
        return False
    value, around = set_to.child_by_field_name("right"), ancestor(set_to, LOOPS)
    body = around.child_by_field_name("body") if around is not None else None
    if value is None or around is None or body is None or around.id == loop.node.id:
        return False
    if any(node.type in {"break_statement", "return_statement", "goto_statement"} for node in walk(around)):
        return False
    same = text(value) == first or {text(value), first} <= _NOTHING
    return same and is_certain(set_to, body) and is_certain(around, loop.body)


def _is_made_empty(loop: Loop, name: str) -> bool:
    found = [declarator for declared, _, declarator in declarations(loop.function) if declared == name]
    return len(found) == 1 and text(found[0]) in {name, f"{name}{{}}"}
