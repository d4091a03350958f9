"""Reductions that OpenMP does not know by itself: of class types such as `std::complex`, and of a struct's members."""

import re
from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.dependences import Dependences
from agentpar.proposers.rewrite.directives import Directive, Layout
from agentpar.proposers.rewrite.places import written_places
from agentpar.proposers.rewrite.shared_arrays import Conflict
from agentpar.proposers.rewrite.sites import Loop, ancestor, declarations

_BUILT_IN = re.compile(
    r"(const |unsigned |signed |long |short )*(int|long|short|char|bool|float|double|unsigned|signed|auto|"
    r"(std::)?(size_t|ptrdiff_t|u?int\w*_t))|"
    r"decltype\(.*\)|[A-Z]\w?|(real|real_t|Real|scalar|value_type)"
)

_MEMBER = re.compile(r"\w+(\.|->)\w+(\.\w+)*(\[\d+\])?")  # `box.low[0]`, of which each element is one


def is_built_in(kind: str) -> bool:
    """Whether a type looks like one of the language's numbers, or like a parameter or an alias that stands for one."""
    return _BUILT_IN.fullmatch(kind) is not None


def declared_reductions(directive: Directive, found: Dependences, layout: Layout) -> Directive:
    """The directive with `declare reduction` at the start of the function for each class type that it sums up."""
    function = directive.loop.function
    body = function.child_by_field_name("body")
    first = next((child for child in body.named_children if child.type != "comment"), None) if body else None
    kinds = dict.fromkeys((sign, full_type(function, name)) for sign, name in found.reductions)
    lines = tuple(
        f"#pragma omp declare reduction({sign} : {kind} : omp_out {sign}= omp_in) initializer(omp_priv = {kind}())"
        for sign, kind in kinds
        if sign == "+" and not is_built_in(kind) and "*" not in kind
    )
    if not lines or first is None:
        return directive
    edits = tuple(layout.insert_lines(first.start_byte, (line,)) for line in lines)
    return replace(directive, edits=(*directive.edits, *edits))


def members_reduced(loop: Loop, conflict: Conflict, context: Context) -> Directive | None:
    """A struct whose members each take one kind of update: scalars stand in for them while threads run."""
    by_member: dict[str, set[str]] = {}
    for update in conflict.updates:
        by_member.setdefault(text(update.target), set()).add(update.operator)
    others = [use for use in conflict.uses if text(use.node) not in by_member]
    written = {text(place.node) for place in written_places(loop.body) if place.name == conflict.name}
    apart = all(re.fullmatch(r"\w+(\.|->)\w+", text(use.node)) for use in others) and written <= set(by_member)
    plain = all(_MEMBER.fullmatch(member) for member in by_member)
    apart = apart and not any(member.startswith(f"{text(use.node)}.") for member in by_member for use in others)
    mixed = any(len(signs) != 1 for signs in by_member.values())
    if not plain or not apart or mixed or not _are_folded(conflict, set(by_member)):
        return None
    if loop.node.parent is None or loop.node.parent.type != "compound_statement":
        return None
    if conflict.name in {name for name, _, _ in declarations(loop.node)}:
        return None  # another struct in each iteration
    setup, after, edits = [], [], []
    clauses: dict[str, list[str]] = {}
    for member, signs in by_member.items():
        local = context.fresh(re.sub(r"\W+", "_", member).rstrip("_"))
        sign = next(iter(signs))
        kind = member_type(loop, re.split(r"\W+", re.sub(r"\[\d+\]", "", member))[-1])
        setup.append(f"{kind} {local} = {member};")
        after.append(f"{member} = {local};")
        clauses.setdefault(sign, []).append(local)
        edits += [
            Edit(use.node.start_byte, use.node.end_byte, local) for use in conflict.uses if text(use.node) == member
        ]
    return Directive(
        loop,
        clauses=tuple(f"reduction({sign}:{', '.join(names)})" for sign, names in clauses.items()),
        setup=tuple(setup),
        edits=(*edits, context.layout.line_after(loop.node, *after)),
    )


def _are_folded(conflict: Conflict, members: set[str]) -> bool:
    """Whether each use of the members stands in an update of it."""
    uses = [use.node for use in conflict.uses if text(use.node) in members]
    return all(any(_holds(update.statement, use) for update in conflict.updates) for use in uses)


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def member_type(loop: Loop, member: str) -> str:
    """The type of a member by that name, if the source's structs agree on it."""
    root = ancestor(loop.function, frozenset({"translation_unit"}))
    kinds = {
        text(kind)
        for node in (walk(root) if root is not None else ())
        if node.type == "field_declaration" and (kind := node.child_by_field_name("type")) is not None
        if not any(part.type == "bitfield_clause" for part in node.children)  # no variable is that short
        for declarator in node.children_by_field_name("declarator")
        if re.sub(r"\[\w*\]", "", text(declarator)) == member
    }
    return kinds.pop() if len(kinds) == 1 else "auto"


def all_members(loop: Loop, context: Context) -> Iterator[Directive]:
    """The members of all structs that a loop accumulates into, as one directive; nothing where one does not fit."""
    found = context.dependences(loop)
    parts = [members_reduced(loop, conflict, context) for conflict in found.conflicts]
    whole = [part for part in parts if part is not None]
    if whole and len(whole) == len(parts):
        yield replace(
            whole[0],
            clauses=tuple(clause for part in whole for clause in part.clauses),
            setup=tuple(line for part in whole for line in part.setup),
            edits=tuple(edit for part in whole for edit in part.edits),
        )
