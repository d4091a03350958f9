"""Parsing with tree-sitter, and editing text by byte ranges."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_cpp
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

# To the grammar, `Point p(x[i], y);` in a body declares a function; there it is an object and what it is made from.
_PROTOTYPES = "(declaration declarator: (function_declarator parameters: (parameter_list (_)) @given))"
_NAMES = frozenset({"type_identifier", "qualified_identifier", "template_type"})


@cache
def _language() -> Language:
    return Language(tree_sitter_cpp.language())


@cache
def _parser() -> Parser:
    return Parser(_language())


@cache
def _prototypes() -> Query:
    return Query(_language(), _PROTOTYPES)


def encode(source: str) -> bytes:
    """The bytes that offsets count in: UTF-8, with lone surrogates (from a lenient read) kept as they are."""
    return source.encode(errors="surrogatepass")


def parse(source: str) -> Tree:
    """Parse C or C++. Never fails: what the grammar rejects becomes ERROR nodes, and the compiler decides.

    What an object is made from, `T t(a, b);`, reads as the list that `T t{a, b};` has, with its own text.
    """
    data = encode(source)
    tree = _parser().parse(data)
    given = [node for node in QueryCursor(_prototypes()).captures(tree.root_node).get("given", []) if _is_made(node)]
    if not given:
        return tree
    spelled = bytearray(data)
    for node in given:
        spelled[node.start_byte], spelled[node.end_byte - 1] = b"{}"
    tree = _parser().parse(spelled)
    spelled[:] = data  # the tree reads the text of its nodes from here
    return tree


def _is_made(given: Node) -> bool:
    """Whether what stands in a prototype's parentheses are expressions: it is in a body, and names no parameter."""
    outer = next(node for node in ancestors(given) if node.type == "declaration").parent
    if outer is None or outer.type not in {"compound_statement", "for_statement", "case_statement"}:
        return False
    return all(_may_be_expression(each) for each in given.named_children if each.type != "comment")


def _may_be_expression(parameter: Node) -> bool:
    kind, declarator = parameter.child_by_field_name("type"), parameter.child_by_field_name("declarator")
    if parameter.type != "parameter_declaration" or kind is None or kind.type not in _NAMES:
        return False
    if parameter.children[0].id != kind.id:  # `const T`
        return False
    if declarator is None:
        return not text(kind).endswith(">")
    if declarator.type in {"pointer_declarator", "reference_declarator"}:  # `a * b`, `a & b`
        return bool(declarator.named_children) and declarator.named_children[-1].type == "identifier"
    return declarator.type in {"abstract_array_declarator", "abstract_function_declarator"}


def text(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode(errors="replace")


def line(node: Node) -> int:
    """The line a node starts on, counting from 1."""
    return node.start_point[0] + 1


def walk(node: Node) -> Iterator[Node]:
    """The node and all its descendants, in source order; a loop, because hostile input nests without end."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def is_deeper(node: Node, levels: int) -> bool:
    """Whether nodes nest deeper below a node than so many levels."""
    row = [node]
    for _ in range(levels):
        row = [child for each in row for child in each.named_children]
        if not row:
            return False
    return True


def ancestors(node: Node) -> Iterator[Node]:
    """The nodes around a node, innermost first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


@dataclass(frozen=True)
class Edit:
    """Replace the bytes from `start` up to `end` by `new`."""

    start: int
    end: int
    new: str


class OverlapError(ValueError):
    """Two edits change the same text."""


def apply_edits(source: str, edits: Iterable[Edit]) -> str:
    """Apply edits that do not overlap; raises OverlapError where two do. All else stays byte for byte."""
    data = encode(source)
    position = len(data)
    for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
        if edit.end > position:
            raise OverlapError("overlapping edits")
        data = data[: edit.start] + encode(edit.new) + data[edit.end :]
        position = edit.start
    return data.decode(errors="surrogatepass")
