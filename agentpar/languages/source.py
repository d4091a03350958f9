"""Parsing with tree-sitter, and editing text by byte ranges."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_cpp
from tree_sitter import Language, Node, Parser, Tree


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_cpp.language()))


def parse(source: str) -> Tree:
    """Parse C or C++. Never fails: what the grammar rejects becomes ERROR nodes, and the compiler decides."""
    return _parser().parse(source.encode())


def text(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode(errors="replace")


def walk(node: Node) -> Iterator[Node]:
    """The node and all its descendants, in source order."""
    yield node
    for child in node.children:
        yield from walk(child)


@dataclass(frozen=True)
class Edit:
    """Replace the bytes from `start` up to `end` by `new`."""

    start: int
    end: int
    new: str


def apply_edits(source: str, edits: Iterable[Edit]) -> str:
    """Apply edits that do not overlap; raises ValueError where two do. Everything else stays byte for byte."""
    data = source.encode()
    position = len(data)
    for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
        if edit.end > position:
            raise ValueError("overlapping edits")
        data = data[: edit.start] + edit.new.encode() + data[edit.end :]
        position = edit.start
    return data.decode()
