"""The rewrite proposer: parallel C and C++ by changing the user's own text, without a model."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agentpar.candidate import Proposal, content_id
from agentpar.languages.source import OverlapError
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.lowering import lowered
from agentpar.proposers.rewrite.order import Ordered, ordered_sources, refinements
from agentpar.verdict import Outcome

# How the strategies, which are written for OpenMP, are told for other targets.
_WORDS = {"threads": "threads over", "stdpar": "std::execution::par over", "mpi": "MPI ranks over"}
_REFUTED = frozenset({Outcome.RACE, Outcome.WRONG_ANSWER, Outcome.DEADLOCK})


class RewriteProposer:
    """Proposes the source with OpenMP directives and, where these need it, small changes to its loops.

    For other targets the same is said in their words.

    It keeps nothing between calls. What was judged decides what comes next: refinements of the best version
    so far, then the fixed order, and last the members of families that were found wrong or racy.

    `redirects` says whether calls of the standard library may go to the header of parallel algorithms, which is C++17.
    """

    name = "rewrite"

    def __init__(self, *, redirects: bool = True) -> None:
        self._redirects = redirects

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        """Return up to `n` proposals that have not been judged, most promising first."""
        judged = {candidate.id for candidate, _ in state.judged}
        judged.add(content_id(state.source))
        return [p for p in _in_order(state, redirects=self._redirects) if content_id(p.source) not in judged][:n]


@dataclass(frozen=True)
class _Offer:
    """A proposal, the variant it shows, and the form of the source that this is a variant of."""

    ordered: Ordered
    variant: Variant
    proposal: Proposal

    @property
    def family(self) -> tuple[tuple[str, ...], str]:
        """The variant's family, apart from those of other forms of the source."""
        return self.ordered.titles, self.variant.family


@lru_cache(maxsize=8)
def _ordered(source: str, entry: str, redirects: bool) -> tuple[Ordered, ...]:
    return ordered_sources(source, entry, redirects=redirects)


def _in_order(state: SearchState, *, redirects: bool) -> Iterator[Proposal]:
    """Every proposal the state calls for, judged ones too, without repeats."""
    offers: dict[str, _Offer] = {}
    for ordered in _ordered(state.source, state.entry, redirects):
        rendered = _rendered(ordered.variants, ordered, state.target)
        offers |= {key: rendered[key] for key in rendered if key not in offers}
    refuted = set()
    best, best_speedup = "", 1.0
    for candidate, verdict in state.judged:
        known = offers.get(candidate.id)
        if known is None:
            continue
        if verdict.outcome in _REFUTED:
            refuted.add(known.family)
        measured = verdict.measurement
        if verdict.is_improvement and measured is not None and measured.speedup > best_speedup:
            best, best_speedup = candidate.id, measured.speedup
            refined = _rendered(refinements(known.variant, known.ordered), known.ordered, state.target, (best,))
            offers = refined | {key: offers[key] for key in offers if key not in refined}
    yield from (offer.proposal for offer in offers.values() if offer.family not in refuted)
    yield from (offer.proposal for offer in offers.values() if offer.family in refuted)


def _rendered(
    variants: Iterable[Variant], ordered: Ordered, target: str, parents: tuple[str, ...] = ()
) -> dict[str, _Offer]:
    """Proposals by content address, in order, without those whose changes overlap or that the target cannot say."""
    found: dict[str, _Offer] = {}
    for variant in variants:
        try:
            source = lowered(variant.render(ordered.context.layout), target)
        except OverlapError:
            continue
        if source is None:
            continue
        proposal = Proposal(
            source=source,
            proposer=RewriteProposer.name,
            strategy=_told("; ".join([*ordered.titles, variant.strategy]), target),
            pattern=variant.pattern,
            parents=parents,
        )
        found.setdefault(content_id(source), _Offer(ordered, variant, proposal))
    return found


def _told(strategy: str, target: str) -> str:
    if target == "mpi":
        strategy = re.sub(r", schedule\([^)]*\)", "", strategy)
    return strategy.replace("parallel for over", _WORDS.get(target, "parallel for over"))
