"""The steady-state search of one subtask.

`workers` candidates are in flight; there is no generation to wait for. Whoever gets free takes the newest
archive to the proposers. A verdict is durable in the ledger the moment it is in. Thinkers, which take their time, are
consulted beside the evaluations and ahead of need (see `ahead`), so that neither waits for the other.

What repeats. Which candidate finishes first is a matter of timing, so the ledger keeps the order in which the
verdicts came in. All else follows from that order: after each verdict in turn, the proposers are shown the
verdicts up to it and asked until `workers` candidates are without one. So the same verdicts in the same order
make the same proposals and the same winner, whether the run was killed meanwhile or not, and whether verdicts
came one by one or several at once. A resumed run first judges what was in flight, proposes nothing anew, and
goes on where the record ends. The price: verdicts that come in while a proposer is thinking are shown to it
at the next proposal, one further at a time. Where thinkers take part, when their turns begin is a matter of timing
too, so the ledger also keeps what each turn was shown, and whose proposal each candidate was.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentpar.events import NOTHING_LEFT
from agentpar.ledger import Ledger
from agentpar.proposers.base import Located, SearchState
from agentpar.search.ahead import Ahead, Shared
from agentpar.search.archive import Archive
from agentpar.search.base import Emit, Evaluator
from agentpar.search.budget import Stopper, candidates, first_of, gpu_seconds, seconds, tokens, without_device
from agentpar.search.journal import Journal
from agentpar.search.portfolio import Portfolio
from agentpar.search.strategy import Team
from agentpar.search.supply import Supply
from agentpar.sections import located
from agentpar.task import Budget

HEARTBEAT_S = 1.0
# Enough to see that candidates build, and what their kernels need.
_MOST_WITHOUT_DEVICE = 4


@dataclass(frozen=True)
class SearchResult:
    """What a search found, and why it ended."""

    archive: Archive
    reason: str


async def search(
    *,
    subtask: str,
    source: str,
    entry: str,
    target: str,
    team: Team,
    evaluator: Evaluator,
    ledger: Ledger,
    budget: Budget,
    seed: int,
    workers: int,
    emit: Emit,
    fingerprint: Callable[[str], str],
    stoppers: Sequence[Stopper] = (),
    shared: Shared = lambda known: "",
    located: Located = located,
) -> SearchResult:
    """Search until the budget is spent, a stopper says so, or the proposers have nothing left.

    Budgets are totals over all sessions of the ledger. When the time is over, or a stopper says stop, what is
    in flight is cancelled and stays pending; the budget of candidates is never overshot, so nothing is
    cancelled for it. When the budgets of models are over, thinkers are consulted no more, and the search goes on
    without them. `shared` tells thinkers what other subtasks had learnt; `located` makes lines of the source the
    user's. When this is cancelled, everything in flight is stopped before it returns, and nothing committed is lost.

    Raises:
        AgentparError: the evaluator, a proposer or the ledger failed; the rest was cancelled.
    """
    journal = Journal(ledger, subtask=subtask, source=source, budget=budget, emit=emit, fingerprint=fingerprint)
    limits = (candidates(budget.candidates), seconds(budget.seconds), without_device(_MOST_WITHOUT_DEVICE))
    stop = first_of(*limits, *stoppers)
    stop_thinking = first_of(tokens(budget.tokens), gpu_seconds(budget.gpu_seconds))
    portfolio = Portfolio()
    portfolio.follow(journal.judged)

    def view(seen: int, turn: int = 0) -> SearchState:
        return SearchState(source, entry, target, seed, tuple(journal.judged[:seen]), turn, located=located)

    ahead = Ahead(
        team.thinkers,
        subtask=subtask,
        source=source,
        journal=journal,
        ledger=ledger,
        portfolio=portfolio,
        view=view,
        low_water=2 * workers + 1,
        shared=shared,
        sees_verdicts=team.thinkers_see_verdicts,
    )
    supply = Supply(
        team.proposers,
        ahead=ahead,
        journal=journal,
        portfolio=portfolio,
        view=view,
        workers=workers,
        budget=budget.candidates,
    )

    async def turn() -> None:
        candidate = await supply.next()
        if candidate is not None:
            journal.judge(candidate, await evaluator.evaluate(candidate))
            portfolio.follow(journal.judged)

    turns: set[asyncio.Task[None]] = set()
    consultations: set[asyncio.Task[None]] = set()
    try:
        while (reason := stop(journal.progress())) is None:
            while len(turns) < workers and supply.may_have_more and not stop(journal.progress(len(turns))):
                turns.add(asyncio.create_task(turn()))
            if team.thinkers and (enough := stop_thinking(journal.progress())):
                ahead.stop(enough)
            while ahead.wants_turn(len(consultations), budget.candidates - len(journal.judged) - len(turns)):
                consultations.add(asyncio.create_task(ahead.consult()))
            if not turns and not consultations:
                reason = NOTHING_LEFT
                break
            going_on = turns | consultations
            done, _ = await asyncio.wait(going_on, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*done)
            turns -= done
            consultations -= done
            if not done:
                ledger.heartbeat()
    finally:
        for each in turns | consultations:
            each.cancel()
        await asyncio.gather(*turns, *consultations, return_exceptions=True)
    journal.finish(reason)
    if reason == NOTHING_LEFT and ahead.over:  # which was told when it was so
        reason += f": {ahead.over}"
    return SearchResult(journal.archive, reason)
