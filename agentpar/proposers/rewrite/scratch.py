"""Working arrays declared outside a loop that each iteration fills anew: every thread gets one of its own."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from tree_sitter import Node

from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.contents import Effect, Use, begins_anew, uses_of
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.initial import is_left_as_found, is_made_empty, made_of
from agentpar.proposers.rewrite.places import identifiers, place_of, written_places
from agentpar.proposers.rewrite.sharing import shared_out, sharing_clauses
from agentpar.proposers.rewrite.sites import LOOPS, Loop, ancestor, assigned_names, declarations, operator

_CONTAINER = re.compile(
    r"(std\s*::\s*)?(priority_queue|queue|stack|deque|list|(unordered_)?(multi)?(set|map)|string)\b(?!\s*::)"
)


def private_scratch(loop: Loop, context: Context) -> Iterator[Variant]:
    """`firstprivate` for local arrays that nothing looks at after the loop; it keeps a vector's length."""
    found = context.dependences(loop)
    names = working_arrays(loop, context)
    if not names or set(shared_names(loop, context)) - set(names):
        return
    settled = replace(found, conflicts=(), carried=())
    clauses = (*sharing_clauses(settled, loop), f"firstprivate({', '.join(names)})")
    whole = shared_out(loop, context).with_directive(0, clauses=clauses)
    yield replace(whole, pattern="parallel-for+scratch", family=f"scratch@{loop.line}")


def working_arrays(loop: Loop, context: Context, heap: Collection[str] = ()) -> tuple[str, ...]:
    """What of what the iterations share is filled anew by each: every thread may have one of its own.

    `heap` names pointers to arrays that the function allocates for itself. Nothing where the loop hands a working
    array to others that needs more than a copy.
    """
    handed = dict.fromkeys(handed_on(loop, context, heap))
    names = dict.fromkeys([*shared_names(loop, context), *handed])
    stamped = _stamped(loop, names)
    fit = tuple(name for name in names if _is_scratch(loop, name, stamped, context, heap))
    return fit if handed.keys() <= set(fit) else ()


def shared_names(loop: Loop, context: Context) -> tuple[str, ...]:
    """What the iterations share; of references to elements, `State& s = states[k]`, the array's name."""
    found = context.dependences(loop)
    arrays = {}
    for name, _, declarator in declarations(loop.body):
        around = declarator.parent if declarator.parent is not None else declarator
        value = declarator.child_by_field_name("value") or around.child_by_field_name("right")
        if value is not None and any(node.type == "reference_declarator" for node in walk(declarator)):
            arrays[name] = place_of(value).name
    met = [*(conflict.name for conflict in found.conflicts), *found.carried]
    return tuple(dict.fromkeys(arrays.get(name) or name for name in met))


def handed_on(loop: Loop, context: Context, heap: Collection[str] = ()) -> Iterator[str]:
    """The function's own arrays that the loop hands whole to what changes them, the same to every round's call."""
    moving = {name for name, _, _ in declarations(loop.body)} | {name for name, _ in assigned_names(loop.body)}
    moving.add(loop.variable)
    for name, _, _ in declarations(loop.function):
        if name in moving or not (name in heap or _is_local_array(loop, name, context)):
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
    is_array = context.storage(name, loop).kind in {"vector", "array"}
    return bool(kinds) and local and (is_array or _is_local_container(loop, name, context))


def _is_local_container(loop: Loop, name: str, context: Context) -> bool:
    """Whether a name is a container that is made empty, of which a copy walks its elements in the same order."""
    kind = context.storage(name, loop).type
    if not _CONTAINER.match(kind) or not is_made_empty(loop, name):
        return False
    walked = any(re.fullmatch(name, text(node.child_by_field_name("right") or node)) for node in _range_loops(loop))
    return "unordered" not in kind or not (walked or re.search(rf"\b{name}\s*\.\s*begin\b", text(loop.body)))


def _range_loops(loop: Loop) -> Iterator[Node]:
    return (node for node in walk(loop.body) if node.type == "for_range_loop")


def _is_scratch(
    loop: Loop, name: str, stamped: dict[str, set[int]], context: Context, heap: Collection[str] = ()
) -> bool:
    is_own = name in heap or _is_local_array(loop, name, context)
    if not is_own or _has_another_name(loop, name) or _rolls(loop, name):
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
    return begins_anew(uses, loop.body, guards) or is_left_as_found(loop, name, uses)


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
                if (
                    leads
                    or _keeps(outer, declarator, value, name)
                    or re.search(rf"&\s*{name}\b|\b{name}\s*\.\s*(data|begin)\s*\(", text(value))
                ):
                    return True
                break
    return False


def _keeps(shell: Node, declarator: Node, value: Node, name: str) -> bool:
    """Whether a member, or an object that is no copy, may hold on to an array that it is given."""
    if declarator.type == "field_expression":
        return text(value) == name
    kind = shell.parent.child_by_field_name("type") if shell.parent is not None else None
    is_given = value.type in {"argument_list", "initializer_list"} and name in map(text, value.named_children)
    is_copy = kind is not None and re.match(r"(std\s*::\s*)?(vector|array|string|deque)\b", text(kind)) is not None
    return (is_given and not is_copy) or re.search(r"\b(span|ref|view)\b\W", text(value)) is not None


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
    is_fit = is_asked and len(stamps) == 1 and made_of(loop, name) in wanted.get(stamps.pop(), set())
    return branches if is_fit else None


def _asks_only(branch: Node, question: Node) -> bool:
    condition = branch.child_by_field_name("condition")
    return condition is not None and text(condition).strip("() ") == text(question)
