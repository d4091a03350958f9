"""OpenMP directives as they stand in a source."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk

_PRAGMA = re.compile(r"#\s*pragma\s+omp\s+(.*)", re.DOTALL)
_WORD = re.compile(r"(\w+)\s*(?:\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\))?")
_CONSTRUCTS = frozenset({"parallel", "for", "simd", "critical"})


@dataclass(frozen=True)
class Pragma:
    """An OpenMP directive: where it stands, what it applies to, and its clauses with their arguments.

    `construct` is empty for one that has no counterpart without OpenMP.
    """

    node: Node
    subject: Node | None
    construct: tuple[str, ...]
    clauses: tuple[tuple[str, str], ...]

    @property
    def reductions(self) -> tuple[tuple[str, str], ...]:
        """Operator and variable of each reduction; a variable may be a section of an array, `bins[:n]`."""
        lists = [said.partition(":") for name, said in self.clauses if name == "reduction"]
        return tuple((sign.strip(), each.strip()) for sign, _, names in lists for each in names.split(","))


def pragmas(root: Node) -> Iterator[Pragma]:
    """The OpenMP directives of a source, outermost first."""
    for node in walk(root):
        said = _PRAGMA.match(text(node)) if node.type == "preproc_call" else None
        if said is not None:
            yield _read(node, said[1])


def _read(node: Node, words: str) -> Pragma:
    found = _WORD.findall(words)
    construct: list[str] = []
    while found and found[0][0] in _CONSTRUCTS and not (found[0][1] and found[0][0] != "critical"):
        construct.append(found.pop(0)[0])
    subject = node.next_named_sibling
    while subject is not None and subject.type == "comment":
        subject = subject.next_named_sibling
    return Pragma(node, subject, tuple(construct), tuple(found))


def line_of(node: Node, instead: str = "") -> Edit:
    """Other text for a directive's line; without any, the whole line is taken out."""
    root = node
    while root.parent is not None:
        root = root.parent
    source = root.text or b""
    end = node.start_byte + len(text(node).rstrip("\r\n").encode())
    if instead:
        return Edit(node.start_byte, end, instead)
    before = root.start_byte  # blank lines at the top are no part of its text
    start = source.rfind(b"\n", 0, node.start_byte - before) + 1 + before
    return Edit(start, source.find(b"\n", end - before) + 1 + before if b"\n" in source[end - before :] else end, "")
