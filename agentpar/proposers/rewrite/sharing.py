"""A loop under `parallel for`, and the data-sharing clauses that it takes."""

from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.dependences import Dependences
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.records import declared_reductions
from agentpar.proposers.rewrite.sites import Loop


def sharing_clauses(found: Dependences, loop: Loop) -> tuple[str, ...]:
    """The data-sharing clauses that the loop's scalars call for."""
    inner = {child.variable for child in loop.nest() if child.header and not child.header.declared}
    private = [name for name in found.private if name != loop.variable]
    last = [name for name in found.last_private if name != loop.variable]
    private += [name for name in last if name in inner]  # a counter's last value is hardly ever wanted
    last = [name for name in last if name not in inner]
    clauses = [f"private({', '.join(private)})"] if private else []
    clauses += [f"lastprivate({', '.join(last)})"] if last else []
    by_operator: dict[str, list[str]] = {}
    for sign, name in found.reductions:
        by_operator.setdefault(sign, []).append(name)
    return (*clauses, *(f"reduction({sign}:{', '.join(names)})" for sign, names in by_operator.items()))


def shared_out(loop: Loop, context: Context) -> Variant:
    """The loop under `parallel for`, with the clauses its scalars call for, whatever the dependences."""
    found = context.dependences(loop)
    pattern = "parallel-for+reduction" if found.reductions else "parallel-for"
    directive = Directive(loop, clauses=sharing_clauses(found, loop))
    directive = declared_reductions(directive, found, context.layout)
    return Variant(pattern, f"{pattern}@{loop.line}", (directive,))
