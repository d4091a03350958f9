"""Puts a function that somebody wrote into the user's file, with the includes and helpers that came with it."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from agentpar.languages.cpp import Definition, require_function
from agentpar.languages.source import Edit, apply_edits, encode, parse, text, walk
from agentpar.languages.unit import CLASSES, declarators, declared_name, function_declarator
from agentpar.sections import is_several

_TYPES = (*CLASSES, "enum_specifier")
_KEPT = (
    *_TYPES, "function_definition", "template_declaration", "declaration", "using_declaration", "alias_declaration",
    "type_definition", "static_assert_declaration", "preproc_def", "preproc_function_def", "preproc_call",
    "preproc_if", "preproc_ifdef", "namespace_alias_definition", "concept_definition",
)  # fmt: skip
_LOOKED_INTO = ("translation_unit", "declaration_list", "linkage_specification", "ERROR")
_MOST_MENTIONS = 50
"""In prose without a fence, the definition is looked for at so many mentions of the function, from the last on."""
_RESTRICT = re.compile(r"\b(?:__)?restrict(?:__)?\b|\s+")


class Unusable(ValueError):
    """A reply without a version of the function that could be judged; the message is for the model."""


@dataclass(frozen=True)
class _Piece:
    """A declaration at namespace scope."""

    node: Node
    inner: Node
    namespace: tuple[str, ...]

    @property
    def declarator(self) -> Node | None:
        """The function declarator, when this defines a function."""
        if self.inner.type != "function_definition" or self.inner.child_by_field_name("body") is None:
            return None
        return function_declarator(self.inner)

    def names(self) -> frozenset[str]:
        """What it declares, without namespaces."""
        name = self.inner.child_by_field_name("name")
        if name is not None:
            return frozenset({text(name)})
        found = (declared_name(each) for each in declarators(self.inner))
        return frozenset(text(each).rpartition("::")[2] for each in found if each is not None)

    def text(self, inside: tuple[str, ...]) -> str:
        """Its text, to be put into the namespace `inside`."""
        written = text(self.node).strip() + (";" if self.inner.type in _TYPES else "")
        own = self.namespace
        beyond = own[len(inside) :] if own[: len(inside)] == inside else ()
        return f"namespace {'::'.join(beyond)} {{\n{written}\n}}" if beyond else written


_Key = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Place:
    """Where the function stands in the user's file, and what the file declares."""

    function: Definition
    head: str
    parameters: tuple[tuple[str, str], ...]
    promised: tuple[str, ...]
    is_template: bool
    names: frozenset[str]
    others: dict["_Key", Node]
    """Of several files, the functions beside this one that are told apart by name and types."""
    includes: frozenset[str]
    includes_end: int
    namespace: tuple[str, ...]


def graft(code: str, *, serial: str, entry: str, is_prose: bool = False) -> str:
    """The user's file with the function of `code`, and what `code` declares besides that the file lacks.

    `main`, and what the file has already, are left out: only the function itself is replaced, or, of several files,
    also others that are defined with the same types. A head that differs in types alone is put right. `is_prose` says
    that there are sentences around the code.

    Raises:
        Unusable: `code` does not define the function completely, or for other parameters.
    """
    place = _place(serial, entry)
    root = parse(code).root_node
    if is_prose and root.has_error:
        return graft(_code_in(code, place.function.name), serial=serial, entry=entry)
    pieces = [*_pieces(root, place.function.name)]
    ours = [p for p in pieces if p.declarator is not None and place.function.name in p.names()]
    changed = {index: edit for index, piece in enumerate(pieces) for edit in _changed(piece, place)}
    if ours:
        count, function = len(place.parameters), place.function
        fitting = [p for p in ours if p.declarator is not None and len(_parameters(p.declarator)) == count]
        chosen = (fitting or ours)[-1]
        position = pieces.index(chosen)
        changed[position] = Edit(function.start, function.end, _definition(chosen, place))
    elif changed:
        position = min(changed)
    else:
        raise Unusable(f"the reply does not define the function `{place.function.name}`")
    before, after, includes = list[str](), list[str](), list[str]()
    for index, piece in enumerate(pieces):
        if piece.node.type == "preproc_include" or _only_includes(piece.node):
            written = text(piece.node).strip()
            if _normal(written) not in place.includes and written not in serial:
                includes.append(written)
        elif piece not in ours and _is_new(piece, place):
            (before if index < position else after).append(piece.text(place.namespace))
    anchor = changed[position]
    changed[position] = Edit(anchor.start, anchor.end, "\n\n".join([*before, anchor.new, *after]))
    edits = [*changed.values()]
    if includes:
        lines = "".join(f"{each}\n" for each in dict.fromkeys(includes))
        edits.append(Edit(place.includes_end, place.includes_end, lines))
    return apply_edits(serial, edits)


def plain_name(entry: str) -> str:
    """The function's name without namespaces and template arguments."""
    return entry.partition("<")[0].rpartition("::")[2].strip()


def text_of(source: str, entry: str) -> str:
    """The function's own text."""
    function = require_function(source, entry, path=Path("source"))
    return encode(source)[function.start : function.end].decode(errors="surrogatepass")


def version_in(source: str, *, serial: str, entry: str) -> str:
    """What a version has that the serial file lacks: its includes, its helpers and the function."""
    place = _place(serial, entry)
    parts = []
    for piece in _pieces(parse(source).root_node, place.function.name):
        written = piece.text(piece.namespace)
        is_own = piece.declarator is not None and place.function.name in piece.names()
        is_include = piece.node.type == "preproc_include"
        is_own = is_own or bool([*_changed(piece, place)])
        if is_own or _is_new(piece, place) or (is_include and _normal(written) not in place.includes):
            parts.append(written)
    return "\n\n".join(parts)


@lru_cache(maxsize=16)
def _place(serial: str, entry: str) -> _Place:
    function = require_function(serial, entry, path=Path("source"))
    data = encode(serial)
    root = parse(serial).root_node
    pieces = [*_pieces(root, function.name)]
    (own,) = (p for p in pieces if p.node.start_byte == function.start and p.node.end_byte == function.end)
    assert own.declarator is not None  # it was found as a definition
    includes = [p.node for p in pieces if p.node.type == "preproc_include"]
    outermost = [node.end_byte for node in includes if node.parent == root]
    end = outermost[-1] if outermost else len(encode("\ufeff")) if serial.startswith("\ufeff") else 0
    return _Place(
        function=function,
        head=data[function.start : function.body_start].decode(errors="surrogatepass"),
        parameters=_parameters(own.declarator),
        promised=_promised(own.inner),
        is_template=own.node is not own.inner,
        names=frozenset(name for p in pieces for name in p.names()),
        others=_told_apart(p for p in pieces if p is not own) if is_several(serial) else {},
        includes=frozenset(_normal(text(node)) for node in includes),
        includes_end=end,
        namespace=own.namespace,
    )


def _told_apart(pieces: Iterable[_Piece]) -> dict[_Key, Node]:
    keyed = [(_key(piece), piece.node) for piece in pieces if piece.declarator is not None]
    keys = [key for key, _ in keyed]
    return {key: node for key, node in keyed if keys.count(key) == 1}


def _changed(piece: _Piece, place: _Place) -> Iterator[Edit]:
    """The edit that puts another version of one of the other functions into the files."""
    node = place.others.get(_key(piece)) if place.others and piece.declarator is not None else None
    body = piece.inner.child_by_field_name("body")
    if node is not None and body is not None and _is_whole(body) and text(piece.node) != text(node):
        yield Edit(node.start_byte, node.end_byte, text(piece.node))


def _key(piece: _Piece) -> _Key:
    """A function's name as it is written, without namespaces, and the types of its parameters."""
    assert piece.declarator is not None  # only functions are told apart
    return "".join(sorted(piece.names())), tuple(kind for kind, _ in _parameters(piece.declarator))


def _pieces(root: Node, entry: str) -> Iterator[_Piece]:
    """Declarations in order; conditional parts stay whole, unless the function itself stands in one."""
    ours = [each.start_byte for each in _definitions_in(root, entry)]  # ascending
    stack: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while stack:
        node, namespace = stack.pop()
        if node.type == "namespace_definition":
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            inside = namespace + (tuple(text(name).split("::")) if name else ())
            stack.extend((child, inside) for child in reversed(body.named_children if body else []))
        elif (
            node.type in _LOOKED_INTO or _is_guard(node) or (node.type.startswith("preproc_") and _has_any(node, ours))
        ):
            stack.extend((child, namespace) for child in reversed(node.named_children))
        elif node.is_named and node.type != "comment":
            inner = node
            while inner.type == "template_declaration" and inner.named_children:
                inner = inner.named_children[-1]
            yield _Piece(node, inner, namespace)


def _is_guard(node: Node) -> bool:
    """Whether a conditional part is there for its file to be read once."""
    name, define, *_ = (*node.named_children, node, node) if node.type == "preproc_ifdef" else (node, node)
    return define.type == "preproc_def" and define.child_by_field_name("value") is None and text(name) in text(define)


def _has_any(node: Node, starts: list[int]) -> bool:
    after = bisect_left(starts, node.start_byte)
    return after < len(starts) and starts[after] < node.end_byte


def _definitions_in(node: Node, entry: str) -> Iterator[Node]:
    for each in walk(node):
        found = function_declarator(each) if each.type == "function_definition" else None
        name = found.child_by_field_name("declarator") if found is not None else None
        if name is not None and text(name).rpartition("::")[2] == entry:
            yield each


def _is_new(piece: _Piece, place: _Place) -> bool:
    kind = piece.node.type
    if kind not in _KEPT:
        return False
    if kind == "preproc_call":
        return re.match(r"#\s*pragma\s+(?!once)", text(piece.node)) is not None
    names = piece.names()
    return "main" not in names and not names & place.names


def _only_includes(node: Node) -> bool:
    """Whether a conditional part is there for its includes: these belong to the top of the file."""
    parts = [n for n in node.named_children if n.type not in ("identifier", "comment")]
    return node.type in ("preproc_if", "preproc_ifdef") and {n.type for n in parts} == {"preproc_include"}


def _normal(include: str) -> str:
    return re.sub(r"\s", "", include)


def _definition(piece: _Piece, place: _Place) -> str:
    body = piece.inner.child_by_field_name("body")
    declarator = piece.declarator
    assert body is not None and declarator is not None  # it was chosen as a definition
    if not _is_whole(body):
        raise Unusable(f"`{place.function.name}` is cut off before its end; be shorter")
    given = _parameters(declarator)
    name = declarator.child_by_field_name("declarator")
    is_plain = name is not None and text(name) == place.function.name
    if [kind for kind, _ in given] == [kind for kind, _ in place.parameters]:
        has_template = piece.node is not piece.inner
        if is_plain and has_template == place.is_template and _promised(piece.inner) == place.promised:
            return text(piece.node)
    if [each for _, each in given] == [each for _, each in place.parameters]:
        return place.head + text(body)
    wanted = " ".join(place.head.split())
    raise Unusable(f"the signature was changed; it must stay `{wanted}`")


def _promised(definition: Node) -> tuple[str, ...]:
    """What code elsewhere relies on besides the parameters: linkage, the type of the result, default arguments."""
    declarator, result = function_declarator(definition), definition.child_by_field_name("type")
    listed = declarator.child_by_field_name("parameters") if declarator is not None else None
    parts = [*definition.named_children, *(listed.named_children if listed is not None else [])]
    kinds = ("storage_class_specifier", "optional_parameter_declaration")
    return tuple(_normal(text(each)) for each in parts if each == result or each.type in kinds)


def _is_whole(body: Node) -> bool:
    """Whether a body was not cut off."""
    return bool(body.children) and not body.children[-1].is_missing and text(body).rstrip().endswith("}")


def _parameters(declarator: Node) -> tuple[tuple[str, str], ...]:
    """Types without blanks and `restrict`, and names."""
    listed = declarator.child_by_field_name("parameters")
    found = []
    for node in listed.named_children if listed is not None else []:
        if node.type == "comment" or text(node) == "void":
            continue
        name = next((n for d in declarators(node) if (n := declared_name(d)) is not None), None)
        data = encode(text(node))
        if name is not None:
            data = data[: name.start_byte - node.start_byte] + b" " + data[name.end_byte - node.start_byte :]
        written = data.decode(errors="replace").partition("=")[0]
        found.append((_RESTRICT.sub("", written), text(name) if name is not None else ""))
    return tuple(found)


def _code_in(said: str, name: str) -> str:
    """The code around the function's definition where sentences stand around it without a fence."""
    lines = said.splitlines()
    mentions = [index for index, line in enumerate(lines) if re.search(rf"\b{re.escape(name)}\s*\(", line)]
    for index in reversed(mentions[-_MOST_MENTIONS:]):
        start = index
        while start and re.match(r"\s*(?:#|template\b|static\b|inline\b|//|using\b|$)", lines[start - 1]):
            start -= 1
        code = "\n".join(lines[start:])
        found = next(_definitions_in(parse(code).root_node, name), None)
        if found is not None:
            return encode(code)[: found.end_byte].decode(errors="replace")
    raise Unusable(f"the reply does not define the function `{name}`")
