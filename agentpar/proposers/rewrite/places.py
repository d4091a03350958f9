"""References to elements: where a loop reads and writes."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import text, walk


@dataclass(frozen=True)
class Place:
    """A reference to an element: `bins[b].count` has root `bins`, and one index. A scalar has no index."""

    node: Node
    root: Node | None
    indices: tuple[Node, ...]

    @property
    def name(self) -> str:
        """The root's name, empty where the reference starts from something unnamed."""
        return text(self.root) if self.root is not None else ""


def place_of(node: Node) -> Place:
    """Read a reference: follow subscripts, fields, `.at(i)`, `m(i, j)` and `*p` down to the root."""
    indices: list[Node] = []
    current: Node | None = node
    while current is not None and current.type != "identifier":
        if current.type == "subscript_expression":
            arguments = current.child_by_field_name("indices")
            indices += reversed(arguments.named_children if arguments is not None else [])
            current = current.child_by_field_name("argument")
        elif current.type in {"field_expression", "pointer_expression"}:
            current = current.child_by_field_name("argument")
        elif current.type == "parenthesized_expression":
            current = current.named_children[0] if current.named_children else None
        elif current.type == "call_expression":
            arguments = current.child_by_field_name("arguments")
            indices += reversed(arguments.named_children if arguments is not None else [])
            current = current.child_by_field_name("function")
        elif current.type == "binary_expression":  # *(p + i)
            indices.append(current)
            current = current.child_by_field_name("left")
        else:
            current = None
    return Place(node, current, tuple(reversed(indices)))


def members(place: Place) -> tuple[str, ...]:
    """The members that lead from the root to what is used: `at` of `bodies[i].at[k]`; a method is no member."""
    found: list[str] = []
    current: Node | None = place.node
    while current is not None and (place.root is None or current.id != place.root.id):
        name = current.child_by_field_name("field") if current.type == "field_expression" else None
        around = current.parent
        is_method = around is not None and around.type == "call_expression"
        if name is not None and not (is_method and around and around.child_by_field_name("function") == current):
            found.insert(0, text(name))
        inner = current.child_by_field_name("argument") or current.child_by_field_name("function")
        current = inner or (current.named_children[0] if current.named_children else None)
    return tuple(found)


def are_apart(one: Place, other: Place) -> bool:
    """Whether two uses of an array or an object are of members that have nothing in common."""
    return any(mine != yours for mine, yours in zip(members(one), members(other), strict=False))


def identifiers(node: Node, name: str) -> list[Node]:
    """Every use of a plain name below a node, in source order."""
    return [found for found in walk(node) if found.type == "identifier" and text(found) == name]


def array_places(region: Node, name: str) -> tuple[list[Place], list[Place]]:
    """The places at which a loop writes an array, and those at which it uses it in any way."""
    body = region.child_by_field_name("body") or region
    written = [place for place in written_places(body) if place.name == name and place.indices]
    return written, [place for place in outermost_places(body) if place.name == name and place.indices]


def written_places(body: Node) -> Iterator[Place]:
    """The places at which a loop's body writes, plain variables apart."""
    for node in walk(body):
        target = None
        if node.type == "assignment_expression":
            target = node.child_by_field_name("left")
        elif node.type == "update_expression":
            target = node.child_by_field_name("argument")
        elif node.type == "call_expression" and called_name(node) == "swap":
            arguments = node.child_by_field_name("arguments")
            for argument in arguments.named_children if arguments is not None else []:
                if argument.type != "identifier":
                    yield place_of(argument)
        if target is not None and target.type != "identifier":
            yield place_of(target)


def outermost_places(node: Node) -> Iterator[Place]:
    """Every reference below a node, not again its parts; the ones inside its indices count as their own."""
    if node.type == "call_expression":  # `bins.size()` uses no element
        target = node.child_by_field_name("function")
        is_method = target is not None and target.type == "field_expression" and called_name(node) != "at"
        if target is not None and is_method and not place_of(target).indices:
            node = node.child_by_field_name("arguments") or node
    is_element = node.type == "call_expression" and called_name(node) == "at"
    if is_element or node.type in {"subscript_expression", "field_expression", "pointer_expression", "identifier"}:
        place = place_of(node)
        if place.root is not None:
            yield place
        for index in place.indices:
            yield from outermost_places(index)
        return
    for child in node.children:
        yield from outermost_places(child)
