"""How the value of an index follows a loop's counter."""

import re
from collections.abc import Iterator
from enum import IntEnum

from tree_sitter import Node

from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.places import place_of
from agentpar.proposers.rewrite.sites import FOR_LOOPS, declarations, declared_names, operator, read_header

_MANY_TO_ONE = frozenset({"%", "/", ">>", "&"})


class Kind(IntEnum):
    """How an index follows the loop's counter: not at all, through data, or one to one."""

    FIXED = 0
    SCATTERED = 1
    FOLLOWS = 2


def index_kind(expression: Node, kinds: dict[str, Kind]) -> Kind:
    """How an expression follows the counter, given what is known of the names in it."""
    counted = {id_ for node in walk(expression) if _counts_from_start(node, kinds) for id_ in _ids(node)}
    names = [node for node in walk(expression) if node.type == "identifier" and node.id not in counted]
    found = max((kinds.get(text(node), Kind.FIXED) for node in names), default=Kind.FIXED)
    if found is not Kind.FOLLOWS:
        return found
    followers = [node for node in names if kinds.get(text(node)) is found]
    straight = any(not _is_dispersed(node, expression) for node in followers)
    return Kind.FOLLOWS if straight else Kind.SCATTERED


def _counts_from_start(node: Node, kinds: dict[str, Kind]) -> bool:
    """Whether an expression is how far a counter is from where its loop starts, `j - first`, alike in every round."""
    is_difference = node.type == "binary_expression" and operator(node) == "-"
    return is_difference and _difference(*(text(child) for child in node.named_children[:2])) in kinds


def _difference(counter: str, start: str) -> str:
    """How what a counter is from its start stands among the kinds, where no name is spelled like that."""
    return f"{counter} - {start}"


def _ids(node: Node) -> list[int]:
    return [each.id for each in walk(node)]


def _is_dispersed(node: Node, expression: Node) -> bool:
    """Whether a name reaches the expression's value through memory or a many-to-one operator."""
    current: Node | None = node
    while current is not None and current.id != expression.id:
        current = current.parent
        if current is None:
            return False
        if current.type in {"subscript_expression", "pointer_expression"}:
            return True
        if current.type == "field_expression" and "->" in {child.type for child in current.children}:
            return True
        if current.type == "binary_expression" and operator(current) in _MANY_TO_ONE:
            return True
    return False


def index_kinds(region: Node, variable: str) -> dict[str, Kind]:
    """How the values of names follow a loop's counter; two passes reach names defined further down."""
    body = region.child_by_field_name("body") or region
    kinds = {variable: Kind.SCATTERED if region.type == "for_range_loop" else Kind.FOLLOWS}
    for _ in range(2):
        for node in walk(body):
            if node.type in FOR_LOOPS:
                _note_inner_counter(node, variable, kinds, region)
            elif node.type == "init_declarator" or (node.type == "assignment_expression" and operator(node) == "="):
                target = node.child_by_field_name("declarator") or node.child_by_field_name("left")
                value = node.child_by_field_name("value") or node.child_by_field_name("right")
                starts = node.parent is not None and node.parent.type in FOR_LOOPS
                if target is not None and value is not None and target.type == "identifier" and not starts:
                    kind = index_kind(value, kinds)
                    if kind is not Kind.FIXED and text(target) not in kinds:
                        kinds[text(target)] = kind
    return kinds


def _note_inner_counter(loop: Node, variable: str, kinds: dict[str, Kind], region: Node) -> None:
    """A counter from `start[i]` to `start[i + 1]` follows `i`; one from `i + 1` to `n` meets other rows."""
    header = read_header(loop)
    if header is None or header.is_range or header.variable == variable:
        return
    bounds = [
        {
            name
            for name in kinds
            if name.isidentifier() and name != header.variable and re.search(rf"\b{re.escape(name)}\b", bound)
        }
        for bound in (header.lower, header.upper)
    ]
    if re.fullmatch(r"\w+", header.lower) and bounds[0]:
        kinds[_difference(header.variable, header.lower)] = Kind.FIXED
    if not any(bounds):
        kinds.pop(header.variable, None)
    elif all(bounds) and _are_parts(header.lower, bounds[0], region, kinds):
        kinds[header.variable] = Kind.FOLLOWS
    else:
        kinds[header.variable] = Kind.SCATTERED


def _are_parts(lower: str, names: set[str], region: Node, kinds: dict[str, Kind]) -> bool:
    """Whether ranges that begin at `lower` are apart for each round, as `start[i]` or `i * width`, and not `i - width`.

    Names are what of it follows the counter.
    """
    around, body = read_header(region), region.child_by_field_name("body") or region
    if around is None or around.step not in {"1", "-1"} or "*" in lower or "[" in lower:
        return True
    for name, _, declarator in declarations(body):
        value = declarator.child_by_field_name("value")
        if name in names and value is not None and ("*" in text(value) or "[" in text(value)):
            return True
    return any(kinds.get(name) is Kind.SCATTERED for name in names)


def walked_references(body: Node, kinds: dict[str, Kind], apart: set[str]) -> Iterator[str]:
    """References by which each range-`for` inside goes through elements that all iterations share.

    `apart` names what is known to be each iteration's own.
    """
    own = apart | {name for name, _, _ in declarations(body)}
    for loop in walk(body):
        shell, over = loop.child_by_field_name("declarator"), loop.child_by_field_name("right")
        if loop.type != "for_range_loop" or shell is None or over is None or shell.type != "reference_declarator":
            continue
        place = place_of(over)
        follows = any(index_kind(way, kinds) is Kind.FOLLOWS for way in (over, *place.indices))
        is_const = any(child.type == "type_qualifier" for child in loop.children)
        if place.root is not None and place.name not in own and not follows and not is_const:
            yield from declared_names(shell)
