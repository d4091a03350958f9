"""The steady-state search of one subtask.

`workers` candidates are in flight; there is no generation to wait for. Whoever gets free takes the newest
archive to the proposers. A verdict is durable in the ledger the moment it is in.

What repeats. Which candidate finishes first is a matter of timing, so the ledger keeps the order in which the
verdicts came in. All else follows from that order: after each verdict in turn, the proposers are shown the
verdicts up to it and asked until `workers` candidates are without one. So the same verdicts in the same order
make the same proposals and the same winner, whether the run was killed meanwhile or not, and whether verdicts
came one by one or several at once. A resumed run first judges what was in flight, proposes nothing anew, and
goes on where the record ends. The price: verdicts that come in while a proposer is thinking are shown to it
at the next proposal, one further at a time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from agentpar.candidate import Candidate
from agentpar.ledger import Ledger
from agentpar.proposers.base import Proposer, SearchState
from agentpar.search.archive import Archive
from agentpar.search.base import Emit, Evaluator
from agentpar.search.budget import Stopper, candidates, first_of, seconds
from agentpar.search.journal import Journal
from agentpar.search.portfolio import ask
from agentpar.task import Budget

HEARTBEAT_S = 1.0


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
    proposers: Sequence[Proposer],
    evaluator: Evaluator,
    ledger: Ledger,
    budget: Budget,
    seed: int,
    workers: int,
    emit: Emit,
    fingerprint: Callable[[str], str],
    stoppers: Sequence[Stopper] = (),
) -> SearchResult:
    """Search until the budget is spent, a stopper says so, or the proposers have nothing left.

    Budgets are totals over all sessions of the ledger. When the time is over, or a stopper says stop, what is
    in flight is cancelled and stays pending; the budget of candidates is never overshot, so nothing is
    cancelled for it. When this is cancelled, everything in flight is stopped before it returns, and nothing
    committed is lost.

    Raises:
        AgentparError: the evaluator, a proposer or the ledger failed; the rest was cancelled.
    """
    journal = Journal(ledger, subtask=subtask, source=source, budget=budget, emit=emit, fingerprint=fingerprint)
    stop = first_of(candidates(budget.candidates), seconds(budget.seconds), *stoppers)
    asking = asyncio.Lock()
    view = journal.last_seen  # how many verdicts the proposers are shown
    dry_at = -1  # how many verdicts there were when the proposers had nothing to offer

    async def next_candidate() -> Candidate | None:
        nonlocal view, dry_at
        async with asking:
            if journal.waiting:
                return journal.waiting.popleft()
            while True:
                if journal.proposed - view < workers:
                    state = SearchState(source, entry, target, seed, tuple(journal.judged[:view]))
                    admit = partial(journal.admit, seen=view)
                    if candidate := await ask(proposers, state, proposed=journal.proposed, admit=admit):
                        return candidate
                if view == len(journal.judged):
                    dry_at = view
                    return None
                view += 1

    async def turn() -> None:
        candidate = await next_candidate()
        if candidate is not None:
            journal.judge(candidate, await evaluator.evaluate(candidate))

    turns: set[asyncio.Task[None]] = set()
    try:
        while (reason := stop(journal.progress())) is None:
            while len(turns) < workers and dry_at < len(journal.judged) and not stop(journal.progress(len(turns))):
                turns.add(asyncio.create_task(turn()))
            if not turns:
                reason = "nothing left to propose"
                break
            done, turns = await asyncio.wait(turns, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*done)
            if not done:
                ledger.heartbeat()
    finally:
        for each in turns:
            each.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
    journal.finish(reason)
    return SearchResult(journal.archive, reason)
