"""Loops of time steps under one parallel region, instead of starting and stopping threads in every step."""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import LOOPS, Loop, declarations


def one_region(loop: Loop, context: Context) -> Iterator[Variant]:
    """`parallel` around a loop whose steps wait for each other, `for` on the loops in it, `single` on the rest."""
    if not loop.is_shareable or not loop.children or context.dependences(loop).is_clean:
        return
    inside = {child.node.id: child for child in loop.children}
    runs = _runs(statements_of(loop.body))
    shared = [inside[node.id] for run in runs for node in run if node.id in inside]
    if len(shared) != len(loop.children) or not all(_is_shared_out(child, loop, context) for child in shared):
        return
    edits: list[Edit] = []
    for run in runs:
        if run[0].id not in inside:
            single = _single(run, loop, context)
            if single is None:
                return
            edits += single
    private = "" if loop.header is None or loop.header.declared else f" private({loop.variable})"
    edits.append(context.layout.insert_lines(loop.node.start_byte, (f"#pragma omp parallel{private}",)))
    directives = tuple(Directive(child, "for", sharing_clauses(context.dependences(child), child)) for child in shared)
    title = f"one parallel region for all rounds of {loop.variable} at line {loop.line}"
    yield Variant("parallel-region", f"region@{loop.line}", directives, tuple(edits), (title,))


def _runs(statements: list[Node]) -> list[list[Node]]:
    """The statements, those between loops together."""
    runs: list[list[Node]] = []
    for node in statements:
        if runs and node.type not in LOOPS and runs[-1][0].type not in LOOPS:
            runs[-1].append(node)
        else:
            runs.append([node])
    return runs


def _is_shared_out(child: Loop, loop: Loop, context: Context) -> bool:
    found = context.dependences(child)
    own = {name for name, _, _ in declarations(loop.body)}
    return child.is_shareable and found.is_clean and not {name for _, name in found.reductions} & own


def _single(run: list[Node], loop: Loop, context: Context) -> list[Edit] | None:
    """One thread for statements between loops; declarations alone are every thread's own."""
    if all(node.type == "declaration" for node in run):
        return []
    names = {name for node in run for name, _, _ in declarations(node)}
    before, after = run[0].start_byte, run[-1].end_byte
    outside = [use for name in names for use in identifiers(loop.body, name)]
    if any(not before <= use.start_byte < after for use in outside) or any(_loops_or_continues(node) for node in run):
        return None
    layout = context.layout
    if len(run) == 1:
        return [layout.insert_lines(before, ("#pragma omp single",))]
    step = layout.indent_unit
    starts = [layout.insert_lines(before, ("#pragma omp single", "{"))]
    shifts = [Edit(node.start_byte, node.start_byte, step) for node in run]
    return [*starts, *shifts, layout.line_after(run[-1], "}")]


def _loops_or_continues(node: Node) -> bool:
    return any(found.type in LOOPS or found.type == "continue_statement" for found in walk(node))
