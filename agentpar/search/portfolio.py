"""Which proposer is asked next, and how far it is asked."""

from collections.abc import Callable, Sequence

from agentpar.candidate import Candidate, Proposal
from agentpar.proposers.base import Proposer, SearchState

MOST_ASKED = 4096
"""A proposer that offers so many proposals at once without a new one has nothing new to offer."""


async def ask(
    proposers: Sequence[Proposer],
    state: SearchState,
    *,
    proposed: int,
    admit: Callable[[Proposal], Candidate | None],
) -> Candidate | None:
    """Ask the proposers in turn until one has something new; None when none has.

    `proposed` is how many candidates there are, which says whose turn it is. `admit` makes a candidate of a
    proposal, or returns None for a duplicate.
    """
    for place in range(len(proposers)):
        proposer = proposers[(proposed + place) % len(proposers)]
        # A proposer does not know what is in flight, and may first offer that again.
        asked = 1 + proposed - len(state.judged)
        while True:
            offers = await proposer.propose(state, asked)
            for offer in offers:
                if candidate := admit(offer):
                    return candidate
            if len(offers) < asked or asked >= MOST_ASKED:
                break
            asked *= 2
    return None
