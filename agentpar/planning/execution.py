"""Solves one subtask of a decomposed task, and composes what the subtasks came to."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

from agentpar.candidate import WHOLE, Candidate, Proposal, content_id
from agentpar.errors import TaskError
from agentpar.events import Event
from agentpar.languages.fingerprint import fingerprint_for
from agentpar.planning.board import Board, Found, Part
from agentpar.planning.compose import DoesNotCompose
from agentpar.planning.plan import Plan, Subtask
from agentpar.planning.shared import told_by_others
from agentpar.planning.static import part_of
from agentpar.planning.users_lines import cut_lines, in_users_lines
from agentpar.proposers.base import Located
from agentpar.search.ahead import Shared
from agentpar.search.archive import Archive, Elite
from agentpar.search.base import Emit, Evaluator, Session
from agentpar.search.budget import Stopper
from agentpar.search.journal import Journal
from agentpar.search.loop import search
from agentpar.sections import located
from agentpar.task import Budget
from agentpar.verdict import Outcome, Verdict

_AS_EXPECTED = 0.8
"""Parts compose well when the whole gains this much of what Amdahl's law makes of their own gains."""


async def search_whole(
    subtask: Subtask, *, session: Session, budget: Budget, emit: Emit, stoppers: Sequence[Stopper]
) -> Found:
    """Search an atomic task, with what a plan that failed has left of the budget.

    Raises:
        AgentparError: as `search`.
    """
    spent = sum(candidate.subtask != subtask.id for candidate, _ in session.ledger.judged())
    budget = budget.model_copy(update={"candidates": max(1, budget.candidates - spent)})
    return await _search(
        subtask,
        session,
        source=session.ledger.task.source,
        evaluator=session.evaluator,
        workers=session.workers,
        budget=budget,
        emit=emit,
        stoppers=stoppers,
    )


async def solve_subtask(
    subtask: Subtask, *, board: Board, session: Session, budget: Budget, emit: Emit, stoppers: Sequence[Stopper]
) -> Found:
    """Search one subtask when all that it depends on is there, and post the result on the board.

    A subtask that cannot be judged fails, and so does what depends on it; both are results, not exceptions.

    Raises:
        AgentparError: the infrastructure failed. The result is not posted, and the run can be resumed.
    """
    needed = await board.wait_for(subtask.depends_on)
    if broken := [name for name, found in needed.items() if found["failed"]]:
        found = _failed(f"needs {broken[0]}, which failed: {needed[broken[0]]['reason']}")
    else:
        task, source = session.ledger.task, board.plan.source
        in_users = partial(in_users_lines, users=task.source, cut=cut_lines(board.plan))

        def told(error: TaskError) -> str:
            return in_users(str(error), source or task.source, file=task.path.name)

        def fall_back(error: TaskError) -> Subtask:
            # Between two values that the whole gives may be one that it never does, such as a divisor of 0.
            message = f"its serial code fails for the values in its plan, and is judged for others: {told(error)}"
            _say(session, emit, subtask.id, message)
            return board.without_ranges(subtask.id)

        try:
            async with AsyncExitStack() as stack:
                found = await _search(
                    subtask,
                    session,
                    source=board.start_of(subtask.id),
                    evaluator=_Judge(subtask, board, session, stack, fall_back),
                    workers=max(1, session.workers // len(board.plan.subtasks)),
                    budget=budget,
                    emit=emit,
                    stoppers=[board.purse.stopper(subtask.id), *stoppers],
                    shared=partial(told_by_others, board.plan, subtask.id, session.ledger),
                    located=in_users,
                )
        except TaskError as error:
            found = _failed(told(error))
    if found["failed"]:
        _say(session, emit, subtask.id, f"failed: {found['reason']}")
    board.post(subtask.id, found)
    return found


async def _search(
    subtask: Subtask,
    session: Session,
    *,
    source: str,
    evaluator: Evaluator,
    workers: int,
    budget: Budget,
    emit: Emit,
    stoppers: Sequence[Stopper],
    shared: Shared = lambda known: "",
    located: Located = located,
) -> Found:
    result = await search(
        subtask=subtask.id,
        source=source,
        entry=subtask.entry,
        target=session.ledger.task.target,
        team=session.team,
        evaluator=evaluator,
        ledger=session.ledger,
        budget=budget,
        seed=session.ledger.seed,
        workers=workers,
        emit=emit,
        fingerprint=fingerprint_for(session.ledger.task.path),
        stoppers=stoppers,
        shared=shared,
        located=located,
    )
    best = result.archive.best()
    return Found(
        best_id=best.candidate.id if best else None,
        speedup=best.speedup if best else None,
        reason=result.reason,
        failed=False,
    )


class _Judge:
    """A subtask's judge, opened for its first candidate: a search that has ended already needs none. Where it cannot be
    had with the values that the plan gives its scalars, `fall_back` has the subtask to judge instead.
    """

    def __init__(
        self,
        subtask: Subtask,
        board: Board,
        session: Session,
        stack: AsyncExitStack,
        fall_back: Callable[[TaskError], Subtask],
    ) -> None:
        self._subtask = subtask
        self._board = board
        self._session = session
        self._stack = stack
        self._fall_back = fall_back
        self._opening = asyncio.Lock()
        self._evaluator: Evaluator | None = None

    async def evaluate(self, candidate: Candidate) -> Verdict:
        """See Evaluator."""
        verdict = await (await self._opened()).evaluate(candidate)
        self._board.purse.saw(self._subtask.id, verdict)
        return verdict

    async def confirm(self, candidate: Candidate) -> Verdict:
        """See Evaluator."""
        return await (await self._opened()).confirm(candidate)

    async def _opened(self) -> Evaluator:
        async with self._opening:
            if self._evaluator is None:
                try:
                    self._evaluator = await self._open(self._subtask)
                except TaskError as error:
                    if not self._subtask.ranges:
                        raise
                    self._evaluator = await self._open(self._fall_back(error))
            return self._evaluator

    async def _open(self, subtask: Subtask) -> Evaluator:
        part = part_of(self._session.ledger.task, subtask, self._board.plan.source)
        return await self._stack.enter_async_context(self._session.open_part(part))


async def integrate(board: Board, session: Session, *, emit: Emit) -> Elite | None:
    """Compose the subtasks' best versions and judge the whole; the best composing set is the best of the archive.

    All parts are tried together. Where that is wrong, or gains much less than the parts' own gains promise (nested
    teams, more threads than cores), the parts are taken up one by one, the most promising first. In place of one that
    does not make the whole faster its best version with another construct is tried, while verdicts are left, before the
    part is left out: two more verdicts for each part at most.

    Raises:
        AgentparError: the infrastructure failed.
    """
    trial = _Trial(board, session, emit)
    every = board.parts([each.id for each in board.plan.subtasks])
    gains = {part.id: _gain(part, session) for part in every}
    parts = [part for part in every if gains[part.id] > 1.0]
    if not parts:
        return None
    whole = await trial.of(parts)
    enough = _AS_EXPECTED * _expected(board.plan, gains)
    if len(parts) > 1 and (whole is None or not whole.verdict.is_improvement or whole.speedup < enough):
        chosen: dict[str, Part] = {}
        best = 0.0
        for part in sorted(parts, key=lambda part: _expected(board.plan, {part.id: gains[part.id]}), reverse=True):
            for version in (part, *_other(part, board, session)):
                wider = chosen | {part.id: version}
                together = [wider[each.id] for each in parts if each.id in wider]
                found = await trial.of(together, is_extra=version is not part)
                if found is not None and found.verdict.is_improvement and found.speedup > best:
                    chosen, best = wider, found.speedup
                    break
                if found is not None and found.verdict.outcome is Outcome.OK and not found.verdict.measurement:
                    break  # the machine was too busy to time it: nothing is known against it
    return trial.journal.archive.best()


def _other(part: Part, board: Board, session: Session) -> list[Part]:
    """The fastest version of a part with another construct than its best one has, if there is one."""
    best, *others = (each.candidate for each in Archive(session.ledger.judged(part.id)).ranking())
    different = (each for each in others if each.pattern != best.pattern)
    titles = ((each.id, f"{part.title} [{each.strategy}]") for each in different)
    return [replace(board.part(part.id, id), title=title) for id, title in titles][:1]


class _Trial:
    """Judges compositions, each once in a run."""

    def __init__(self, board: Board, session: Session, emit: Emit) -> None:
        self._board = board
        self._session = session
        self._emit = emit
        self.journal = Journal(
            session.ledger,
            subtask=WHOLE,
            source=session.ledger.task.source,
            budget=session.ledger.budget,
            emit=emit,
            fingerprint=fingerprint_for(session.ledger.task.path),
        )

    async def of(self, parts: Sequence[Part], *, is_extra: bool = False) -> Elite | None:
        """The whole of these parts, judged; None where they do not compose, or an extra is beyond the budget."""
        names = " + ".join(part.title for part in parts)
        try:
            source = self._board.whole(parts)
        except DoesNotCompose as problem:
            _say(self._session, self._emit, WHOLE, f"{names} do not compose: {problem}")
            return None
        address = content_id(source)
        judged = next((each for each in self.journal.judged if each[0].id == address), None)
        if judged is None:
            waiting = next((each for each in self.journal.waiting if each.id == address), None)
            ledger = self._session.ledger
            if waiting is None and is_extra and len(ledger.judged()) >= ledger.budget.candidates:
                return None
            proposal = Proposal(
                source=source,
                proposer="integrate",
                strategy=names,
                pattern="composition",
                parents=tuple(part.candidate for part in parts),
            )
            candidate = waiting or self.journal.admit(proposal, seen=len(self.journal.judged))
            if candidate is None:
                return None
            judged = candidate, await self._session.evaluator.evaluate(candidate)
            self.journal.judge(*judged)
        return Elite(*judged)


def _gain(part: Part, session: Session) -> float:
    best = Archive(session.ledger.judged(part.id)).best()
    return best.speedup if best else 1.0


def _expected(plan: Plan, gains: dict[str, float]) -> float:
    """Amdahl's law, with each part's share and gain."""
    shares = {each.id: each.share for each in plan.subtasks if each.id in gains}
    whole = max(1.0, sum(each.share for each in plan.subtasks))
    return 1.0 / max(1e-9, 1.0 - sum(share / whole * (1.0 - 1.0 / gains[name]) for name, share in shares.items()))


def _failed(reason: str) -> Found:
    return Found(best_id=None, speedup=None, reason=reason, failed=True)


def _say(session: Session, emit: Emit, subtask: str, message: str) -> None:
    ledger = session.ledger
    event = Event(kind="note", seconds=ledger.elapsed_seconds(), subtask=subtask, message=f"{subtask}: {message}")
    ledger.record_event(event)
    emit(event)
