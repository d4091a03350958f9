"""What a rewrite may ask about the source around its loop."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.dependences import Dependences, dependences
from agentpar.proposers.rewrite.directives import Layout
from agentpar.proposers.rewrite.places import written_places
from agentpar.proposers.rewrite.rounding import unaliased
from agentpar.proposers.rewrite.sites import Effects, Loop, declarations

# Whose elements are not apart in memory: a new key moves others, bits share a byte.
_TIED = re.compile(r"(std\s*::\s*)?((unordered_)?map\s*<|vector\s*<\s*bool\s*>)")

Language = Literal["c", "c++"]
"""What a source is compiled as."""


@dataclass(frozen=True)
class Storage:
    """How an array is declared: `kind` is vector, view, pointer, array or other; `type` is its declared type."""

    kind: str
    type: str

    @property
    def element(self) -> str:
        """The element's type, empty where the declaration does not spell it."""
        if self.kind in {"vector", "view"}:
            inside = self.type.partition("<")[2].rpartition(">")[0]
            ends = (k for k, c in enumerate(inside) if c == "," and inside[:k].count("<") == inside[:k].count(">"))
            return inside[: next(ends, len(inside))].strip().removeprefix("const ")
        return self.type if self.kind in {"pointer", "array"} and self.type != "auto" else ""


@dataclass(frozen=True)
class Context:
    """The source's layout, the names of functions that loop, throw or print, and questions about one loop at a time.

    Without a `language`, the text tells: what keeps to C's words stays valid in both.
    """

    layout: Layout
    looping: frozenset[str]
    effects: Effects = field(default_factory=Effects)
    language: Language | None = None
    _read: dict[tuple[int, str], Dependences] = field(default_factory=dict, compare=False, repr=False)

    def dependences(self, loop: Loop) -> Dependences:
        """What the loop's iterations share; a counter the body never uses marks a loop of time steps.

        Each loop is read once: all rewrites ask for the same.
        """
        key = (loop.node.id, loop.variable)  # an interchange gives a loop another counter
        if key not in self._read:
            self._read[key] = self._dependences(loop)
        return self._read[key]

    def _dependences(self, loop: Loop) -> Dependences:
        found = dependences(loop.node, loop.variable, loop.function)
        used = any(n.type == "identifier" and text(n) == loop.variable for n in walk(loop.body))
        if not used and not found.reductions and loop.header is not None:
            return Dependences(carried=(*found.carried, loop.variable), conflicts=found.conflicts)
        tied = {p.name for p in written_places(loop.body) if _TIED.match(self.storage(p.name, loop).type)}
        return replace(found, carried=tuple(dict.fromkeys((*found.carried, *sorted(tied)))))

    def storage(self, name: str, loop: Loop) -> Storage:
        """How a name is declared in the loop's function, by the last declaration before the loop."""
        found = Storage("other", "")
        for declared, declaration, declarator in declarations(loop.function):
            if declared == name and declaration.start_byte < loop.node.start_byte:
                found = _storage(
                    unaliased(_type_of(declaration), self.layout.source.decode(errors="replace")),
                    declaration,
                    declarator,
                )
        return found

    def holds(self, name: str, kind: str, loop: Loop) -> bool:
        """Whether an array's elements hold what a sum does: not `float` or whole numbers where that is a `double`."""
        stored = self.storage(name, loop).type
        is_known = re.search(r"\b(float|double|int|long|short|char|unsigned)\b", stored) is not None
        if kind not in {"double", "float"} or not is_known:
            return True
        return "double" in stored or (kind == "float" and "float" in stored)

    def integers(self, loop: Loop) -> list[str]:
        """The names of the function's integer parameters, in order."""
        return [
            name
            for name, declaration, declarator in declarations(loop.function)
            if declaration.type == "parameter_declaration"
            and declarator.type == "identifier"
            and re.search(r"\b(int|long|size_t|ptrdiff_t|u?int\d+_t|unsigned)\b", _type_of(declaration))
        ]

    def is_uneven(self, loop: Loop) -> bool:
        """Whether iterations look unequal in cost: inner trip counts that vary, or searches inside."""
        if self._hides_loops(loop):
            return True
        for child in (found for found in loop.nest() if found is not loop):
            if child.header is None or "break" in child.obstacles:
                return True
            bounds = f"{child.header.lower} {child.header.upper}"
            if re.search(rf"\b{re.escape(loop.variable)}\b", bounds):
                return True
        return False

    def wants_balance(self, loop: Loop) -> bool:
        """Whether unequal iterations are heavy enough to be handed out one by one.

        Rows of a sparse matrix and short searches are not: asking for work costs more than they differ by.
        """
        bounds = (f"{f.header.lower} {f.header.upper}" for f in loop.nest() if f is not loop and f.header)
        told = " ".join(re.sub(r"\[[^][]*\]", "", each) for each in bounds)
        is_triangle = re.search(rf"\b{re.escape(loop.variable)}\b", told) is not None
        return self.is_uneven(loop) and (is_triangle or self.weight(loop) > 2)

    def weight(self, loop: Loop) -> int:
        """How many levels of loops stand here; those of `while` and of called functions count once."""
        return loop.height + self._hides_loops(loop)

    def _hides_loops(self, loop: Loop) -> bool:
        inner = any(node.type in {"while_statement", "do_statement"} for node in walk(loop.body))
        return inner or self.calls_into(loop)

    def calls_into(self, loop: Loop) -> bool:
        """Whether the loop's body calls functions of this source that loop themselves."""
        calls = {called_name(node) for node in walk(loop.body) if node.type == "call_expression"}
        return bool(calls & self.looping)

    @property
    def is_c(self) -> bool:
        """Whether the source is C, or looks like it: `static_cast`, `auto` and vectors are out of reach then."""
        if self.language is not None:
            return self.language == "c"
        marks = rb"\bstd\b|::|#\s*include\s*<\w+>|\b(template|class|namespace|auto|constexpr|nullptr|using|operator)\b"
        return re.search(marks, self.layout.source) is None

    def cast(self, kind: str, expression: str) -> str:
        """An expression as another type."""
        return f"({kind})({expression})" if self.is_c else f"static_cast<{kind}>({expression})"

    @property
    def size_type(self) -> str:
        """The source's own way to write `size_t`."""
        return "size_t" if self.is_c or re.search(rb"(?<!::)\bsize_t\b", self.layout.source) else "std::size_t"

    def fresh(self, name: str) -> str:
        """A name that does not occur in the source."""
        while re.search(rb"\b" + re.escape(name.encode()) + rb"\b", self.layout.source):
            name += "_"
        return name


def _storage(spelled: str, declaration: Node, declarator: Node) -> Storage:
    """Read a declaration; `std::vector<T> v(n)` parses as a function, which changes nothing here."""
    inner: Node | None = declarator
    shapes = set()
    while inner is not None:
        shapes.add(inner.type)
        inner = inner.child_by_field_name("declarator")
    if re.match(r"(std\s*::\s*)?(vector|array)\s*<", spelled):
        return Storage("vector", spelled)
    if re.match(r"(std\s*::\s*)?span\s*<", spelled):
        return Storage("view", spelled)
    if "array_declarator" in shapes:
        return Storage("pointer" if declaration.type == "parameter_declaration" else "array", spelled)
    return Storage("pointer" if "pointer_declarator" in shapes else "other", spelled)


def _type_of(declaration: Node) -> str:
    found = declaration.child_by_field_name("type")
    return text(found) if found is not None else ""


def name_the_type(function: Node, name: str) -> str:
    """The declared type of a local or parameter, or `decltype` of it where `auto` hides it."""
    for declared, declaration, _ in declarations(function):
        if declared == name and _type_of(declaration) not in {"", "auto"}:
            return _type_of(declaration)
    return f"decltype({name})"


def full_type(function: Node, name: str) -> str:
    """A name's declared type with qualifiers and stars, `auto` where the declaration does not spell it."""
    for declared, declaration, declarator in declarations(function):
        if declared != name or _type_of(declaration) in {"", "auto"}:
            continue
        qualifiers = [text(child) for child in declaration.children if child.type == "type_qualifier"]
        stars = ""
        inner: Node | None = declarator
        while inner is not None:
            stars += "*" * (inner.type in {"pointer_declarator", "array_declarator"})
            inner = inner.child_by_field_name("declarator")
        return " ".join([*dict.fromkeys(qualifiers), _type_of(declaration) + stars])
    return "auto"
