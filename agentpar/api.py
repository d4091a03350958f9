"""The library's front door: solve a task, resume a run, judge sources."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from agentpar.candidate import Proposal, as_candidate
from agentpar.errors import AgentparError, TaskError
from agentpar.evaluation.judge import Judge
from agentpar.evaluation.profile import Profile
from agentpar.judges import understand
from agentpar.ledger import Ledger, beginning
from agentpar.ledger_file import LEDGER
from agentpar.models.open import Model, require_spec
from agentpar.planning.board import keep_plan, kept_plan, want_review
from agentpar.planning.design import entry_declaration
from agentpar.planning.plan import Plan, atomic_plan
from agentpar.planning.static import plan_code, require_judgeable
from agentpar.planning.values import with_values
from agentpar.reporting.decomposition import awaits_review
from agentpar.reporting.files import write_file, write_files
from agentpar.reporting.result import Result, read_result
from agentpar.sandbox.lease import telling
from agentpar.search.base import Emit, noted
from agentpar.session import open_judge, open_session, settle_source, settle_target, thread_counts
from agentpar.solver import create_solver, fresh_run_dir
from agentpar.solver_state import Context
from agentpar.task import Task
from agentpar.task_file import load_task
from agentpar.verdict import Outcome, Verdict


def _ignore(event: object) -> None:
    """Nobody listens."""


def _loaded(task: str | Task, options: dict[str, Any]) -> Task:
    if isinstance(task, str):
        return load_task(task, options)
    if options:
        raise TaskError(f"{', '.join(options)}: a loaded task has its options already; give them to load_task")
    return task


def _require_plannable(plan: Plan, task: Task) -> None:
    if task.is_unwritten:
        raise TaskError("a plan names functions, and there is no code yet: look at it on the way with --review-plan")
    require_judgeable(plan, task, understand)


async def asolve(
    task: str | Task,
    /,
    *,
    run_dir: Path | str | None = None,
    sandbox: str = "auto",
    emit: Emit = _ignore,
    model: Model | None = None,
    decompose: Literal["auto", "never"] = "auto",
    plan: Plan | None = None,
    review_plan: bool = False,
    **options: Any,
) -> Result:
    """Find a verified, measurably faster parallel version of a serial function.

    `task` is `FILE::FUNCTION`, a task folder, or a loaded task; `options` override the task's (`target`, `sizes`,
    `candidates`, `seconds`, …; see docs/tasks.md), and go to `load_task` where that was called. The run's folder holds
    the ledger, the best source, the patch and the report. `model` is one in words, a chat model of LangChain's, or a
    `Sampler`. Where the profile shows several functions worth a search, each is searched on its own and the results are
    composed, unless `decompose` is `never`; `plan` is used instead of the plan that agentpar would make. With
    `review_plan` the run stops when its plan is made (its state is then `review`), and `aresume` goes on. Neither goes
    with `decompose` as `never`.
    `emit` hears of every event at once, in the event loop: it must not block.

    Raises:
        TaskError: the task is wrong.
        ReferenceFailed: the serial code cannot serve as an oracle.
        SandboxError: no sandbox can be had.
        ModelError: the model cannot be had, or fails.
        LedgerError: the run's folder cannot be written.
        AgentparError: another process keeps the measurement lease.
    """
    task = _loaded(task, options)
    if isinstance(model, str):
        task, model = task.model_copy(update={"model": task.model.model_copy(update={"name": model})}), None
    require_spec(task.model.name)
    # What is wrong with the task is said before a folder is made.
    if task.is_unwritten:
        entry_declaration(task)
        if model is None and task.model.name == "none":
            raise TaskError(f"{task.path}: there is no code, and no model to write it; name one with --model")
    else:
        understand(task)
    if plan is not None:
        _require_plannable(plan, task)
    asked = atomic_plan(task, reason="as was asked for") if decompose == "never" else plan
    context = Context(emit=emit, decompose=decompose, plan=plan, review_plan=review_plan)
    run_dir = Path(run_dir) if run_dir else fresh_run_dir(task)
    with Ledger.create(run_dir / LEDGER, task) as ledger:
        if review_plan:
            want_review(ledger)
        if asked is not None:  # kept at once: a run that is cut off before its search would not know of it
            keep_plan(ledger, asked)
    if run_dir.parent.name == ".agentpar":
        # Runs are nobody's sources: git need not see them.
        write_file(run_dir.parent / ".gitignore", "*\n")
    return await _work(run_dir, context, sandbox=sandbox, model=model, is_new=True)


async def aresume(
    run_dir: Path | str,
    *,
    sandbox: str = "auto",
    emit: Emit = _ignore,
    candidates: int | None = None,
    seconds: float | None = None,
    tokens: int | None = None,
    model: Model | None = None,
    plan: Plan | None = None,
) -> Result:
    """Go on with a run where it was interrupted; nothing that has a verdict is judged again.

    A run whose plan waits for a review goes on with `plan`, and without one stays where it is; one that was cut off
    before it had a plan takes `plan`. `candidates`, `seconds` and `tokens` replace the run's budget; budgets are totals
    over all sessions. `model` replaces the task's: a run that was begun with an object is given one again.

    Raises:
        LedgerError: there is no run in the folder, or another process is at it.
        AgentparError: as `asolve`.
    """
    if isinstance(model, str):
        require_spec(model)
    with Ledger.read(Path(run_dir) / LEDGER) as ledger:
        if awaits_review(ledger) and plan is None:
            return read_result(Path(run_dir))
        if plan is not None:
            if not awaits_review(ledger) and (kept_plan(ledger) or ledger.candidates()):
                raise TaskError(f"{run_dir} has its plan, and it waits for no review: begin a new run to try another")
            _require_plannable(plan, ledger.task)
    context = Context(emit=emit, candidates=candidates, seconds=seconds, tokens=tokens, plan=plan)
    return await _work(Path(run_dir), context, sandbox=sandbox, model=model)


async def _work(run_dir: Path, context: Context, *, sandbox: str, model: Model | None, is_new: bool = False) -> Result:
    """Work on a run until it ends or is stopped; either way its folder then says how it stands."""
    with Ledger.read(run_dir / LEDGER) as ledger:
        task = ledger.task
        ledger.judged()  # what cannot be read is said before sandboxes are opened
    try:
        with beginning(run_dir / LEDGER) if is_new else nullcontext():
            await _search_on(task, run_dir, context, sandbox=sandbox, model=model)
    except BaseException:
        with suppress(AgentparError):  # what stopped it is told, not what came of that
            _reported(run_dir)
        raise
    return _reported(run_dir)


async def _search_on(task: Task, run_dir: Path, context: Context, *, sandbox: str, model: Model | None) -> None:
    emit = context.emit or _ignore
    if task.is_unwritten:
        with telling(noted(emit)):
            task = await settle_source(run_dir, sandbox=sandbox, emit=emit, model=model, limited=context.limited)
    if task.targets:
        with telling(noted(emit)):
            task = await settle_target(run_dir, sandbox=sandbox, emit=emit, model=model, limited=context.limited)
    opened = open_session if model is None else partial(open_session, model=model)
    with telling(noted(emit)):
        async with opened(task, run_dir=run_dir, sandbox=sandbox, emit=emit) as session:
            await create_solver(sandbox=sandbox).ainvoke(
                {"options": {"run_dir": str(run_dir)}}, context=replace(context, session=session)
            )


def _reported(run_dir: Path) -> Result:
    """The result as it is now, written into the run's folder unless another process is at the run."""
    result = read_result(run_dir)
    if result.state != "running":
        write_files(result, run_dir)
    return result


def solve(task: str | Task, /, **arguments: Any) -> Result:
    """`asolve` for code without an event loop."""
    return asyncio.run(asolve(task, **arguments))


def resume(run_dir: Path | str, **arguments: Any) -> Result:
    """`aresume` for code without an event loop."""
    return asyncio.run(aresume(run_dir, **arguments))


async def aplan(
    task: str | Task, /, *, sandbox: str = "auto", emit: Emit = _ignore, **options: Any
) -> tuple[Plan, tuple[int, ...]]:
    """The plan that `asolve` would make of a task, and the thread counts that would be timed; nothing is searched.

    Nothing is timed either, and where the source alone says that it is one search, nothing is run.

    Raises:
        AgentparError: as `asolve`.
    """
    task = _loaded(task, options)
    understand(task)
    async with AsyncExitStack() as stack:
        opened: list[Judge] = []

        async def profile(source: str) -> Profile | None:
            if not opened:
                stack.enter_context(telling(noted(emit)))
                opening = open_judge(task, sandbox=sandbox, emit=emit, is_timed=False)
                opened.append((await stack.enter_async_context(opening))[0])
            return await opened[0].profile(source)

        plan = await plan_code(task, profile=profile, understand=understand)
        plan = await with_values(plan, task, profile=profile, understand=understand)
        return plan, thread_counts(task)


async def ajudge(
    task: str | Task, sources: Sequence[str], /, *, sandbox: str = "auto", emit: Emit = _ignore, **options: Any
) -> AsyncIterator[Verdict]:
    """Judge versions that a person or another tool wrote, in order. Each source is the whole evolved file; of several
    files, what `sections.with_files` makes of those that differ.

    Raises:
        AgentparError: as `asolve`.
    """
    task = _loaded(task, options)
    if task.targets:
        raise TaskError(f"versions are judged for one target, not for any: name {' or '.join(task.targets)}")
    with telling(noted(emit)):
        async with open_judge(task, sandbox=sandbox, emit=emit) as (cascade, _):
            for number, source in enumerate(sources, 1):
                proposal = Proposal(source=source, proposer="user", strategy="given", pattern="given")
                verdict = await cascade.evaluate(as_candidate(proposal, number=number, subtask=task.name))
                gaps = await cascade.unreached() if verdict.outcome is Outcome.OK else ()
                yield verdict.model_copy(update={"unchecked": (*verdict.unchecked, *gaps)})
