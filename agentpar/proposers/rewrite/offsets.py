"""Lengths that a loop notes of the lists it fills, `start[i + 1] = list.size()`, as rows of sparse matrices begin."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.places import identifiers, place_of
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations, operator

_CASTS = re.compile(r"\(\s*(?:int|long|size_t|unsigned)\s*\)|(?:static_cast\s*<[^<>]*>|\bint|\blong)(?=\s*\()")


@dataclass(frozen=True)
class Note:
    """Where the length of the list `measured` is kept: in the element `target`, or at the end of the list `into`."""

    measured: str
    target: str = ""
    into: str = ""


def measured(whole: Node) -> str:
    """The list whose length, and nothing else, an expression stores in an element or appends to another list."""
    value = whole.child_by_field_name("right") if whole.type == "assignment_expression" else None
    if value is not None and (operator(whole) != "=" or _element(whole) is None):
        return ""
    if whole.type == "call_expression" and called_name(whole) in {"push_back", "emplace_back"}:
        arguments = whole.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        value = given[0] if len(given) == 1 else None
    spelled = _CASTS.sub("", text(value)) if value is not None else ""
    told = re.fullmatch(r"[(\s]*(\w+)\s*\.\s*(?:size|length)\s*\(\s*\)[)\s]*", spelled)
    return told[1] if told else ""


def offsets_noted(loop: Loop, lists: Sequence[str]) -> tuple[Note, ...] | None:
    """All notes that a loop takes of how long these lists are; None where one could not be mended afterwards."""
    found = []
    for whole in _statements(loop.body):
        name = measured(whole)
        if name not in lists:
            continue
        note = _stored(whole, name, loop) if whole.type == "assignment_expression" else _appended(whole, name, lists)
        if note is None:
            return None
        found.append(note)
    taken = {note.into: note.measured for note in found if note.into}
    for whole in _statements(loop.body):
        owner = _owner(whole)
        if owner in taken and measured(whole) != taken[owner]:
            return None  # what else is appended must stay as it is
    return tuple(dict.fromkeys(found))


def _statements(body: Node) -> Iterator[Node]:
    for node in walk(body):
        if node.type == "expression_statement" and node.named_children:
            yield node.named_children[0]


def _element(assignment: Node) -> Node | None:
    left = assignment.child_by_field_name("left")
    return left if left is not None and left.type == "subscript_expression" else None


def _stored(whole: Node, name: str, loop: Loop) -> Note | None:
    """A store that every iteration makes once, to an element of its own that nothing else in the loop looks at."""
    left = _element(whole)
    if left is None or not is_certain(whole, loop.body) or len(identifiers(loop.body, place_of(left).name)) != 1:
        return None
    varying = {found for found, _ in assigned_names(loop.body)} | {found for found, _, _ in declarations(loop.body)}
    used = {text(node) for node in walk(left) if node.type == "identifier"}
    calls = any(node.type in {"call_expression", "update_expression"} for node in walk(left))
    return None if used & varying or calls or loop.variable not in used else Note(name, target=text(left))


def _owner(whole: Node) -> str:
    target = whole.child_by_field_name("function") if whole.type == "call_expression" else None
    owner = target.child_by_field_name("argument") if target is not None else None
    return text(owner) if owner is not None else ""


def _appended(whole: Node, name: str, lists: Sequence[str]) -> Note | None:
    into = _owner(whole)
    return Note(name, into=into) if into in lists and into != name else None
