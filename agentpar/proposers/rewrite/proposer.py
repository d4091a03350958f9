"""The rewrite proposer: OpenMP on C and C++ by changing the user's own text, without a model."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from agentpar.candidate import Proposal, content_id
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite.directives import Layout, Variant
from agentpar.proposers.rewrite.order import Ordered, ordered_variants, refinements
from agentpar.verdict import Outcome

_REFUTED = frozenset({Outcome.RACE, Outcome.WRONG_ANSWER, Outcome.DEADLOCK})


class RewriteProposer:
    """Proposes the source with OpenMP directives and, where these need it, small changes to its loops.

    It keeps nothing between calls. What was judged decides what comes next: refinements of the best version
    so far, then the fixed order, and last the members of families that were found wrong or racy.
    """

    name = "rewrite"

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        """Return up to `n` proposals that have not been judged, most promising first."""
        if state.target not in {"openmp", "auto"}:
            return []
        judged = {candidate.id for candidate, _ in state.judged}
        judged.add(content_id(state.source))
        return [p for p in _in_order(state) if content_id(p.source) not in judged][:n]


@lru_cache(maxsize=8)
def _ordered(source: str, entry: str) -> Ordered:
    return ordered_variants(source, entry)


def _in_order(state: SearchState) -> Iterator[Proposal]:
    """Every proposal the state calls for, judged ones too, without repeats."""
    ordered = _ordered(state.source, state.entry)
    layout = ordered.context.layout
    proposals = _rendered(ordered.variants, layout)
    refuted = set()
    best, best_speedup = "", 1.0
    for candidate, verdict in state.judged:
        known = proposals.get(candidate.id)
        if known is None:
            continue
        if verdict.outcome in _REFUTED:
            refuted.add(known[0].family)
        measured = verdict.measurement
        if verdict.is_improvement and measured is not None and measured.speedup > best_speedup:
            best, best_speedup = candidate.id, measured.speedup
            refined = _rendered(refinements(known[0], ordered), layout, (best,))
            proposals = refined | {key: proposals[key] for key in proposals if key not in refined}
    hopeful = [p for variant, p in proposals.values() if variant.family not in refuted]
    yield from hopeful
    yield from (p for variant, p in proposals.values() if variant.family in refuted)


def _rendered(
    variants: Iterable[Variant], layout: Layout, parents: tuple[str, ...] = ()
) -> dict[str, tuple[Variant, Proposal]]:
    """Proposals by content address, in order; variants whose changes overlap are left out."""
    found: dict[str, tuple[Variant, Proposal]] = {}
    for variant in variants:
        try:
            source = variant.render(layout)
        except ValueError:
            continue
        proposal = Proposal(
            source=source,
            proposer=RewriteProposer.name,
            strategy=variant.strategy,
            pattern=variant.pattern,
            parents=parents,
        )
        found.setdefault(content_id(source), (variant, proposal))
    return found
