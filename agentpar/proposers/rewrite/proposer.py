"""The rewrite proposer: parallel C and C++ by changing the user's own text, without a model."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from agentpar.candidate import Proposal, content_id
from agentpar.languages.source import OverlapError
from agentpar.proposers.base import SearchState
from agentpar.proposers.pattern import pattern_of
from agentpar.proposers.rewrite.bodies import as_written
from agentpar.proposers.rewrite.context import Language
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.headers import in_their_files
from agentpar.proposers.rewrite.kernels import with_kernels
from agentpar.proposers.rewrite.lowering import lowered
from agentpar.proposers.rewrite.order import Ordered, ordered_sources, refinements
from agentpar.sections import is_several
from agentpar.task import HYBRID
from agentpar.verdict import Outcome

# How the strategies, which are written for OpenMP, are told for other targets.
_WORDS = {
    "threads": "threads over",
    "stdpar": "std::execution::par over",
    "mpi": "MPI ranks over",
    "mpi+openmp": "MPI ranks with threads over",
    "cuda": "kernel over",
}
Say = Callable[[str], str | None]
"""Tells a source that was rewritten for OpenMP in the target's words, if it has any for it."""
_REFUTED = frozenset({Outcome.RACE, Outcome.WRONG_ANSWER, Outcome.DEADLOCK})


class RewriteProposer:
    """Proposes the source with OpenMP directives and, where these need it, small changes to its loops.

    For other targets the same is said in their words.

    It keeps nothing between calls. What was judged decides what comes next: refinements of the best version
    so far, then the fixed order, and last the members of families that were found wrong or racy.

    `redirects` says whether calls of the standard library may go to the header of parallel algorithms, which is C++17.
    `pointers` says whose memory a CUDA candidate is called with, `language` what the source is compiled as.
    """

    name = "rewrite"

    def __init__(self, *, redirects: bool = True, pointers: str = "host", language: Language | None = None) -> None:
        self._redirects = redirects
        self._pointers = pointers
        self._language = language

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        """Return up to `n` proposals that have not been judged, most promising first."""
        judged = {candidate.id for candidate, _ in state.judged}
        judged.add(content_id(state.source))
        say: Say = partial(lowered, target=state.target, language=self._language)
        if state.target == "cuda":
            say = partial(with_kernels, entry=state.entry, pointers=self._pointers)
        say = partial(_as_written, say=say)
        if is_several(state.source):
            say = partial(_in_their_files, say=say, serial=state.source)
        offered = _in_order(state, say, redirects=self._redirects and state.target != "cuda")
        return [p for p in offered if content_id(p.source) not in judged][:n]


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


def _in_order(state: SearchState, say: Say, *, redirects: bool) -> Iterator[Proposal]:
    """Every proposal the state calls for, judged ones too, without repeats."""
    offers: dict[str, _Offer] = {}
    for ordered in _ordered(state.source, state.entry, redirects):
        rendered = _rendered(ordered.variants, ordered, state, say)
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
            refined = _rendered(refinements(known.variant, known.ordered), known.ordered, state, say, (best,))
            offers = refined | {key: offers[key] for key in offers if key not in refined}
    yield from (offer.proposal for offer in offers.values() if offer.family not in refuted)
    yield from (offer.proposal for offer in offers.values() if offer.family in refuted)


def _rendered(
    variants: Iterable[Variant], ordered: Ordered, state: SearchState, say: Say, parents: tuple[str, ...] = ()
) -> dict[str, _Offer]:
    """Proposals by content address, in order, without those whose changes overlap or that the target cannot say."""
    found: dict[str, _Offer] = {}
    for variant in variants:
        try:
            source = say(variant.render(ordered.context.layout))
        except OverlapError:
            continue
        if source is None:
            continue
        proposal = Proposal(
            source=source,
            proposer=RewriteProposer.name,
            strategy=state.located(_told("; ".join([*ordered.titles, variant.strategy]), state.target), _text(ordered)),
            pattern=pattern_of(source) if state.target == "cuda" else variant.pattern,
            parents=parents,
        )
        found.setdefault(content_id(source), _Offer(ordered, variant, proposal))
    return found


def _text(ordered: Ordered) -> str:
    return ordered.context.layout.source.decode(errors="surrogatepass")


def _as_written(source: str, *, say: Say) -> str | None:
    said = say(source)
    return None if said is None else as_written(said)


def _in_their_files(source: str, *, say: Say, serial: str) -> str | None:
    said = say(source)
    return None if said is None else in_their_files(serial, said)


def _told(strategy: str, target: str) -> str:
    if target in {"mpi", "cuda"}:
        strategy = re.sub(r", schedule\([^)]*\)", "", strategy)
    if target in _WORDS and target != HYBRID:  # vectors are asked for in OpenMP's words alone
        strategy = strategy.replace(", simd inside", "")
    return strategy.replace("parallel for over", _WORDS.get(target, "parallel for over"))
