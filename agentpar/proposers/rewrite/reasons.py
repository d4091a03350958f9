"""Why the rewrites have nothing for a function, in words for people."""

from tree_sitter import Node

from agentpar.languages.source import parse, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Layout
from agentpar.proposers.rewrite.order import ordered_sources
from agentpar.proposers.rewrite.reached import reachable_functions
from agentpar.proposers.rewrite.sites import (
    FOR_LOOPS,
    LOOPS,
    Loop,
    ancestor,
    effects_of,
    loops_of,
)

_MOST = 3
_LEAVES = {
    "throw": "may let an exception out, which would end a program with threads",
    "print": "prints, and the order of that would change",
    "return": "returns before its end",
    "break": "breaks off before its end",
    "goto": "is left by a `goto`",
    "head": "has no head that counts",
    "pragma": "has a directive already",
}


def why_nothing(source: str, entry: str, target: str = "openmp") -> str:
    """What stands in the way of each outermost loop of the entry and of what it calls, the first three of them.

    Where the target alone does, that is said instead.
    """
    if target not in {"openmp", "auto"} and any(ordered.variants for ordered in ordered_sources(source, entry)):
        return f"what the rewrites share out with OpenMP has no counterpart for {target}; try --target openmp"
    functions = reachable_functions(parse(source).root_node, entry)
    effects = effects_of(functions)
    context = Context(Layout(source.encode()), frozenset(), effects)
    told = []
    for function in functions:
        counted = {loop.node.id: loop for loop in loops_of(function, effects)}
        for node in walk(function):
            outer = ancestor(node, LOOPS) if node.type in LOOPS else None
            if node.type in LOOPS and (outer is None or outer.start_byte < function.start_byte):
                told.append(f"the loop at line {node.start_point[0] + 1} {_why(node, counted.get(node.id), context)}")
    if not told:
        return "there is no loop that the rewrites could share out"
    more = f"; {len(told) - _MOST} more" if len(told) > _MOST else ""
    return "; ".join(told[:_MOST]) + more


def _why(node: Node, loop: Loop | None, context: Context) -> str:
    if loop is None or node.type not in FOR_LOOPS:
        return "does not count"
    if loop.obstacles:
        written = [each.partition(" ")[2] for each in loop.obstacles if each.startswith("writes ")]
        told = [_LEAVES[each] for each in loop.obstacles if each in _LEAVES]
        return (told or [f"changes `{written[0]}`, which its head counts by" if written else "cannot be shared out"])[0]
    found = context.dependences(loop)
    if found.carried:
        return f"hands `{found.carried[0]}` from one round to the next"
    if found.conflicts:
        return f"may write an element of `{found.conflicts[0].name}` in several rounds"
    return f"does too little: `{text(node).splitlines()[0][:60]}`"
