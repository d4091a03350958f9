"""Consults those who take their time, ahead of need, and keeps what they propose until somebody is free to judge it.

A turn is one consultation. It is noted in the ledger with the verdicts that it is shown before it begins, and replies
are kept there before they are used; a resumed run therefore repeats the turns that had not come to their end, in the
same state and with the same replies, and asks nothing twice. So each proposal follows from what is recorded, however
long the model took, while turns always begin with the newest verdicts.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from agentpar.candidate import Candidate, Proposal
from agentpar.errors import ModelExhausted
from agentpar.ledger import Ledger
from agentpar.proposers.base import SearchState, Thinker
from agentpar.records import Turn
from agentpar.search.journal import Journal
from agentpar.search.novelty import changed_lines, is_near
from agentpar.search.portfolio import Portfolio

AT_ONCE = 2
"""So many turns go on at a time: while one waits for its last reply, the model works on the other."""
MOST_FRUITLESS = 12
"""So many turns in a row without anything that could be judged end the consultations."""
WANTED = 64
"""What a turn asks for at most; a thinker's own measure is less."""
_COMPARED = 100

View = Callable[[int, int], SearchState]
"""The state after so many verdicts, in the turn of this number."""
Shared = Callable[[int], str]
"""What other subtasks had learnt, in words, when the run had so many verdicts."""


@dataclass
class _Open:
    """A turn that has begun: what is left of what it brought."""

    turn: Turn
    left: deque[Proposal] = field(default_factory=deque)
    admitted: int = 0


class Ahead:
    """The turns of one search, and the stock of proposals that they brought."""

    def __init__(
        self,
        thinkers: Sequence[Thinker],
        *,
        subtask: str,
        source: str,
        journal: Journal,
        ledger: Ledger,
        portfolio: Portfolio,
        view: View,
        low_water: int,
        shared: Shared,
        sees_verdicts: bool = True,
    ) -> None:
        self.over = ""
        """Why no further turn begins; empty while one may."""
        self._thinkers = {each.name: each for each in thinkers}
        self._subtask = subtask
        self._journal = journal
        self._ledger = ledger
        self._portfolio = portfolio
        self._view = view
        self._low_water = low_water
        self._shared = shared
        self._sees_verdicts = sees_verdicts
        self._serial = changed_lines(source, frozenset())
        self._stock: deque[_Open] = deque()
        self._under_way: Counter[str] = Counter()
        begun = ledger.turns(subtask) if thinkers else []
        self._repeated = deque(turn for turn in begun if turn.admitted is None and turn.proposer in self._thinkers)
        for turn in begun:
            if turn.admitted == 0:
                portfolio.fruitless(turn.proposer)
        self._fruitless = 0

    @property
    def is_nobody(self) -> bool:
        """Whether there are no thinkers."""
        return not self._thinkers

    @property
    def stock(self) -> int:
        """How many proposals wait."""
        return sum(len(each.left) for each in self._stock)

    def names(self) -> list[str]:
        """Whose proposals wait, the oldest first."""
        return list(dict.fromkeys(each.turn.proposer for each in self._stock))

    def wants_turn(self, going_on: int, room: int) -> bool:
        """Whether to begin a turn beside those that go on; `room` is how many candidates the budget has left."""
        # Turns that a killed run had begun are repeated whatever the budget: most of their replies are paid for.
        if self.is_nobody or (self.over and not self._repeated):
            return False
        return going_on < AT_ONCE and self.stock < min(self._low_water, room)

    def stop(self, reason: str) -> None:
        """Begin no further turn; what was brought is still to be judged."""
        if not self.over:
            self.over = reason
            self._journal.note(f"the model is asked no more: {reason}")

    async def consult(self) -> None:
        """Take the next turn: first those that a killed run left open.

        Raises:
            ModelError: the model is gone or failing.
            LedgerError: the record cannot be written.
        """
        # Begun here and not where this was scheduled: verdicts that came in between are shown too.
        if self.over and not self._repeated:
            return
        turn = self._repeated.popleft() if self._repeated else self._begin()
        self._under_way[turn.proposer] += 1
        try:
            state = replace(self._view(turn.seen, turn.number), shared=self._shared(turn.known))
            offers = await self._thinkers[turn.proposer].propose(state, turn.wanted)
        except ModelExhausted as error:
            self.stop(str(error))
            return
        finally:
            self._under_way[turn.proposer] -= 1
        opened = _Open(turn, deque(offers))
        if offers:
            self._stock.append(opened)
        else:
            self._end(opened)

    def _begin(self) -> Turn:
        seen = len(self._journal.judged) if self._sees_verdicts else 0
        state = self._view(seen, 0)
        able = [name for name, thinker in self._thinkers.items() if thinker.applies(state)]
        waiting = self._under_way + Counter({each.turn.proposer: len(each.left) for each in self._stock})
        chosen = self._portfolio.order(able or list(self._thinkers), waiting)[0]
        return self._ledger.begin_turn(subtask=self._subtask, proposer=chosen, seen=seen, wanted=WANTED)

    def take(self, name: str, *, is_tight: bool) -> Candidate | None:
        """A candidate of what this thinker proposed; None when nothing of it is new.

        When the budget is tight, what is nearly the same as something judged without gain is passed over.
        """
        for opened in [each for each in self._stock if each.turn.proposer == name]:
            while opened.left:
                offer = opened.left.popleft()
                if is_tight and self._is_near(offer):
                    continue
                candidate = self._journal.admit(offer, seen=opened.turn.seen)
                if candidate is not None:
                    opened.admitted += 1
                    self._close_if_done(opened)
                    return candidate
            self._close_if_done(opened)
        return None

    def _is_near(self, offer: Proposal) -> bool:
        judged = self._journal.judged[-_COMPARED:]
        others = (changed_lines(c.source, self._serial) for c, verdict in judged if not verdict.is_improvement)
        return is_near(changed_lines(offer.source, self._serial), others)

    def _close_if_done(self, opened: _Open) -> None:
        if not opened.left:
            self._stock.remove(opened)
            self._end(opened)

    def _end(self, opened: _Open) -> None:
        self._ledger.end_turn(opened.turn, admitted=opened.admitted)
        self._fruitless = 0 if opened.admitted else self._fruitless + 1
        if not opened.admitted:
            self._portfolio.fruitless(opened.turn.proposer)
        if self._fruitless >= MOST_FRUITLESS:
            self.stop(f"{self._fruitless} turns in a row brought nothing new that could be judged")
