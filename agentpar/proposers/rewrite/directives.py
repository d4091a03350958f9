"""OpenMP directives as values, and variants of the source made from them."""

from dataclasses import dataclass, replace

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits
from agentpar.proposers.rewrite.sites import Loop


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
        if self.source[start:position].strip():  # something stands before the statement on its line
            block = "".join(f"{self.newline}{indent}{line}" for line in lines)
            return Edit(position, position, f"{block}{self.newline}{indent}")
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
        inner = self.source[start : node.end_byte].decode()
        moved = apply_edits(inner, [Edit(e.start - start, e.end - start, e.new) for e in edits])
        indent, shift = self.indent_at(start), self.indent_unit * levels
        first, *rest = moved.split(self.newline)
        lines = [indent + shift + first, *(shift + line if line.strip() else line for line in rest)]
        whole = [*(indent + line for line in head), *lines, *(indent + line for line in tail)]
        return Edit(start, node.end_byte, self.newline.join(whole).removeprefix(indent))

    def _line_start(self, position: int) -> int:
        return self.source.rfind(b"\n", 0, position) + 1


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
        """The changed source. Raises ValueError where two of its changes overlap."""
        edits = [*self.edits, *self.redirects]
        for directive in self.directives:
            lines = (*directive.setup, directive.pragma)
            edits += [layout.insert_lines(directive.loop.node.start_byte, lines), *directive.edits]
        return apply_edits(layout.source.decode(), edits)

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
