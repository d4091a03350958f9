"""Parsing with tree-sitter, and editing text by byte ranges."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_cpp
from tree_sitter import Language, Node, Parser, Tree


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_cpp.language()))


def encode(source: str) -> bytes:
    """The bytes that offsets count in: UTF-8, with lone surrogates (from a lenient read) kept as they are."""
    return source.encode(errors="surrogatepass")


def parse(source: str) -> Tree:
    """Parse C or C++. Never fails: what the grammar rejects becomes ERROR nodes, and the compiler decides."""
    return _parser().parse(encode(source))


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
