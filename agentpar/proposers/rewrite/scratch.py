"""Working arrays declared outside a loop that each iteration fills anew: every thread gets one of its own."""

from collections.abc import Iterator
from dataclasses import replace

from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sharing import shared_out, sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations


def private_scratch(loop: Loop, context: Context) -> Iterator[Variant]:
    """`firstprivate` for local arrays that nothing looks at after the loop; it keeps a vector's length."""
    found = context.dependences(loop)
    met = dict.fromkeys([*(conflict.name for conflict in found.conflicts), *found.carried])
    scratch = [name for name in met if _is_scratch(loop, name, context)]
    if not scratch or len(scratch) != len(met):
        return
    settled = replace(found, conflicts=(), carried=())
    clauses = (*sharing_clauses(settled, loop), f"firstprivate({', '.join(scratch)})")
    whole = shared_out(loop, context).with_directive(0, clauses=clauses)
    yield replace(whole, pattern="parallel-for+scratch", family=f"scratch@{loop.line}")


def _is_scratch(loop: Loop, name: str, context: Context) -> bool:
    if context.storage(name, loop).kind not in {"vector", "array"}:
        return False
    kinds = [
        (declaration.type, declarator.type)
        for declared, declaration, declarator in declarations(loop.function)
        if declared == name
    ]
    local = all(kind == "declaration" and shape != "reference_declarator" for kind, shape in kinds)
    first = identifiers(loop.body, name)[:1]
    assigned = [node for found, node in assigned_names(loop.body) if found == name]
    if assigned and assigned[0] not in first:
        return False  # what one round leaves the next one reads
    later = any(use.start_byte >= loop.node.end_byte for use in identifiers(loop.function, name))
    return local and not later
