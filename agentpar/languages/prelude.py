"""The prelude, which driver and candidate share: a source's directives, types and constants without code."""

import re
from dataclasses import dataclass, replace

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, encode, parse, text, walk
from agentpar.languages.unit import (
    CLASSES,
    Item,
    declarators,
    declared_name,
    function_declarator,
    has_word,
    items,
)

_TYPES = (*CLASSES, "enum_specifier")
_EXPRESSION_NAMES = ("identifier", "namespace_identifier")


@dataclass(frozen=True)
class _Part:
    """A piece of the source that may go: the names it declares and mentions, and what to cut for it to go."""

    declares: frozenset[str]
    mentions: frozenset[str]
    cut: Edit | None


def prelude(source: str) -> str:
    """The source without its functions and mutable globals; it compiles when the source does.

    Functions and variables that a kept type or constant itself needs (a constexpr helper, a function called
    in a struct's method) stay. All else is cut out, so what is not understood stays, byte for byte and at its line.
    """
    parts = [_part(item) for item in items(parse(source).root_node)]
    kept = [part for part in parts if part.cut is None]
    gone = [part for part in parts if part.cut is not None]
    needed = {name for part in kept for name in part.mentions}
    while used := [part for part in gone if part.declares & needed]:
        gone = [part for part in gone if not part.declares & needed]
        needed |= {name for part in used for name in part.mentions}
    # The prelude is included below other lines, where a byte order mark is a stray character.
    cuts = _disjoint([part.cut for part in gone if part.cut is not None])
    return apply_edits(source, _keeping_lines(cuts, encode(source))).removeprefix("\ufeff")


def _keeping_lines(cuts: list[Edit], source: bytes) -> list[Edit]:
    return [
        replace(cut, new=cut.new + "\n" * (source.count(b"\n", cut.start, cut.end) - cut.new.count("\n")))
        for cut in cuts
    ]


def leading_includes(source: str) -> tuple[str, ...]:
    """The `#include <...>` lines outside any conditional, fit for a precompiled header."""
    found = []
    for node in parse(source).root_node.children:
        path = node.child_by_field_name("path") if node.type == "preproc_include" else None
        if path is not None and path.type == "system_lib_string":
            found.append(f"#include {text(path)}")
    return tuple(dict.fromkeys(found))


def quoted_includes(source: str) -> tuple[str, ...]:
    """The names in `#include "..."`, wherever they stand."""
    found = []
    for node in walk(parse(source).root_node):
        path = node.child_by_field_name("path") if node.type == "preproc_include" else None
        if path is not None and path.type == "string_literal":
            found.append(text(path).strip('"'))
    return tuple(dict.fromkeys(found))


def _part(item: Item) -> _Part:
    return _Part(_declared(item.inner), _mentioned(item.inner), _cut(item))


def _cut(item: Item) -> Edit | None:
    """The edit that removes an item; None when it belongs to the prelude."""
    node = item.inner
    whole = Edit(item.node.start_byte, item.node.end_byte, "")
    if node.type in ("function_definition", "template_instantiation"):
        return whole
    if node.type == "preproc_call":
        # An OpenMP pragma at file scope speaks of a function or a global that is gone.
        return Edit(whole.start, whole.end, "\n") if re.match(r"#\s*pragma\s+omp\b", text(node)) else None
    if node.type != "declaration":
        return None
    if function_declarator(node) is None and _is_constant(node):
        return None
    kind = node.child_by_field_name("type")
    if kind is not None and kind.type in _TYPES and kind.child_by_field_name("body") is not None:
        return Edit(kind.end_byte, node.end_byte, ";")  # `struct S {...} s;`: the type stays, the variable goes
    return whole


def _is_constant(node: Node) -> bool:
    if has_word(node, "constexpr"):
        return True
    if not has_word(node, "const") or has_word(node, "extern"):
        return False
    # `const char* p` is a mutable pointer; `const char* const p` and `const double a[3]` are constants.
    return all(
        n.type != "pointer_declarator" or "const" in text(n).split("*", 1)[1].split("=", 1)[0].split()
        for declarator in declarators(node)
        for n in _declarator_chain(declarator)
    )


def _declarator_chain(declarator: Node) -> list[Node]:
    chain, current = [], declarator
    while current.type.endswith("declarator"):
        chain.append(current)
        inner = current.child_by_field_name("declarator")
        if inner is None:
            break
        current = inner
    return chain


def _declared(node: Node) -> frozenset[str]:
    names = [declared_name(declarator) for declarator in declarators(node)]
    return frozenset(re.split(r"<|::", text(name))[-1 if "<" not in text(name) else 0] for name in names if name)


def _mentioned(node: Node) -> frozenset[str]:
    if node.type in ("function_definition", "declaration"):
        declaring = {name.id for d in declarators(node) if (name := declared_name(d)) is not None}
    else:
        declaring = set()
    return frozenset(text(n) for n in walk(node) if n.type in _EXPRESSION_NAMES and n.id not in declaring)


def _disjoint(edits: list[Edit]) -> list[Edit]:
    """Drop edits inside another: a function found inside what the grammar took for a wider construct."""
    result: list[Edit] = []
    for edit in sorted(edits, key=lambda e: (e.start, -e.end)):
        if not result or edit.start >= result[-1].end:
            result.append(edit)
    return result
