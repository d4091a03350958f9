"""OpenMP directives as values, and variants of the source made from them."""

import re
from dataclasses import dataclass, replace

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits
from agentpar.proposers.rewrite.bodies import CLOSE, MARK
from agentpar.proposers.rewrite.sites import Loop

_MARK = b"\xef\xbb\xbf"  # of the byte order


@dataclass(frozen=True)
class Layout:
    """How the user's text is laid out, so that what is added looks the same."""

    source: bytes

    @property
    def newline(self) -> str:
        """The source's own line ending."""
        return "\r\n" if b"\r\n" in self.source else "\n"

    def indent_at(self, position: int) -> str:
        """The white space that starts the line of a byte position."""
        line = self.source[self._line_start(position) :]
        return line[: len(line) - len(line.lstrip(b" \t"))].decode()

    @property
    def indent_unit(self) -> str:
        """One level of indentation: the first indented line's."""
        for line in self.source.splitlines():
            if line.startswith(b"\t"):
                return "\t"
            width = len(line) - len(line.lstrip(b" "))
            if width in {2, 3, 4, 8} and line.strip()[:1] not in {b"", b"*", b"/"}:
                return " " * width
        return "    "

    def insert_lines(self, position: int, lines: tuple[str, ...]) -> Edit:
        """Whole lines before the statement at a position, with that statement's indentation."""
        start = self._line_start(position)
        indent = self.indent_at(position)
        before = self.source[start:position]
        if before.strip():  # something stands before the statement on its line
            indent = self._indent_inside(position)
            block = "".join(f"{self.newline}{indent}{line}" for line in lines)
            gap = _gap(before)
            return Edit(position - gap, position, f"{block}{self.newline}{indent}")
        return Edit(start, start, "".join(f"{indent}{line}{self.newline}" for line in lines))

    def wrap(
        self,
        node: Node,
        head: tuple[str, ...],
        tail: tuple[str, ...],
        levels: int,
        edits: tuple[Edit, ...] = (),
    ) -> Edit:
        """Edit a statement, move it `levels` of indentation to the right, and put lines around it."""
        start = node.start_byte
        indent, shift = self.indent_at(start), self.indent_unit * levels
        before, after, gap = self._braces(node)
        if before:
            indent = before[before.rindex("\n") + 1 :]
        elif (head or levels) and self.source[self._line_start(start) : start].strip():  # a directive needs its own
            indent = self._indent_inside(start)
            gap, before = _gap(self.source[:start]), self.newline + indent
        lines = [indent + shift + line if line.strip() else line for line in self.lines_of(node, edits)]
        whole = [*(indent + line for line in head), *lines, *(indent + line for line in tail)]
        return Edit(start - gap, node.end_byte, before + self.newline.join(whole).removeprefix(indent) + after)

    def include(self, header: str) -> tuple[Edit, ...]:
        """The `#include` of a header after those that stand under no condition; nothing if the source has it."""
        if header.encode() in self.source:
            return ()
        return (Edit(self.after_includes, self.after_includes, f"#include {header}{self.newline}"),)

    @property
    def after_includes(self) -> int:
        """The position after the last `#include` that stands under no condition; the start where there is none."""
        depth = position = 0
        place = len(_MARK) if self.source.startswith(_MARK) else 0
        for line in self.source.splitlines(keepends=True):
            position += len(line)
            word = re.match(rb"\s*#\s*(include|if|endif)", line.removeprefix(_MARK))
            if word is not None:
                depth += {b"if": 1, b"endif": -1}.get(word[1], 0)
                place = position if word[1] == b"include" and not depth else place
        return place

    def lines_of(self, node: Node, edits: tuple[Edit, ...] = ()) -> tuple[str, ...]:
        """A statement's lines after edits, without its indentation."""
        start = node.start_byte
        whole = self.source[start : node.end_byte].decode()
        first, *rest = apply_edits(whole, [Edit(e.start - start, e.end - start, e.new) for e in edits]).split(
            self.newline
        )
        return (first, *(line.removeprefix(self.indent_at(start)) for line in rest))

    def lines_inside(self, block: Node, edits: tuple[Edit, ...] = ()) -> tuple[str, ...]:
        """A block's lines after edits, without its braces and its owner's indentation."""
        whole = self.newline.join(self.lines_of(block, edits)).removeprefix("{").removesuffix("}")
        first, *rest = whole.split(self.newline)
        lines = (self.indent_unit + first.strip() if first.strip() else "", *(line.rstrip() for line in rest))
        return lines[not lines[0] : len(lines) - (not lines[-1])]

    def _braces(self, node: Node) -> tuple[str, str, int]:
        """What makes several statements of one that is another's body, and how much white space that takes over."""
        parent = node.parent
        if parent is None or parent.type in {"compound_statement", "case_statement", "translation_unit"}:
            return "", "", 0
        outer = self.indent_at(parent.start_byte)
        gap = len(self.source[: node.start_byte]) - len(self.source[: node.start_byte].rstrip())
        return f" {{{self.newline}{outer}{self.indent_unit}", f"{self.newline}{outer}}}", gap

    def removal(self, node: Node) -> Edit:
        """Without a statement, and without its line where it stands alone on it."""
        start, end = self._line_start(node.start_byte), self.source.find(b"\n", node.end_byte)
        alone = not self.source[start : node.start_byte].strip() and not self.source[node.end_byte : end].strip()
        if alone and end >= 0:
            return Edit(start, end + 1, "")
        rest = self.source[node.end_byte :]
        return Edit(node.start_byte, node.end_byte + len(rest) - len(rest.lstrip(b" ")), "")

    def line_after(self, node: Node, *lines: str) -> Edit:
        """Whole lines after a statement, with its indentation; on its own line where its block ends there."""
        rest, indent = self.source[node.end_byte :], self._indent_inside(node.start_byte)
        is_last = rest.lstrip(b" \t").startswith(b"}") and not rest.startswith(CLOSE.encode())
        if is_last and not any("#" in line for line in lines):
            return Edit(node.end_byte, node.end_byte, "".join(f" {line}" for line in lines))
        below = "".join(f"{self.newline}{indent}{line}" for line in lines)
        if lines[-1].startswith("#") and rest.partition(b"\n")[0].strip():  # nothing may follow it on its line
            return Edit(
                node.end_byte, node.end_byte + len(rest) - len(rest.lstrip(b" ")), below + self.newline + indent
            )
        return Edit(node.end_byte, node.end_byte, below)

    def into_body(self, body: Node, first: tuple[str, ...] = (), last: tuple[str, ...] = ()) -> tuple[Edit, ...]:
        """Lines at the start and the end of a loop's body, which becomes a block if it is a single statement."""
        if body.type != "compound_statement":
            tail = self.newline
            outer = self.indent_at(body.parent.start_byte) if body.parent is not None else ""
            inner = outer + self.indent_unit
            head = "{" + "".join(f"{self.newline}{inner}{line}" for line in first) + self.newline + inner
            after = "".join(f"{tail}{inner}{line}" for line in last) + f"{tail}{outer}}}"
            before = self.source[: body.start_byte]
            gap = len(before) - len(before.rstrip())
            return (
                Edit(body.start_byte - gap, body.start_byte, f" {head}"),
                Edit(body.end_byte, body.end_byte, after),
            )
        statements = [child for child in body.named_children if child.type != "comment"]
        if not statements:
            return ()
        opening, closing = statements[0], statements[-1]
        edits = [self.insert_lines(opening.start_byte, first)] if first else []
        return (*edits, *((self.line_after(closing, *last),) if last else ()))

    def _indent_inside(self, position: int) -> str:
        """The indentation of lines beside a statement, also where its block or loop begins on the statement's line."""
        before = self.source[self._line_start(position) : position]
        is_inside = before.count(b"{") > before.count(b"}") or before.rstrip().endswith((b")", b"else"))
        return self.indent_at(position) + self.indent_unit * is_inside

    def _line_start(self, position: int) -> int:
        return self.source.rfind(b"\n", 0, position) + 1


def _gap(before: bytes) -> int:
    """How much white space stands before a place, but for that by which an added brace is known."""
    bare = before.rstrip()
    return len(before) - len(bare) - (len(MARK) if before[len(bare) :].startswith(MARK.encode()) else 0)


@dataclass(frozen=True)
class Directive:
    """One worksharing or simd directive before a loop.

    `setup` lines go before the directive; `edits` are changes in the loop that the clauses call for.
    """

    loop: Loop
    construct: str = "parallel for"
    clauses: tuple[str, ...] = ()
    collapse: int = 1
    schedule: str = ""
    condition: str = ""
    setup: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def pragma(self) -> str:
        """The directive's line."""
        return " ".join(["#pragma omp", self.construct, *self._all_clauses()])

    @property
    def title(self) -> str:
        """The directive for people."""
        head = f"{self.construct} over {self.loop.variable} at line {self.loop.line}"
        return ", ".join([head, *self._all_clauses()])

    def _all_clauses(self) -> list[str]:
        collapse = [f"collapse({self.collapse})"] if self.collapse > 1 else []
        schedule = [f"schedule({self.schedule})"] if self.schedule else []
        condition = [f"if({self.condition})"] if self.condition else []
        return [*collapse, *self.clauses, *schedule, *condition]


@dataclass(frozen=True)
class Variant:
    """A changed source: directives, other edits, and calls redirected to parallel algorithms, with their `titles`.

    `family` names the idea: when its first member is wrong or racy, its other members are tried last.
    """

    pattern: str
    family: str
    directives: tuple[Directive, ...] = ()
    edits: tuple[Edit, ...] = ()
    titles: tuple[str, ...] = ()
    redirects: tuple[Edit, ...] = ()

    @property
    def strategy(self) -> str:
        """One line for people."""
        return "; ".join([*self.titles, *(directive.title for directive in self.directives)])

    def render(self, layout: Layout) -> str:
        """The changed source. Raises OverlapError where two of its changes overlap."""
        edits = [*self.edits, *self.redirects]
        for directive in self.directives:
            lines = (*directive.setup, directive.pragma)
            edits += [layout.insert_lines(directive.loop.node.start_byte, lines), *directive.edits]
        return apply_edits(layout.source.decode(), dict.fromkeys(edits))  # two may ask for the same declaration

    def with_directive(self, position: int, **changes: object) -> "Variant":
        """The variant with one of its directives changed."""
        directives = list(self.directives)
        directives[position] = replace(directives[position], **changes)  # type: ignore[arg-type]
        return replace(self, directives=tuple(directives))

    def joined(self, other: "Variant") -> "Variant":
        """Both changes at once."""
        parts = [*self.pattern.split("+"), *other.pattern.split("+")]
        return Variant(
            pattern="+".join(dict.fromkeys(parts)),
            family=self.family,
            directives=(*self.directives, *other.directives),
            edits=(*self.edits, *other.edits),
            titles=(*self.titles, *other.titles),
            redirects=tuple(dict.fromkeys((*self.redirects, *other.redirects))),  # all bring the same `#include`
        )
