"""Which parameter an expression reaches into, and by which indices: through locals, pointers, helpers and lambdas."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from agentpar.languages.body import Body
from agentpar.languages.guards import Guard, operator, unwrap
from agentpar.languages.helpers import parameter_nodes
from agentpar.languages.source import text

MAX_DEPTH = 40
_WALKS = ("for_statement", "while_statement")


@dataclass(frozen=True)
class Place:
    """Where an expression is read: its function, that function's arguments, the guards that hold.

    `bound` gives the parameters of lambdas their values, by the identity of the variable.
    """

    body: Body
    guards: tuple[Guard, ...] = ()
    arguments: Mapping[str, "Term"] = field(default_factory=dict)
    bound: Mapping[int, "Term"] = field(default_factory=dict)
    active: frozenset[int] = frozenset()
    depth: int = 0

    def at(self, node: Node) -> "Place":
        """The same function where a node of it stands."""
        return replace(self, guards=self.body.guards_at(node))


@dataclass(frozen=True)
class Term:
    """An expression, and where it stands; `is_walked` asks how far a pointer by that name is stepped.

    With `is_last` that is without the last step, as where the pointer is used before it.
    """

    node: Node
    place: Place
    is_walked: bool = False
    is_last: bool = False


@dataclass(frozen=True)
class Access:
    """A path into a parameter: one sum of terms per level, a pending pointer offset, and the field of a struct.

    The fields of a structured binding are known by their place alone: `#0`, `#1`.
    """

    parameter: str
    indices: tuple[tuple[Term, ...], ...] = ()
    offset: tuple[Term, ...] = ()
    field: str = ""

    @property
    def source(self) -> str:
        """The parameter, or its field, that a value is read from."""
        return f"{self.parameter}.{self.field}" if self.field else self.parameter


def access(node: Node, place: Place) -> Access | None:  # noqa: PLR0911 - one case a return
    """The entry function's parameter that an expression reaches into, through locals and helpers."""
    if place.depth > MAX_DEPTH:
        return None
    place = replace(place, depth=place.depth + 1)
    node = unwrap(node)
    argument = node.child_by_field_name("argument")
    if node.type == "identifier":
        return _named_access(node, place)
    if argument is not None and _is_stepped(argument, place):
        return None  # it points anywhere by and by
    if node.type == "subscript_expression" and argument is not None:
        indices = node.child_by_field_name("indices")
        first = indices.named_children[0] if indices is not None and indices.named_children else None
        return _step(access(argument, place), first, place)
    if node.type == "field_expression" and argument is not None:
        return _field(access(argument, place), node.child_by_field_name("field"))
    if node.type == "pointer_expression" and argument is not None:
        inner = access(argument, place)
        if inner is None:
            return None
        if text(node).startswith("*"):
            return replace(inner, indices=(*inner.indices, inner.offset), offset=())
        return replace(inner, indices=inner.indices[:-1], offset=inner.indices[-1]) if inner.indices else inner
    if node.type == "call_expression":
        return _called_access(node, place)
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type == "binary_expression" and left is not None and right is not None and operator(node) == "+":
        base = access(left, place)
        if base is not None:
            return replace(base, offset=(*base.offset, Term(right, place)))
    return None


def _is_stepped(pointer: Node, place: Place) -> bool:
    variable = place.body.lookup(pointer) if pointer.type == "identifier" else None
    return variable is not None and bool(variable.rises or variable.falls)


def walked_to(node: Node, place: Place) -> Access | None:
    """Where a pointer that is stepped through a parameter stops: p + n, for `*q` where `q < p + n` holds."""
    argument = node.child_by_field_name("argument")
    pointer = unwrap(argument) if argument is not None else node
    if pointer.type == "update_expression":
        pointer = pointer.child_by_field_name("argument") or pointer
    variable = place.body.lookup(pointer) if pointer.type == "identifier" else None
    if variable is None or not variable.rises:
        return None
    for guard in place.guards:
        if guard.is_upper and guard.is_strict and guard.subject == variable.name and isinstance(guard.bound, Node):
            reached = access(guard.bound, place)
            if reached is not None and reached.offset:
                return reached
    return None


def walked_beside(node: Node, place: Place) -> tuple[Access, Term | None] | None:
    """Where a pointer or iterator stops that walks beside another, and how many steps that takes if not told with it.

    A loop that steps both, until the other has come to its end, says so.
    """
    argument = node.child_by_field_name("argument")
    walker = unwrap(argument) if argument is not None else node
    if walker.type == "update_expression":
        walker = walker.child_by_field_name("argument") or walker
    variable = place.body.lookup(walker) if walker.type == "identifier" else None
    starts = [value for value in variable.values if not value.type.startswith("update")] if variable is not None else []
    loop = next((each for each in place.body.ancestors(node) if each.type in _WALKS), None)
    condition = loop.child_by_field_name("condition") if loop is not None else None
    if variable is None or loop is None or condition is None or not variable.rises or len(starts) != 1:
        return None
    if not all(loop.start_byte <= step.start_byte < loop.end_byte for step in variable.rises):
        return None
    condition = unwrap(condition)
    other, bound = condition.child_by_field_name("left"), condition.child_by_field_name("right")
    if other is None or bound is None or operator(condition) not in {"!=", "<"} or other.type != "identifier":
        return None
    leader, start = place.body.lookup(other), access(starts[0], place)
    if leader is None or leader is variable or not leader.rises or start is None:
        return None
    end = access(bound, place)
    if end is not None and end.offset:
        return replace(start, offset=(*start.offset, *end.offset)), None
    return (start, Term(bound, place)) if re.search(r"\bc?end\(", text(bound)) else None


def stepped_through(node: Node, place: Place) -> Access | None:
    """The end of all steps of a pointer that `*q++ = x;` or `x = *q; q++;` steps through a parameter, however often."""
    argument = node.child_by_field_name("argument")
    pointer = unwrap(argument) if argument is not None else node
    if pointer.type == "update_expression" and not text(pointer).startswith(("+", "-")):
        pointer = pointer.child_by_field_name("argument") or pointer
    variable = place.body.lookup(pointer) if pointer.type == "identifier" else None
    if variable is None or not variable.rises or variable.falls or (variable.is_parameter and place.arguments):
        return None
    starts = [access(value, place) for value in variable.values]
    starts += [Access(variable.name)] if variable.is_parameter else []
    first = starts[0] if starts else None
    if first is None or any(start is None or start.parameter != first.parameter for start in starts):
        return None
    return replace(first, offset=(*first.offset, Term(pointer, place, is_walked=True)))


def _step(base: Access | None, index: Node | None, place: Place) -> Access | None:
    if base is None or index is None:
        return None
    return replace(base, indices=(*base.indices, (*base.offset, Term(index, place))), offset=())


def _field(base: Access | None, name: Node | None) -> Access | None:
    if base is None or name is None:
        return base
    return replace(base, field=f"{base.field}.{text(name)}" if base.field else text(name))


def _named_access(node: Node, place: Place) -> Access | None:
    variable = place.body.lookup(node)
    if variable is None or id(variable) in place.active:
        return None
    inside = replace(place, active=place.active | {id(variable)})
    bound = place.bound.get(id(variable))
    if variable.is_parameter:
        bound = place.arguments.get(variable.name)
        if bound is None:
            return None if place.arguments else Access(variable.name)
    if bound is not None:
        return access(bound.node, replace(bound.place, depth=place.depth))
    base = None
    if variable.ranges_over is not None:
        over = access(variable.ranges_over, inside)
        base = replace(over, indices=(*over.indices, ())) if over is not None else None
    elif len(variable.values) == 1 and not variable.rises and not variable.falls:
        base = access(variable.values[0], inside)
    elif variable.values and not variable.rises and not variable.falls:
        base = _taking_turns(variable.values, inside)
    if base is not None and variable.member is not None:
        return replace(base, field=f"#{variable.member}")
    return base


def _taking_turns(values: list[Node], place: Place) -> Access | None:
    """What a pointer leads to that is swapped with one to a buffer: the one parameter that they begin at."""
    found = [reached for value in values if (reached := access(value, place)) is not None]
    whole = not any(reached.indices or reached.offset or reached.field for reached in found)
    return found[0] if whole and len({reached.parameter for reached in found}) == 1 else None


def _called_access(node: Node, place: Place) -> Access | None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    owner = function.child_by_field_name("argument") if function is not None else None
    name = function.child_by_field_name("field") if function is not None else None
    if owner is None or name is None or arguments is None:
        return None
    if text(name) == "at" and arguments.named_children:
        return _step(access(owner, place), arguments.named_children[0], place)
    return access(owner, place) if text(name) in ("data", "begin", "cbegin") else None


def lambda_call(function: Node, values: list[Node], place: Place) -> tuple[Node, Place] | None:
    """The body of the lambda that a call names, and the place inside it where its parameters have these values."""
    variable = place.body.lookup(function) if function.type == "identifier" else None
    called = variable.values[0] if variable is not None and len(variable.values) == 1 else None
    block = called.child_by_field_name("body") if called is not None and called.type == "lambda_expression" else None
    if called is None or block is None:
        return None
    names = parameter_nodes(called.child_by_field_name("declarator"))
    given = {
        id(inner): Term(value, place)
        for name, value in zip(names, values, strict=False)
        if name is not None and (inner := place.body.lookup(name)) is not None
    }
    # A guard speaks of the caller's names; a parameter may have the same name and mean another thing.
    return block, replace(place, guards=(), bound={**place.bound, **given})
