"""What the uses of an array do to its contents, also through calls: fill them, change them, or read them.

It decides whether a round of a loop begins with a working array as the round before left it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.branches import arms_around
from agentpar.proposers.rewrite.changes import definitions_of, lambdas_of
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sites import LOOPS, assigned_names, declarations, declared_names, operator


class Effect(Enum):
    """What a use does to the contents; `FILLS` does not look at what was there."""

    FILLS = "fills"
    CHANGES = "changes"
    READS = "reads"


@dataclass(frozen=True)
class Use:
    """A use of an array that has to do with its contents; `by_call` says that a function gets the whole of it."""

    node: Node
    effect: Effect
    by_call: bool = False


_LENGTHS = frozenset({"size", "empty", "length", "capacity", "reserve"})
_WHOLE = frozenset({"data", "begin", "end", "rbegin", "rend"})
_CONSTANT = frozenset({"cbegin", "cend", "count", "find"})
_ELEMENT = frozenset({"at", "front", "back"})
_REPLACE = frozenset({"clear", "assign"})
_FILLED = {
    **dict.fromkeys(("fill", "fill_n", "iota", "generate", "generate_n", "memset", "memcpy", "memmove"), 0),
    **dict.fromkeys(("copy", "copy_n", "partial_sum", "adjacent_difference", "inclusive_scan", "exclusive_scan"), 2),
}
"""At which position functions of the standard library take what they fill."""
_IN_PLACE = frozenset(
    {"sort", "stable_sort", "nth_element", "partial_sort", "reverse", "rotate", "unique", "remove", "remove_if"}
    | {"push_heap", "pop_heap", "make_heap", "sort_heap", "next_permutation", "qsort", "swap"}
)
_DEEPEST = 3
"""How many calls deep it is looked for what becomes of an array that is handed on."""


def uses_of(name: str, region: Node, depth: int = _DEEPEST) -> Iterator[Use]:
    """The uses of an array that have to do with its contents, in source order."""
    for node in identifiers(region, name):
        use = _use(node, name, depth)
        if use is not None:
            yield use


def begins_anew(
    uses: Sequence[Use], region: Node, skipped: Collection[int] = (), *, is_read_after: bool = False
) -> bool:
    """Whether the contents are filled before they are read, on every path on which they are read.

    `skipped` are the ids of branches that are known to be taken at the first meeting with an element. What
    `is_read_after` the region must be filled on every path.
    """
    if not uses:
        return not is_read_after
    if uses[0].effect is not Effect.FILLS or not _reaches(uses, region):
        return False
    for branch, arm in reversed(list(_branches(uses[0].node, region))):
        if branch.id in skipped or (not is_read_after and all(_is_in(arm, use.node) for use in uses)):
            continue
        mine = [use for use in uses if _is_in(arm, use.node)]
        others = [use for use in uses if _is_in(branch, use.node) and not _is_in(arm, use.node)]
        rest = [use for use in uses if use.node.start_byte >= branch.end_byte]
        parts = [(mine, arm), *([(others, branch)] if others else [])]
        if not all(begins_anew(part, where, skipped, is_read_after=is_read_after) for part, where in parts):
            return False
        if _leaves(arm):
            return begins_anew(rest, region, is_read_after=is_read_after)
        return _is_sure(others, branch) or begins_anew(rest, region, skipped, is_read_after=is_read_after)
    return True


def _reaches(uses: Sequence[Use], region: Node) -> bool:
    """Whether reads go no further than a loop that fills an array up to a place which is another in each round."""
    names = {name for name, _, _ in declarations(region)} | {name for name, _ in assigned_names(region)}
    for loop in ancestors(uses[0].node):
        if loop.start_byte < region.start_byte or loop.end_byte > region.end_byte:
            break
        end = _end_of(loop) if loop.type in LOOPS else ""
        varies = "[" in end or bool(names & set(re.findall(r"[A-Za-z_]\w*", end)))
        beyond = (use for use in uses if use.node.start_byte >= loop.end_byte and use.effect is not Effect.FILLS)
        if end and varies and not all(_goes_to(end, use, region) for use in beyond):
            return False
    return True


def _end_of(loop: Node) -> str:
    """The place that a loop goes to, as its condition says."""
    condition = loop.child_by_field_name("condition")
    sides = re.split(r"[<>]=?|!=", text(condition).strip("()")) if condition is not None else []
    return "".join(sides[1].split()) if len(sides) == 2 else ""


def _goes_to(end: str, use: Use, region: Node) -> bool:
    """Whether a use stands in a loop, or in a statement, that names the same end."""
    for outer in ancestors(use.node):
        if outer.start_byte < region.start_byte or outer.end_byte > region.end_byte:
            return False
        head = outer.child_by_field_name("condition") if outer.type in LOOPS else None
        told = head if head is not None else outer if outer.type.endswith(("_statement", "declaration")) else None
        if told is not None and told.type != "compound_statement" and end in "".join(text(told).split()):
            return True
    return False


def _branches(node: Node, region: Node) -> Iterator[tuple[Node, Node]]:
    """What may leave a node out, innermost first: a loop does where it may break off, else it is taken to run."""
    for branch, arm in arms_around(node, region):
        if branch.type not in LOOPS or any(each.type == "break_statement" for each in walk(arm)):
            yield branch, arm


def _is_sure(uses: Sequence[Use], branch: Node) -> bool:
    """Whether all other ways through a branch fill the contents, going by the first use on them."""
    inner = [each for each, _ in _branches(uses[0].node, branch) if each.id != branch.id] if uses else []
    return bool(uses) and not inner and branch.type in {"if_statement", "conditional_expression"}


def _leaves(arm: Node) -> bool:
    last = arm.named_children[-1] if arm.type == "compound_statement" and arm.named_children else arm
    return last.type in {"return_statement", "continue_statement"}


def _is_in(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _use(node: Node, name: str, depth: int) -> Use | None:
    """What one use does; None where it only asks for the length, steps or frees a pointer."""
    current, whole = node, True  # whether `current` leads to the whole array, or is an element of it
    while (parent := current.parent) is not None:
        if parent.type == "subscript_expression" and parent.child_by_field_name("argument") == current:
            whole = False
        elif parent.type == "pointer_expression":
            whole = operator(parent) == "&"
        elif parent.type == "update_expression":
            if not whole:
                return Use(node, Effect.CHANGES)
            if parent.parent is None or parent.parent.type != "pointer_expression":
                return None
        elif parent.type == "binary_expression" and whole and operator(parent) in {"+", "-"}:
            pass
        elif parent.type == "field_expression" and parent.child_by_field_name("argument") == current:
            call, method = parent.parent, parent.child_by_field_name("field")
            if call is None or method is None or call.type != "call_expression":
                current = parent
                continue
            word = text(method)
            if word in _LENGTHS:
                return None
            if not whole or word not in _WHOLE | _ELEMENT:
                return Use(node, _of_method(word, whole=whole))
            whole, parent = word in _WHOLE, call
        elif parent.type != "parenthesized_expression":
            break
        current = parent
    taken = None if whole and _is_released(current) else _taken(current, name, depth, whole=whole)
    return Use(node, *taken) if taken is not None else None


def _is_released(pointer: Node) -> bool:
    """Whether what a pointer leads to is given back to the heap."""
    around = pointer.parent
    call = around.parent if around is not None and around.type == "argument_list" else around
    return call is not None and (call.type == "delete_expression" or called_name(call) == "free")


def _of_method(word: str, *, whole: bool) -> Effect:
    """What a method of the array, or of an element, does with the contents."""
    if word in _CONSTANT:
        return Effect.READS
    return Effect.FILLS if whole and word in _REPLACE else Effect.CHANGES


def _taken(current: Node, name: str, depth: int, *, whole: bool) -> tuple[Effect, bool]:
    """What the expression around an array or an element of it does, and whether a function gets the whole."""
    parent = current.parent
    if parent is None:
        return Effect.READS, False
    if parent.type == "assignment_expression" and parent.child_by_field_name("left") == current:
        right = parent.child_by_field_name("right")
        reads = operator(parent) != "=" or (right is not None and bool(identifiers(right, name)))
        return (Effect.CHANGES if reads else Effect.FILLS), False
    if depth and (effect := _by_another_name(current, parent, depth, whole=whole)) is not None:
        return effect, False
    call = parent.parent
    if parent.type == "argument_list" and call is not None and call.type == "call_expression" and depth:
        others = [each for each in parent.named_children if each.type != "comment"]
        if current in others:
            return _handed(call, others.index(current), depth, whole=whole), whole
    return Effect.READS, False


def _by_another_name(value: Node, shell: Node, depth: int, *, whole: bool) -> Effect | None:
    """What is done through a pointer to the array, or a reference to an element, that is declared here."""
    declarator = shell.child_by_field_name("declarator") if shell.type == "init_declarator" else None
    block = next((each for each in ancestors(shell) if each.type == "compound_statement"), None)
    if declarator is None or block is None or shell.child_by_field_name("value") != value:
        return None
    if declarator.type != "reference_declarator" and not (whole and declarator.type == "pointer_declarator"):
        return None
    uses = [use for name in declared_names(declarator) for use in uses_of(name, block, depth - 1)]
    return _summary([use for use in uses if use.node.start_byte > shell.end_byte], block)


def _summary(uses: Sequence[Use], region: Node) -> Effect:
    """What several uses do together."""
    if all(use.effect is Effect.READS for use in uses):
        return Effect.READS
    return Effect.FILLS if begins_anew(uses, region) else Effect.CHANGES


def _handed(call: Node, position: int, depth: int, *, whole: bool) -> Effect:
    """What a function does with an array, or with an element, that it is handed."""
    called, callees = called_name(call), [*definitions_of(call), *lambdas_of(call)]
    if not callees:
        if whole and _FILLED.get(called) == position:
            return Effect.CHANGES if _moves_within(call, called) else Effect.FILLS
        return Effect.CHANGES if called in _IN_PLACE else Effect.READS
    found = {_effect(callee, position, depth, whole=whole) for callee in callees}
    if len(found) == 1:
        return found.pop()
    return Effect.READS if found == {Effect.READS} else Effect.CHANGES


def _moves_within(call: Node, called: str) -> bool:
    """Whether what is copied into an array comes from the array itself, `memmove(w, w + 1, …)`."""
    arguments = call.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    names = [{text(node) for node in walk(each) if node.type == "identifier"} for each in given[:2]]
    return called in {"memcpy", "memmove"} and bool(names[0] & names[-1])


def _effect(callee: Node, position: int, depth: int, *, whole: bool) -> Effect:
    parameters, body = _parameters(callee), callee.child_by_field_name("body")
    if position >= len(parameters) or body is None:
        return Effect.READS
    declarator = parameters[position].child_by_field_name("declarator")
    shapes = {node.type for node in walk(parameters[position])}
    by_reference = bool(shapes & {"reference_declarator", "pointer_declarator", "array_declarator"})
    names = declared_names(declarator) or tuple(text(n) for n in walk(parameters[position]) if n.type == "identifier")
    if not by_reference or not names:
        return Effect.READS
    uses = list(uses_of(names[0], body, depth - 1))
    effect = _summary(uses, body)
    if effect is Effect.FILLS and not begins_anew(uses, body, is_read_after=True):
        return Effect.CHANGES  # only at times, and what comes after the call may read it
    return Effect.CHANGES if effect is Effect.FILLS and not whole else effect


def _parameters(callee: Node) -> list[Node]:
    found = next((node for node in walk(callee) if node.type == "parameter_list"), None)
    return [each for each in found.named_children if "parameter" in each.type] if found is not None else []
