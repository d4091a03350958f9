"""The library's front door: solve a task, resume a run, judge sources."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from agentpar.candidate import Proposal, as_candidate
from agentpar.errors import LedgerError
from agentpar.ledger import Ledger
from agentpar.reporting.files import write_files
from agentpar.reporting.result import Result, read_result
from agentpar.search.base import Emit
from agentpar.session import open_judge, open_session, understand
from agentpar.solver import LEDGER, Context, create_solver, fresh_run_dir
from agentpar.task import Task, load_task
from agentpar.verdict import Verdict


def _ignore(event: object) -> None:
    """Nobody listens."""


async def asolve(
    target: str | Task,
    *,
    run_dir: Path | None = None,
    sandbox: str = "auto",
    emit: Emit = _ignore,
    **options: Any,
) -> Result:
    """Find a verified, measurably faster parallel version of a serial function.

    `target` is `FILE::FUNCTION`, a task folder, or a loaded task; `options` override the task's (`sizes`, `candidates`,
    `seconds`, …; see docs/tasks.md). The run's folder holds the ledger, the best source, the patch and the report.

    Raises:
        TaskError: the task is wrong.
        ReferenceFailed: the serial code cannot serve as an oracle.
        SandboxError: no sandbox can be had.
        LedgerError: the run's folder cannot be written.
    """
    task = target if isinstance(target, Task) else load_task(target, options)
    understand(task)  # what is wrong with the task is said before a folder is made
    run_dir = run_dir or fresh_run_dir(task)
    Ledger.create(run_dir / LEDGER, task).close()
    if run_dir.parent.name == ".agentpar":
        # Runs are nobody's sources: git need not see them.
        (run_dir.parent / ".gitignore").write_text("*\n")
    return await aresume(run_dir, sandbox=sandbox, emit=emit)


async def aresume(
    run_dir: Path,
    *,
    sandbox: str = "auto",
    emit: Emit = _ignore,
    candidates: int | None = None,
    seconds: float | None = None,
) -> Result:
    """Go on with a run where it was interrupted; nothing that has a verdict is judged again.

    `candidates` and `seconds` replace the run's budget; budgets are totals over all sessions.

    Raises:
        LedgerError: there is no run in the folder, or another process is at it.
        AgentparError: as `asolve`.
    """
    with Ledger.read(run_dir / LEDGER) as ledger:
        task = ledger.task
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(task, run_dir=run_dir, sandbox=sandbox, emit=emit))
        context = Context(session=session, emit=emit, candidates=candidates, seconds=seconds)
        await create_solver(sandbox=sandbox).ainvoke({"options": {"run_dir": str(run_dir)}}, context=context)
    result = read_result(run_dir)
    try:
        write_files(result, run_dir)
    except OSError as error:
        raise LedgerError(f"{run_dir}: the result cannot be written: {error.strerror}") from error
    return result


def solve(target: str | Task, **arguments: Any) -> Result:
    """`asolve` for code without an event loop."""
    return asyncio.run(asolve(target, **arguments))


def resume(run_dir: Path, **arguments: Any) -> Result:
    """`aresume` for code without an event loop."""
    return asyncio.run(aresume(run_dir, **arguments))


async def ajudge(
    target: str | Task, sources: Sequence[str], *, sandbox: str = "auto", emit: Emit = _ignore, **options: Any
) -> AsyncIterator[Verdict]:
    """Judge versions that a person or another tool wrote, in order. Each source is the whole evolved file.

    Raises:
        AgentparError: as `asolve`.
    """
    task = target if isinstance(target, Task) else load_task(target, options)
    async with open_judge(task, sandbox=sandbox, emit=emit) as (cascade, _):
        for number, source in enumerate(sources, 1):
            proposal = Proposal(source=source, proposer="user", strategy="given", pattern="given")
            yield await cascade.evaluate(as_candidate(proposal, number=number, subtask=task.name))
