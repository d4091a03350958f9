"""What the iterations of a loop share: a light, optimistic reading that orders proposals and writes clauses.

It need not be sound. A wrong guess costs one evaluation, because the judge checks values and races.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.branches import arms_around
from agentpar.proposers.rewrite.changes import MUTATORS, changed_by_calls, changed_elements
from agentpar.proposers.rewrite.hidden import hidden_changes
from agentpar.proposers.rewrite.indices import Kind, index_kind
from agentpar.proposers.rewrite.places import (
    identifiers,
    place_of,
)
from agentpar.proposers.rewrite.rounding import rounds_at_each_step
from agentpar.proposers.rewrite.shared_arrays import Conflict, SharedArrays, body_of, holds
from agentpar.proposers.rewrite.sites import (
    LOOPS,
    Loop,
    ancestor,
    assigned_names,
    declarations,
    operator,
)
from agentpar.proposers.rewrite.updates import Update, is_pruned_by, updates_in

_TEXT = re.compile(r"\b(w?string|u(8|16|32)string)\b[\s>]*$")


@dataclass(frozen=True)
class Dependences:
    """What iterations share: scalars by what OpenMP can do about them, arrays by conflict.

    `carried` names what one iteration hands to the next, for which no clause is a cure.
    """

    private: tuple[str, ...] = ()
    last_private: tuple[str, ...] = ()
    reductions: tuple[tuple[str, str], ...] = ()
    carried: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether clauses alone make the iterations independent."""
        return not self.carried and not self.conflicts


def dependences(region: Node, variable: str, function: Node) -> Dependences:
    """What the iterations over `variable` share, when `region` is the loop they run."""
    local = {name for name, _, _ in declarations(region)} | {variable}
    updates = tuple(
        update
        for update in updates_in(body_of(region))
        if not rounds_at_each_step(update, function) and not _appends_text(update, function)
    )
    scalars = _Scalars(region, local, updates, function)
    arrays = SharedArrays(region, variable, local, updates)
    conflicts = tuple(arrays.conflicts())
    apart = local - arrays.aliases
    called = (name for name, _ in changed_by_calls(body_of(region), function) if name not in apart)
    elements = (
        place.name
        for place in changed_elements(body_of(region))
        if place.name not in local and all(index_kind(i, arrays.kinds) is not Kind.FOLLOWS for i in place.indices)
    )
    carried = [*scalars.carried, *arrays.carried(), *_mutated(region, local, arrays.kinds), *called, *elements]
    carried += hidden_changes(region, function)
    return Dependences(
        private=tuple(scalars.private),
        last_private=tuple(scalars.last_private),
        reductions=tuple(scalars.reductions),
        carried=tuple(dict.fromkeys(carried)),
        conflicts=conflicts,
    )


def _appends_text(update: Update, function: Node) -> bool:
    """Whether an update appends to a string, whose characters come in the order of the iterations."""
    root = place_of(update.target).name
    kinds = [declaration.child_by_field_name("type") for name, declaration, _ in declarations(function) if name == root]
    return update.operator == "+" and any(kind is not None and _TEXT.search(text(kind)) for kind in kinds)


def _mutated(region: Node, local: set[str], kinds: dict[str, Kind]) -> Iterator[str]:
    """Shared objects whose shape or identity a call changes: `out.push_back(x)`, `std::swap(a, b)`.

    Elements that iterations have to themselves, as `rows[i].push_back(x)`, are none.
    """
    for call in walk(region):
        if call.type != "call_expression" or called_name(call) not in {*MUTATORS, "exchange"}:
            continue
        target = call.child_by_field_name("function")
        touched = [target.child_by_field_name("argument")] if target is not None else []
        arguments = call.child_by_field_name("arguments")
        if called_name(call) in {"swap", "exchange"} and arguments is not None:
            touched += arguments.named_children[: None if called_name(call) == "swap" else 1]
        for node in touched:
            place = place_of(node) if node is not None else None
            if place is None or place.root is None or place.name in local:
                continue
            if called_name(call) == "swap" and place.indices:
                continue  # a write like others
            if all(index_kind(index, kinds) is not Kind.FOLLOWS for index in place.indices):
                yield place.name


class _Scalars:
    """Sorts the outer variables that a loop assigns by what OpenMP can do about them."""

    def __init__(self, region: Node, local: set[str], updates: tuple[Update, ...], function: Node) -> None:
        self.private: list[str] = []
        self.last_private: list[str] = []
        self.reductions: list[tuple[str, str]] = []
        self.carried: list[str] = []
        body = body_of(region)
        for name in dict.fromkeys(name for name, _ in assigned_names(body) if name not in local):
            uses = identifiers(body, name)
            folds = [update for update in updates if text(update.target) == name]
            operators = {update.operator for update in folds}
            later = _uses_after(region, name, function)
            kept = bool(later) and not is_assigned(later[0])
            if _is_written_first(uses, body, only_always=kept):
                (self.last_private if kept else self.private).append(name)
            elif len(operators) == 1 and _are_folded(uses, folds):
                self.reductions.append((operators.pop(), name))
            else:
                self.carried.append(name)


def _uses_after(region: Node, name: str, function: Node) -> list[Node]:
    """The uses of a name as they follow a loop: in the rest of what repeats it, then in the next round, then after."""
    found = identifiers(function, name)
    later = [use for use in found if use.start_byte >= region.end_byte]
    around = ancestor(region, LOOPS)
    if around is None or around.start_byte <= function.start_byte or name in {n for n, _, _ in declarations(around)}:
        return later
    rest = [use for use in later if use.end_byte <= around.end_byte]
    again = [use for use in found if around.start_byte <= use.start_byte < region.start_byte]
    return [*rest, *again, *later[len(rest) :]]


def _are_folded(uses: list[Node], folds: list[Update]) -> bool:
    """Whether a scalar is used in its updates alone; of an extreme, conditions may ask what is worse and spare it."""
    others = [use for use in uses if not any(holds(fold.statement, use) for fold in folds)]
    return not others or (folds[0].operator in {"min", "max"} and all(map(is_pruned_by, others)))


def is_assigned(use: Node) -> bool:
    """Whether an identifier is the left side of a plain assignment that does not read it."""
    parent = use.parent
    if parent is None or parent.type != "assignment_expression" or operator(parent) != "=":
        return False
    left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
    is_left = left is not None and left.id == use.id
    return is_left and right is not None and not identifiers(right, text(use))


def is_read_after(loop: Loop) -> bool:
    """Whether the counter's value is read after the loop, before it gets another."""
    uses = [use for use in identifiers(loop.function, loop.variable) if use.start_byte >= loop.node.end_byte]
    shell = uses[0].parent if uses else None
    is_declared_anew = shell is not None and shell.type == "init_declarator"
    return bool(uses) and not is_declared_anew and not is_assigned(uses[0])


def _is_written_first(uses: list[Node], body: Node, *, only_always: bool) -> bool:
    """Whether each iteration assigns before it reads, on every path on which it reads.

    With `only_always` it must assign on every path, since the last value is wanted after the loop.
    """
    if not uses or not is_assigned(uses[0]):
        return False
    around = next(arms_around(uses[0], body), None)
    if around is None:
        return True
    others = [use for use in uses if not holds(around[1], use)]
    return not only_always and (not others or _is_written_first(others, body, only_always=False))
