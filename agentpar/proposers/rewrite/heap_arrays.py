"""Working arrays from the heap, `line = (double *)malloc(…)`, that each round fills anew: each thread has its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.contents import begins_anew, uses_of
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.scratch import shared_names, working_arrays
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations


@dataclass(frozen=True)
class _Allocated:
    """An array of the function's own: the expression that makes one, how much that is, and what gives it back."""

    name: str
    kind: str
    made: str
    amount: str
    by_new: bool

    def release(self, mine: str) -> str:
        return f"delete[] {mine};" if self.by_new else f"free({mine});"

    def copied(self, mine: str) -> str:
        """What gives a copy the contents of the array as the loop finds it."""
        if self.by_new:
            return f"std::copy_n({self.name}, {self.amount}, {mine});"
        return f"memcpy({mine}, {self.name}, {self.amount});"


def heap_scratch(loop: Loop, context: Context) -> Iterator[Variant]:
    """A region in which each thread allocates working arrays like those of the function."""
    if not re.search(rb"\b(malloc|calloc|new)\b", context.layout.source):
        return
    found = context.dependences(loop)
    used = dict.fromkeys(text(node) for node in walk(loop.body) if node.type == "identifier")
    heap = {name: array for name in used if (array := _allocated(loop, name)) is not None}
    names = working_arrays(loop, context, heap)
    own = {name: heap[name] for name in names if name in heap}
    if not own or not loop.stands_in_block or set(shared_names(loop, context)) - set(names):
        return
    layout, step = context.layout, context.layout.indent_unit
    settled = replace(found, conflicts=(), carried=())
    copied = [name for name in names if name not in own]
    clauses = [*sharing_clauses(settled, loop), *([f"firstprivate({', '.join(copied)})"] if copied else [])]
    clauses += ["schedule(dynamic)"] if context.wants_balance(loop) else []
    mine = {name: context.fresh(f"{name}_mine") for name in own}
    made = [f"{step}{array.kind}{mine[name]} = {array.made};" for name, array in own.items()]
    kept = [name for name in own if not begins_anew(list(uses_of(name, loop.body)), loop.body)]
    made += [step + own[name].copied(mine[name]) for name in kept]
    head = ("#pragma omp parallel", "{", *made, step + " ".join(["#pragma omp for", *clauses]))
    tail = (*(step + array.release(mine[name]) for name, array in own.items()), "}")
    uses = [use for name in own for use in identifiers(loop.body, name)]
    renamed = tuple(Edit(use.start_byte, use.end_byte, mine[text(use)]) for use in uses)
    edits = [layout.wrap(loop.node, head, tail, 1, renamed)]
    if any(not own[name].by_new for name in kept):
        edits += layout.include("<string.h>")
    if any(own[name].by_new for name in kept):
        edits += layout.include("<algorithm>")
    title = f"parallel for over {loop.variable} at line {loop.line}, {', '.join(own)} for each thread"
    yield Variant("parallel-for+scratch", f"heap-scratch@{loop.line}", (), tuple(edits), (title,))


def _allocated(loop: Loop, name: str) -> _Allocated | None:
    """The array that a pointer leads to from where it is declared, or first set, up to the end of the loop."""
    function = loop.function
    declared = [(node, declarator) for found, node, declarator in declarations(function) if found == name]
    given = [use.parent for found, use in assigned_names(function) if found == name]
    if len(declared) != 1 or declared[0][0].type != "declaration" or "static" in text(declared[0][0]).split():
        return None
    value = declared[0][1].child_by_field_name("value")
    if value is None and len(given) == 1 and given[0] is not None and given[0].end_byte <= loop.node.start_byte:
        value = given[0].child_by_field_name("right")
    elif given:
        return None
    kind = full_type(function, name)
    call = value.child_by_field_name("value") if value is not None and value.type == "cast_expression" else value
    amount = _amount(call) if call is not None else ""
    if value is None or call is None or not amount or kind.count("*") != 1 or kind.startswith("const"):
        return None
    used = {text(node) for node in walk(value) if node.type == "identifier"}
    moved = {n for n, use in assigned_names(function) if value.end_byte < use.start_byte < loop.node.end_byte}
    if used & moved:
        return None
    return _Allocated(name, f"{kind[:-1]} *", text(value), amount, by_new=call.type == "new_expression")


def _amount(made: Node) -> str:
    """How many bytes an allocation makes, or elements, of `new`; empty for anything else."""
    if made.type == "new_expression":
        told = re.fullmatch(r"new\s+[\w:\s]+\[(.+)\]\s*(\(\s*\)|\{\s*\})?", text(made), flags=re.DOTALL)
        return told[1] if told else ""
    arguments = made.child_by_field_name("arguments") if made.type == "call_expression" else None
    given = [text(each) for each in arguments.named_children] if arguments is not None else []
    match called_name(made), given:
        case "malloc", [size]:
            return size
        case "calloc", [count, size]:
            return f"({count}) * ({size})"
    return ""
