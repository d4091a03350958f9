"""The data-sharing clauses of a directive."""

from agentpar.proposers.rewrite.dependences import Dependences
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
