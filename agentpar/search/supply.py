"""Where the next candidate comes from: what a killed run left, the proposers, or the stock that thinkers made."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from agentpar.candidate import Candidate
from agentpar.proposers.base import Proposer, SearchState
from agentpar.search.ahead import Ahead
from agentpar.search.journal import Journal
from agentpar.search.portfolio import Portfolio, ask

_TIGHT = 0.25
"""The share of the budget of candidates that is left when near duplicates are passed over."""


class Supply:
    """Gives one candidate at a time to whoever is free."""

    def __init__(
        self,
        proposers: Sequence[Proposer],
        *,
        ahead: Ahead,
        journal: Journal,
        portfolio: Portfolio,
        view: Callable[[int], SearchState],
        workers: int,
        budget: int,
    ) -> None:
        self._proposers = proposers
        self._ahead = ahead
        self._journal = journal
        self._portfolio = portfolio
        self._view = view
        self._workers = workers
        self._budget = budget
        self._asking = asyncio.Lock()
        self._seen = journal.last_seen  # how many verdicts the proposers are shown
        self._dry_at = -1  # how many verdicts there were when the proposers had nothing to offer

    @property
    def may_have_more(self) -> bool:
        """Whether it is worth asking."""
        journal = self._journal
        return bool(journal.waiting) or self._ahead.stock > 0 or self._dry_at < len(journal.judged)

    async def next(self) -> Candidate | None:
        """The next candidate, or None when there is none before a further verdict or a further turn."""
        async with self._asking:
            if self._journal.waiting:
                return self._journal.waiting.popleft()
            if not self._ahead.names():
                return await self._ask(self._in_turn() if self._ahead.is_nobody else self._ranked())
            names = [each.name for each in self._proposers]
            order = self._portfolio.order([*self._ahead.names(), *names], {})
            if order[0] in names:
                return await self._ask(self._ranked()) or self._take(order)
            return self._take(order) or await self._ask(self._ranked())

    def _in_turn(self) -> list[Proposer]:
        start = self._journal.proposed % max(1, len(self._proposers))
        return [*self._proposers[start:], *self._proposers[:start]]

    def _ranked(self) -> list[Proposer]:
        order = self._portfolio.order([each.name for each in self._proposers], {})
        return sorted(self._proposers, key=lambda each: order.index(each.name))

    async def _ask(self, proposers: Sequence[Proposer]) -> Candidate | None:
        """Show the proposers the verdicts one further at a time, until one has something or they have seen all."""
        journal = self._journal
        while True:
            if journal.proposed - self._seen < self._workers:
                state, admit = self._view(self._seen), partial(journal.admit, seen=self._seen)
                if candidate := await ask(proposers, state, proposed=journal.proposed, admit=admit):
                    return candidate
            if self._seen == len(journal.judged):
                self._dry_at = self._seen
                return None
            self._seen += 1

    def _take(self, order: Sequence[str]) -> Candidate | None:
        """A candidate of the stock, of the thinker that is first in the order."""
        left = self._budget - self._journal.proposed
        taken = (self._ahead.take(name, is_tight=left <= _TIGHT * self._budget) for name in order)
        return next((candidate for candidate in taken if candidate), None)
