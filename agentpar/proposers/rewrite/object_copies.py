"""Objects whose arrays all iterations add to, `h.bins[b] += w`: a copy for each thread, put together at the end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.array_reductions import FROM_NOTHING, merged
from agentpar.proposers.rewrite.context import Context, full_type, name_the_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.shared_arrays import Conflict, is_folded
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, ancestor

_CLASSES = frozenset({"struct_specifier", "class_specifier"})
_HELD = re.compile(r"(std\s*::\s*)?(array|vector)\s*<(?!\s*bool)")


@dataclass(frozen=True)
class _Copied:
    """An object of which each thread has a copy: the lines that make it and merge it, and the loop's changes."""

    made: tuple[str, ...]
    merged: tuple[str, ...]
    edits: tuple[Edit, ...]


def copied_objects(loop: Loop, context: Context) -> Iterator[Variant]:
    """Copies of objects for each thread, of which the members that are added to start from nothing."""
    found = context.dependences(loop)
    if found.carried or not found.conflicts or not loop.stands_in_block:
        return
    copies = [copy for conflict in found.conflicts if (copy := _copied(conflict, loop, context)) is not None]
    if len(copies) != len(found.conflicts):
        return
    layout, step = context.layout, context.layout.indent_unit
    # Without `nowait`: what another thread still copies must not be merged into.
    head = (
        "#pragma omp parallel",
        "{",
        *(step + line for copy in copies for line in copy.made),
        step + " ".join(["#pragma omp for", *sharing_clauses(found, loop)]),
    )
    tail = (
        f"{step}#pragma omp critical",
        f"{step}{{",
        *(f"{step}{step}{line}" for copy in copies for line in copy.merged),
        f"{step}}}",
        "}",
    )
    edits = [layout.wrap(loop.node, head, tail, 1, tuple(edit for copy in copies for edit in copy.edits))]
    if context.is_c:
        edits += layout.include("<string.h>")
    elif not re.search(rb"<(array|iterator|map|string|vector)>", layout.source):  # each of them declares `std::size`
        edits += layout.include("<iterator>")
    names = ", ".join(conflict.name for conflict in found.conflicts)
    title = f"parallel for over {loop.variable} at line {loop.line}, private copies of {names}"
    yield Variant("parallel-for+private-copies", f"object-copies@{loop.line}", (), tuple(edits), (title,))


def _copied(conflict: Conflict, loop: Loop, context: Context) -> _Copied | None:
    name = conflict.name
    signs = _signs(conflict, loop, full_type(loop.function, name))
    kinds = {context.storage(name, loop).kind}
    by_pointer = all(member.startswith("->") for member in signs)
    if not signs or kinds != ({"pointer"} if by_pointer else {"other"}):
        return None
    uses = [use for use in conflict.uses if use.node.type != "identifier"]
    if len(uses) != len(conflict.uses) or not all(any(is_folded(u, f) for f in conflict.updates) for u in uses):
        return None
    mine, whole = context.fresh(f"{name}_mine"), f"*{name}" if by_pointer else name
    kind = name_the_type(loop.function, name) if context.is_c else "auto"
    made = [f"{kind} {mine} = {whole};"]
    for member in signs:
        own = f"{mine}.{_path(member).removesuffix('[]')}"
        if not member.endswith("[]"):
            made.append(f"{own} = 0;")
        else:
            each = context.fresh("each")
            zero = f"memset({own}, 0, sizeof {own});" if context.is_c else f"for (auto& {each} : {own}) {each} = 0;"
            made.append(zero)
    ends = tuple(merged(sign, f"{name}{member}", f"{mine}.{_path(member)}", context) for member, sign in signs.items())
    skipped = len(f"{name}->") if by_pointer else len(name)
    edits = tuple(
        Edit(use.root.start_byte, use.root.start_byte + skipped, f"{mine}." if by_pointer else mine)
        for use in uses
        if use.root is not None
    )
    return _Copied(tuple(made), ends, edits)


def _path(member: str) -> str:
    return re.sub(r"^(\.|->)", "", member)


def _signs(conflict: Conflict, loop: Loop, kind: str) -> dict[str, str]:
    """What is added to of an object, `.bins[]`, and how; nothing unless all of it is, and arrays are among it."""
    found: dict[str, set[str]] = {}
    for update in conflict.updates:
        spelled = re.sub(r"\s+", "", text(update.target))
        told = re.fullmatch(rf"{re.escape(conflict.name)}((?:\.|->)\w+(?:\.\w+)*)(\[.*\])?", spelled)
        if told is None or (told[2] and (update.target.type != "subscript_expression" or _is_row(update.target))):
            return {}
        found.setdefault(told[1] + ("[]" if told[2] else ""), set()).add(update.operator)
    signs = {member: min(operators) for member, operators in found.items()}
    plain = all(len(operators) == 1 for operators in found.values()) and set(signs.values()) <= set(FROM_NOTHING)
    arrays = [member for member in signs if member.endswith("[]")]
    return signs if plain and arrays and all(_is_held(member, loop, kind) for member in arrays) else {}


def _is_row(target: Node) -> bool:
    inner = target.child_by_field_name("argument")
    return inner is None or inner.type != "field_expression"


def _is_held(member: str, loop: Loop, kind: str) -> bool:
    """Whether a copy of an object of that type has elements of its own where a member names an array."""
    root = ancestor(loop.function, frozenset({"translation_unit"}))
    classes = [node for node in walk(root) if node.type in _CLASSES] if root is not None else []
    shape = ""
    for name in re.split(r"\W+", _path(member).removesuffix("[]")):
        plain = re.sub(r"<.*|\b(const|struct|class)\b|[&*]", "", kind).strip()
        fields = [field for each in classes if _name(each) == plain for field in _fields(each, name)]
        if len(fields) != 1:
            return False
        kind, shape = fields[0]
    is_array = shape.count("[") == 1 and shape.endswith("]")
    return is_array or (re.fullmatch(r"\w+", shape) is not None and _HELD.match(kind) is not None)


def _name(node: Node) -> str:
    """What a class is called, also by a `typedef` around it."""
    name, around = node.child_by_field_name("name"), node.parent
    if name is None and around is not None and around.type == "type_definition":
        name = around.child_by_field_name("declarator")
    return text(name) if name is not None else ""


def _fields(node: Node, name: str) -> Iterator[tuple[str, str]]:
    """The type of a class's member, and how it is declared."""
    for field in walk(node):
        kind = field.child_by_field_name("type") if field.type == "field_declaration" else None
        for declarator in field.children_by_field_name("declarator") if kind is not None else ():
            if re.match(rf"\W*{re.escape(name)}\b", text(declarator)) and kind is not None:
                yield text(kind), text(declarator)
