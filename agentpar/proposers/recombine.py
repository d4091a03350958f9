"""The recombine proposer: crosses two verified versions of the same source, where their changes do not meet."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations, pairwise

from agentpar.candidate import Candidate, Proposal, content_id
from agentpar.proposers.base import SearchState
from agentpar.proposers.pattern import pattern_for

MOST_PARENTS = 8
"""Only so many of the fastest versions are crossed."""

Change = tuple[int, int, tuple[str, ...]]
"""From which to which line of the serial source, and the lines in their place."""


class RecombineProposer:
    """Proposes the crossovers of the fastest right versions, those of the fastest pairs first."""

    name = "recombine"

    def __init__(self) -> None:
        self._changes: dict[str, tuple[Change, ...]] = {}
        self._clear()

    def _clear(self) -> None:
        self._parents: list[tuple[float, Candidate]] = []
        self._judged: set[str] = set()
        self._count = 0

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        """Return up to `n` crossovers that have not been judged."""
        self._follow(state)
        found: list[Proposal] = []
        for proposal in self._crossovers(state):
            if len(found) == n:
                break
            if content_id(proposal.source) not in self._judged:
                found.append(proposal)
        return found

    def _follow(self, state: SearchState) -> None:
        if len(state.judged) < self._count:
            self._clear()
        for candidate, verdict in state.judged[self._count :]:
            self._judged.add(candidate.id)
            if verdict.is_improvement and verdict.measurement is not None:
                self._parents.append((verdict.measurement.speedup, candidate))
        self._count = len(state.judged)
        self._parents = sorted(self._parents, key=lambda each: -each[0])[:MOST_PARENTS]

    def _crossovers(self, state: SearchState) -> Iterator[Proposal]:
        parents = [candidate for _, candidate in self._parents]
        pairs = sorted(combinations(range(len(parents)), 2), key=sum)
        for first, second in pairs:
            one, other = parents[first], parents[second]
            source = merged(state.source, self._of(one, state.source), self._of(other, state.source))
            if source is None or source in (one.source, other.source):
                continue
            yield Proposal(
                source=source,
                proposer=self.name,
                strategy=f"#{one.number} crossed with #{other.number}",
                pattern=pattern_for(state.target)(source),
                parents=(one.id, other.id),
            )

    def _of(self, candidate: Candidate, serial: str) -> tuple[Change, ...]:
        if candidate.id not in self._changes:
            self._changes[candidate.id] = changes(serial, candidate.source)
        return self._changes[candidate.id]


def changes(serial: str, version: str) -> tuple[Change, ...]:
    """The changes of a version, by lines of the serial source."""
    before, after = serial.splitlines(keepends=True), version.splitlines(keepends=True)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        (start, end, tuple(after[new_start:new_end]))
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    )


def merged(serial: str, one: Sequence[Change], other: Sequence[Change]) -> str | None:
    """The serial source with both versions' changes; None where two different ones meet or touch."""
    both = sorted({*one, *other})
    if any(second[0] <= first[1] for first, second in pairwise(both)):
        return None
    lines = serial.splitlines(keepends=True)
    for start, end, new in reversed(both):
        lines[start:end] = new
    return "".join(lines)
