"""Where the next candidate comes from: what a killed run left, the proposers, or the stock that thinkers made."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from agentpar.candidate import Candidate
from agentpar.proposers.base import Proposer, SearchState
from agentpar.search.ahead import Ahead
from agentpar.search.archive import Elite
from agentpar.search.journal import Journal
from agentpar.search.portfolio import Portfolio, ask

_TIGHT = 0.25
"""The share of the budget of candidates that is left when near duplicates are passed over."""
_AGAIN = 1.25


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
        self._asleep: dict[str, tuple[int, Elite | None]] = {}
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
            if self._ahead.is_nobody:
                return await self._ask_in_turn()
            names = [each.name for each in self._proposers]
            order = self._portfolio.order([*self._ahead.names(), *names], {})
            if order and order[0] in names:
                return await self._ask_awake(order) or self._take(order)
            return self._take(order) or await self._ask_awake(order)

    async def _ask_in_turn(self) -> Candidate | None:
        """Show the proposers the verdicts one further at a time, until one has something or they have seen all."""
        journal = self._journal
        while True:
            if journal.proposed - self._seen < self._workers:
                start = journal.proposed % max(1, len(self._proposers))
                for proposer in (*self._proposers[start:], *self._proposers[:start]):
                    if candidate := await self._ask(proposer, self._seen):
                        return candidate
            if self._seen == len(journal.judged):
                self._dry_at = self._seen
                return None
            self._seen += 1

    async def _ask_awake(self, order: Sequence[str]) -> Candidate | None:
        """Ask by rank, in the newest state: with thinkers about, what a candidate's proposer had seen is on record.

        Who had nothing is left alone until there is a new best, or a good many more verdicts: asking costs.
        """
        seen, best = len(self._journal.judged), self._journal.archive.best()
        for proposer in sorted(self._proposers, key=lambda each: order.index(each.name)):
            dry_at, best_then = self._asleep.get(proposer.name, (-1, None))
            if dry_at >= 0 and seen < _AGAIN * (dry_at + 1) and best is best_then:
                continue
            if candidate := await self._ask(proposer, seen):
                return candidate
            self._asleep[proposer.name] = seen, best
        self._dry_at = seen
        return None

    async def _ask(self, proposer: Proposer, seen: int) -> Candidate | None:
        admit = partial(self._journal.admit, seen=seen)
        return await ask(proposer, self._view(seen), proposed=self._journal.proposed, admit=admit)

    def _take(self, order: Sequence[str]) -> Candidate | None:
        """A candidate of the stock, of the thinker that is first in the order."""
        left = self._budget - self._journal.proposed
        taken = (self._ahead.take(name, is_tight=left <= _TIGHT * self._budget) for name in order)
        return next((candidate for candidate in taken if candidate), None)
