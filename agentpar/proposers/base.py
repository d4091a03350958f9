"""The contract of a proposer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agentpar.candidate import Candidate, Proposal
from agentpar.sections import located
from agentpar.verdict import Verdict

Located = Callable[[str, str], str]
"""Words about lines of a text (the second), told by the places that the user knows them by."""


@dataclass(frozen=True)
class SearchState:
    """What a proposer may see: the task's serial source, the entry, and what has been judged so far, in order.

    The order and content of `judged` come from the ledger, so that a resumed run sees what an uninterrupted
    one would have seen. `turn` numbers the consultations of a search that are worked ahead, from 1. `shared` says in
    words what other subtasks of the run have learnt, if there are any. `located` makes lines of the source the user's.
    """

    source: str
    entry: str
    target: str
    seed: int
    judged: Sequence[tuple[Candidate, Verdict]]
    turn: int = 0
    shared: str = ""
    located: Located = located


class Proposer(Protocol):
    """Makes proposals from the state of the search.

    `propose` returns the next proposals (at most `n`), or an empty sequence when it has nothing left to offer
    given what has been judged so far; it may have more once further verdicts are in. It must be a function of
    the state alone: the same state gives the same proposals, which is what makes a resumed run repeat an
    uninterrupted one. It need not avoid duplicates; the search drops what was proposed before.
    """

    name: str

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        """Return up to `n` new proposals, most promising first."""
        ...


class Thinker(Proposer, Protocol):
    """A proposer that takes its time, such as a model: the search consults it ahead of need, beside the evaluations.

    Its proposals follow from the state, its turn included, and from replies that the ledger keeps.
    """

    def applies(self, state: SearchState) -> bool:
        """Whether it has anything to go by in this state."""
        ...
