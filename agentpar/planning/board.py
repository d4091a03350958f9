"""What the subtasks of one run share while they are solved: results to wait for, a budget, and one session.

The board is rebuilt from the ledger: a result that was posted in an earlier session is there at once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import TypedDict

from agentpar.languages.callgraph import call_graph
from agentpar.ledger import Ledger
from agentpar.planning.compose import DoesNotCompose, compose
from agentpar.planning.outline import outlined, put_back
from agentpar.planning.plan import Plan, Subtask, load_plan
from agentpar.planning.purse import Purse
from agentpar.reporting.words import lines_of
from agentpar.search.base import Session
from agentpar.sections import spot

PLAN, RESULTS, STARTS, REVIEWED, DESIGN = "plan", "results", "starts", "reviewed", "design"
"""The ledger's notes: the plan with its shape, the subtasks' results, which of these each subtask began with, whether
somebody has looked at the plan ("wanted" until there is one, false while it waits for that; absent where nobody wants
to), and the design of a source that was written in this run."""


class Found(TypedDict):
    """What the search of one subtask came to; `failed` says that it could not be searched at all."""

    best_id: str | None
    speedup: float | None
    reason: str
    failed: bool


@dataclass(frozen=True)
class Part:
    """A version of a subtask, the best if nothing else is said, and the source it began with."""

    id: str
    candidate: str
    start: str
    source: str
    title: str = ""


def kept_plan(ledger: Ledger) -> Plan | None:
    """The run's plan, or None where none was made yet."""
    kept = ledger.notes().get(PLAN)
    return load_plan(kept["plan"]) if kept else None


def keep_plan(ledger: Ledger, plan: Plan) -> None:
    """Make a plan the run's."""
    ledger.note(PLAN, {"plan": plan.model_dump(mode="json"), "topology": plan.topology})


def want_review(ledger: Ledger) -> None:
    """Have the run's plan looked at when it is made, also where the run is interrupted before that."""
    if REVIEWED not in ledger.notes():
        ledger.note(REVIEWED, "wanted")


def with_contracts(plan: Plan, ledger: Ledger) -> Plan:
    """The plan with the contracts that a model's design of the source gave its functions."""
    if DESIGN not in ledger.notes():
        return plan
    contracts = {each["name"]: each["contract"][:2000] for each in ledger.notes()[DESIGN]["functions"]}
    changed = [each.model_copy(update={"contract": contracts.get(each.id, each.contract)}) for each in plan.subtasks]
    return plan.model_copy(update={"subtasks": tuple(changed)})


def forget_failures(ledger: Ledger) -> None:
    """Let subtasks that failed in an earlier session be tried again."""
    results: dict[str, Found] = ledger.notes().get(RESULTS, {})
    if any(found["failed"] for found in results.values()):
        ledger.note(RESULTS, {name: found for name, found in results.items() if not found["failed"]})


class Board:
    """The results of a plan's subtasks, durable in the ledger when they are posted."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self.plan = plan
        self.purse = Purse(plan, ledger.budget.candidates)
        for each in plan.subtasks:
            self.purse.fill(each.id, (verdict for _, verdict in ledger.judged(each.id)))
        self._ledger = ledger
        self._source = plan.source or ledger.task.source
        self._posted = {each.id: asyncio.Event() for each in plan.subtasks}
        for name in self._results():
            self._posted[name].set()

    def post(self, name: str, found: Found) -> None:
        """Make a result known, and wake who waits for it."""
        self._ledger.note(RESULTS, self._results() | {name: found})
        self.purse.close(name)
        self._posted[name].set()

    async def wait_for(self, names: tuple[str, ...]) -> dict[str, Found]:
        """The results of these subtasks, when they are all posted."""
        for name in names:
            await self._posted[name].wait()
        results = self._results()
        return {name: results[name] for name in names}

    def without_ranges(self, name: str) -> Subtask:
        """A subtask that is judged for the judge's own values from now on, also when the run is resumed."""
        free = self.plan.find(name).model_copy(update={"ranges": {}})
        subtasks = tuple(free if each.id == name else each for each in self.plan.subtasks)
        self.plan = self.plan.model_copy(update={"subtasks": subtasks})
        keep_plan(self._ledger, self.plan)
        return free

    def start_of(self, name: str) -> str:
        """The source that a subtask begins with: the plan's, with the best of all that it depends on.

        Which versions these are is settled when it is first asked for, so that a resumed search begins with the same.
        """
        starts = self._ledger.notes().get(STARTS, {})
        if name not in starts:
            below = self._below(name)
            starts[name] = {part.id: part.candidate for part in _composing(self._source, self.parts(below))}
            self._ledger.note(STARTS, starts)
        return composed(self._source, [self.part(n, id) for n, id in starts[name].items()])

    def whole(self, parts: Sequence[Part]) -> str:
        """The program with these parts' changes. Loop nests that were cut out are back where the user has them.

        Raises:
            DoesNotCompose: two of them change the same declaration.
        """
        whole = composed(self._source, parts)
        if self.plan.source:
            fewer = outlined(self._ledger.task.source, {part.id for part in parts})
            with suppress(DoesNotCompose):  # what is left of the function that it was cut from has changed as well
                whole = compose(self.plan.source, fewer, whole)
            own = call_graph(self._ledger.task.source)  # these were never cut out
            whole = put_back(whole, [part.id for part in parts if part.id not in own])
        return whole

    def parts(self, names: Collection[str]) -> list[Part]:
        """The best versions of those of the subtasks that have one, each after what it depends on."""
        results = self._results()
        order = [each.id for each in self.plan.order() if each.id in names and each.id in results]
        best = {name: results[name]["best_id"] for name in order}
        return [self.part(name, id) for name, id in best.items() if id]

    def part(self, name: str, candidate: str) -> Part:
        """A subtask's candidate as a part of the whole."""
        recorded = (each.candidate for each in self._ledger.candidates(name))
        source = next(each.source for each in recorded if each.id == candidate)
        title = name + lines_of(*spot(self.plan.find(name).lines, self._ledger.task.source))
        return Part(id=name, candidate=candidate, start=self.start_of(name), source=source, title=title)

    def _below(self, name: str) -> list[str]:
        """All that a subtask depends on, directly or not, in order."""
        wanted = {name}
        for each in reversed(self.plan.order()):
            if each.id in wanted:
                wanted |= set(each.depends_on)
        return [each.id for each in self.plan.order() if each.id in wanted - {name}]

    def _results(self) -> dict[str, Found]:
        results: dict[str, Found] = self._ledger.notes().get(RESULTS, {})
        return results


def composed(source: str, parts: Sequence[Part]) -> str:
    """The source with the changes that each part made to its own start.

    Raises:
        DoesNotCompose: two of them change the same declaration.
    """
    for part in parts:
        source = compose(part.start, part.source, source)
    return source


def _composing(source: str, parts: list[Part]) -> list[Part]:
    """The parts without those that do not compose with the ones before."""
    chosen: list[Part] = []
    for part in parts:
        with suppress(DoesNotCompose):
            composed(source, [*chosen, part])
            chosen.append(part)
    return chosen


@dataclass
class _Shared:
    """A session in use by several nodes: the first opens it, the last closes it."""

    users: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    session: Session | None = None
    board: Board | None = None


class Boards:
    """The boards of the runs that are being solved in one event loop, by the runs' folders."""

    def __init__(self) -> None:
        self._shared: dict[Path, _Shared] = {}

    @asynccontextmanager
    async def at(
        self, run_dir: Path, open_session: Callable[[], AbstractAsyncContextManager[Session]]
    ) -> AsyncIterator[Session]:
        """The session of a run, opened by whoever needs it first.

        Raises:
            AgentparError: the session cannot be opened.
        """
        shared = self._shared.setdefault(run_dir, _Shared())
        shared.users += 1
        try:
            async with shared.lock:
                if shared.session is None:
                    shared.session = await shared.stack.enter_async_context(open_session())
            yield shared.session
        finally:
            shared.users -= 1
            if not shared.users:
                del self._shared[run_dir]
                await shared.stack.aclose()

    def of(self, run_dir: Path, plan: Plan, ledger: Ledger) -> Board:
        """The board of a run whose session is open."""
        shared = self._shared[run_dir]
        if shared.board is None:
            shared.board = Board(plan, ledger)
        return shared.board
