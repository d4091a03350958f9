"""How the value of an index follows a loop's counter."""

from enum import IntEnum

from tree_sitter import Node

from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.sites import operator

_MANY_TO_ONE = frozenset({"%", "/", ">>", "&"})


class Kind(IntEnum):
    """How an index follows the loop's counter: not at all, through data, or one to one."""

    FIXED = 0
    SCATTERED = 1
    FOLLOWS = 2


def index_kind(expression: Node, kinds: dict[str, Kind]) -> Kind:
    """How an expression follows the counter, given what is known of the names in it."""
    found = max(
        (kinds.get(text(node), Kind.FIXED) for node in walk(expression) if node.type == "identifier"),
        default=Kind.FIXED,
    )
    if found is not Kind.FOLLOWS:
        return found
    followers = [node for node in walk(expression) if node.type == "identifier" and kinds.get(text(node)) is found]
    straight = any(not _is_dispersed(node, expression) for node in followers)
    return Kind.FOLLOWS if straight else Kind.SCATTERED


def _is_dispersed(node: Node, expression: Node) -> bool:
    """Whether a name reaches the expression's value through memory or a many-to-one operator."""
    current: Node | None = node
    while current is not None and current.id != expression.id:
        current = current.parent
        if current is None:
            return False
        if current.type in {"subscript_expression", "pointer_expression"}:
            return True
        if current.type == "binary_expression" and operator(current) in _MANY_TO_ONE:
            return True
    return False
