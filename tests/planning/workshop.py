"""A decomposed task whose judge is a stand-in; plan, graph, ledger and composition are the real ones."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agentpar.candidate import WHOLE, Candidate, Proposal, content_id
from agentpar.errors import AgentparError
from agentpar.ledger import Ledger
from agentpar.planning.board import keep_plan
from agentpar.planning.plan import Plan, Subtask
from agentpar.proposers.base import SearchState
from agentpar.search.base import Emit, Evaluator
from agentpar.search.strategy import Team
from agentpar.solver_state import Context
from agentpar.task import Task
from agentpar.verdict import Verdict
from tests.search.doubles import Judge, Work, a_task, ok

NAMES = ("alpha", "beta", "gamma", "delta")
FUNCTION = "void {name}(double* x, int n) {{\n    for (int i = 0; i < n; ++i) x[i] += 1.0;\n}}\n\n"
SOURCE = "".join(FUNCTION.format(name=name) for name in NAMES) + "void whole(double* x, int n) {\n    alpha(x, n);\n}\n"


def a_plan(names: Sequence[str] = NAMES[:3], needs: Mapping[str, Sequence[str]] | None = None) -> Plan:
    subtasks = [
        Subtask(
            id=name, entry=name, contract="any", share=0.9 / len(names), depends_on=tuple((needs or {}).get(name, ()))
        )
        for name in names
    ]
    return Plan(subtasks=tuple(subtasks), covered=0.9)


def the_task(root: Path, **budget: Any) -> Task:
    return a_task(root, **budget).model_copy(update={"source": SOURCE, "entry": "whole", "name": "whole"})


def begin(root: Path, plan: Plan, **budget: Any) -> Path:
    """A run's folder, with the plan kept."""
    with Ledger.create(root / "run" / "ledger.sqlite", the_task(root, **budget)) as ledger:
        keep_plan(ledger, plan)
    return root / "run"


def changed(source: str, name: str, mark: object) -> str:
    head = f"void {name}(double* x, int n) {{\n"
    return source.replace(head, f"{head}    // agent {mark}\n    #pragma omp parallel for num_threads({mark})\n", 1)


class Marks:
    """Offers so many versions of the function in hand."""

    name = "marks"

    def __init__(self, count: int = 3) -> None:
        self.count = count

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        judged = {candidate.id for candidate, _ in state.judged}
        offers = [
            Proposal(
                source=changed(state.source, state.entry, mark),
                proposer=self.name,
                strategy=f"{state.entry} {mark}",
                pattern=f"p{mark}",
            )
            for mark in range(2, self.count + 2)
        ]
        return [each for each in offers if content_id(each.source) not in judged][:n]


def verdict(candidate: Candidate) -> Verdict:
    """The higher the mark, the faster; a whole gains a half for each part."""
    if candidate.subtask == WHOLE:
        return ok(1.0 + 0.5 * (1 + candidate.strategy.count("+")))
    return ok(float(candidate.strategy.split()[1]))


class Broken:
    """A judge of a function that cannot be judged."""

    def __init__(self, error: AgentparError) -> None:
        self.error = error

    async def evaluate(self, candidate: Candidate) -> Verdict:
        raise self.error

    async def confirm(self, candidate: Candidate) -> Verdict:
        raise self.error


def context(
    judge: Judge,
    *,
    parts: Mapping[str, Evaluator] | None = None,
    marks: int = 3,
    workers: int = 1,
    work: type[Work] = Work,
    **fields: Any,
) -> Context:
    @asynccontextmanager
    async def open_session(task: Task, *, run_dir: Path, sandbox: str, emit: Emit) -> AsyncIterator[Work]:
        with Ledger.open(run_dir / "ledger.sqlite") as ledger:
            yield work(ledger, judge, Team([Marks(marks)]), workers=workers, parts=parts or {})

    return Context(open_session=open_session, **fields)


def meeting(count: int) -> Callable[[Candidate], Any]:
    """Holds the first candidates until those of so many subtasks are in flight."""
    there: set[str] = set()
    met = asyncio.Event()

    async def delay(candidate: Candidate) -> None:
        there.add(candidate.subtask)
        if len(there) >= count:
            met.set()
        async with asyncio.timeout(10):
            await met.wait()

    return delay
