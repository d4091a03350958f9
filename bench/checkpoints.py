"""How large a run's checkpoints are: the graph's state holds ids, so candidates add nothing to it."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from langgraph.checkpoint.memory import InMemorySaver

from agentpar import Context, Outcome, Verdict, create_solver
from agentpar.candidate import Candidate, Proposal
from agentpar.evaluation.profile import Profile
from agentpar.ledger import Ledger
from agentpar.planning.board import keep_plan
from agentpar.planning.plan import load_plan
from agentpar.proposers.base import SearchState
from agentpar.search.base import Emit, Evaluator
from agentpar.search.strategy import Team
from agentpar.task import Budget, Task
from agentpar.verdict import Stage

SUBTASKS = ("first", "second", "third")
SOURCE = "".join(
    f"void {name}(double* x, int n) {{\n    for (int i = 0; i < n; ++i) x[i] *= 2.0;\n}}\n"
    for name in (*SUBTASKS, "whole")
)


class Endless:
    """Offers as many versions as there is budget for."""

    name = "endless"

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        at = len(state.judged)
        sources = [f'{SOURCE}const char* mark = "{state.entry} {at} {place}";\n' for place in range(n)]
        return [Proposal(source=each, proposer=self.name, strategy="none", pattern="none") for each in sources]


class Instant:
    """Says at once that a candidate is right and gains nothing."""

    async def evaluate(self, candidate: Candidate) -> Verdict:
        return Verdict(outcome=Outcome.OK, stage=Stage.MEASURE)

    async def confirm(self, candidate: Candidate) -> Verdict:
        return await self.evaluate(candidate)


@dataclass(frozen=True)
class Work:
    """A session over a real ledger, without sandboxes."""

    ledger: Ledger
    evaluator: Evaluator
    team: Team
    workers: int = 1

    async def profile(self, source: str = "") -> Profile | None:
        return None

    @asynccontextmanager
    async def open_part(self, task: Task) -> AsyncIterator[Evaluator]:
        yield self.evaluator


@asynccontextmanager
async def open_session(task: Task, *, run_dir: Path, sandbox: str, emit: Emit) -> AsyncIterator[Work]:
    with Ledger.open(run_dir / "ledger.sqlite") as ledger:
        yield Work(ledger, Instant(), Team([Endless()]))


async def checkpoint_bytes(candidates: int) -> tuple[int, int]:
    """Candidates that were judged, and bytes of all checkpoints, of a run of three subtasks with this budget."""
    subtasks = [{"id": name, "entry": name, "contract": "any", "share": 0.3} for name in SUBTASKS]
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        path = Path(folder, "run", "ledger.sqlite")
        budget = Budget(candidates=candidates, seconds=1e9)
        task = Task(name="whole", root=Path(folder), path=Path("k.cpp"), source=SOURCE, entry="whole", budget=budget)
        with Ledger.create(path, task) as ledger:
            keep_plan(ledger, load_plan({"subtasks": subtasks}))
        saver = InMemorySaver()
        await create_solver(checkpointer=saver).ainvoke(
            {"options": {"run_dir": str(path.parent)}},
            {"configurable": {"thread_id": "1"}},
            context=Context(open_session=open_session),
        )
        with Ledger.read(path) as ledger:
            judged = len(ledger.judged())
    return judged, _bytes_in(saver.storage) + _bytes_in(saver.blobs) + _bytes_in(saver.writes)


def _bytes_in(value: object) -> int:
    """The serialised values in a saver's tables, and the ids between them."""
    if isinstance(value, bytes | str):
        return len(value)
    if isinstance(value, dict):
        return sum(_bytes_in(each) for pair in value.items() for each in pair)
    if isinstance(value, tuple | list):
        return sum(map(_bytes_in, value))
    return 0
