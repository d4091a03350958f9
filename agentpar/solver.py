"""The solver as a LangGraph graph:

    START → plan → review → solve (one Send a subtask) → replan → integrate → verify → END

Subtasks are solved side by side in one superstep, and wait within it for what they depend on; Sends go out in
topological order, since with a `max_concurrency` of 1 any other order would never end. Where subtasks failed and others
waited for them, `replan` leaves them alone and sends the others to `solve` again.
The state holds ids and small plain values; candidates and verdicts live in the run's ledger, and every node
is idempotent over it: run again, a node finds what was done and does the rest. So a run may be resumed by a
checkpointer, or without one by naming its `run_dir`. Progress is streamed as `custom` events.
"""

import os
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime, get_runtime
from langgraph.store.base import BaseStore
from langgraph.types import Checkpointer, Send, interrupt
from typing_extensions import TypedDict

from agentpar import task_file
from agentpar.blocking import SharedLoop
from agentpar.errors import TaskError
from agentpar.evaluation.profile import Profile
from agentpar.events import Event
from agentpar.ledger import Ledger, beginning
from agentpar.ledger_file import LEDGER
from agentpar.models.open import Model, require_spec
from agentpar.planning.board import (
    REVIEWED,
    Boards,
    forget_failures,
    keep_plan,
    kept_plan,
    want_review,
    with_contracts,
)
from agentpar.planning.execution import integrate, search_whole, solve_subtask
from agentpar.planning.integrate import source_patch
from agentpar.planning.plan import Plan, atomic_plan, described, load_plan
from agentpar.planning.replan import replan, untried
from agentpar.planning.static import plan_code, require_judgeable
from agentpar.planning.values import with_values
from agentpar.reporting.files import withdraw, write_file
from agentpar.reporting.result import PATCH, read_result
from agentpar.sandbox.lease import telling
from agentpar.search.archive import Archive
from agentpar.search.base import Emit, Session, noted
from agentpar.search.budget import patience
from agentpar.search.confirm import first_confirmed
from agentpar.solver_state import Context, SolverInput, SolverResult, SolverState
from agentpar.task import Task


class _Assignment(TypedDict):
    run_dir: str
    subtask: str


async def _plan(state: SolverState, runtime: Runtime[Context], *, sandbox: str, model: Model | None) -> dict[str, Any]:
    context, emit = runtime.context or Context(), _emitter(runtime)
    options, is_new = state.get("options") or {}, False
    if context.session is not None:
        run_dir, task = context.session.ledger.path.parent, context.session.ledger.task
    elif "task" in state:
        task = (context.load_task or task_file.load_task)(state["task"], options)
        run_dir = Path(options.get("run_dir") or fresh_run_dir(task))
        _require_whole(context, task)
        is_new = _begin(run_dir / LEDGER, task)
        if context.review_plan:
            with _writing(runtime, run_dir) as ledger:
                want_review(ledger)
    elif "run_dir" in options:
        run_dir = Path(options["run_dir"])
        with Ledger.read(run_dir / LEDGER) as ledger:
            task = ledger.task
        _require_whole(context, task)
    else:
        raise TaskError('give a "task" ("FILE::FUNCTION" or a folder), or options with the "run_dir" to resume')
    with beginning(run_dir / LEDGER) if is_new else nullcontext():
        if task.is_unwritten:
            from agentpar.session import settle_source  # noqa: PLC0415  as in `_session`

            with telling(noted(emit)):
                task = await settle_source(run_dir, sandbox=sandbox, emit=emit, model=model, limited=context.limited)
        if task.targets and context.session is None:
            from agentpar.session import settle_target  # noqa: PLC0415  as in `_session`

            with telling(noted(emit)):
                task = await settle_target(run_dir, sandbox=sandbox, emit=emit, model=model, limited=context.limited)
        await _planned(task, run_dir, runtime, sandbox=sandbox, model=model)
    return {"run_dir": str(run_dir)}


def _require_whole(context: Context, task: Task) -> None:
    """Refuse a plan of parts where the target is left open: while it is sought, the task is searched as a whole."""
    from agentpar.judges import understand  # noqa: PLC0415  as in `_session`

    if task.targets and context.plan is not None:
        require_judgeable(context.plan, task, understand)


async def _planned(task: Task, run_dir: Path, runtime: Runtime[Context], *, sandbox: str, model: Model | None) -> None:
    """Keep a plan in the run's ledger, unless it began with one."""
    from agentpar.judges import understand  # noqa: PLC0415  as in `_session`

    with Ledger.read(run_dir / LEDGER) as ledger:
        kept, has_begun = kept_plan(ledger), bool(ledger.candidates())
    if kept is not None:
        with _writing(runtime, run_dir) as ledger:
            forget_failures(ledger)
        return
    if has_begun:
        return
    context = runtime.context or Context()
    if context.plan is not None or context.decompose == "never":
        given = context.plan or atomic_plan(task, reason="as was asked for")
        require_judgeable(given, task, understand)
        with _writing(runtime, run_dir) as ledger:
            keep_plan(ledger, given)
        return
    async with AsyncExitStack() as stack:
        opened: list[Session] = []

        async def profile(source: str) -> Profile | None:
            if not opened:
                # With the model, which is tried before anything is built.
                opened.append(await stack.enter_async_context(_session(runtime, run_dir, sandbox, model)))
                _emitter(runtime)(Event(kind="note", seconds=0.0, message="profiling the serial code"))
            return await opened[0].profile(source)

        made = await plan_code(task, profile=profile, understand=understand)
        made = await with_values(made, task, profile=profile, understand=understand)
        for session in opened:
            made = with_contracts(made, session.ledger)
            keep_plan(session.ledger, made)
    if not opened:  # the source alone said that it is one search
        with _writing(runtime, run_dir) as ledger:
            keep_plan(ledger, made)
    if not (made.is_atomic or context.review_plan):
        for line in described(made, max(task.measure.threads or (len(os.sched_getaffinity(0)),)), task.source):
            _emitter(runtime)(Event(kind="note", seconds=0.0, message=line))


async def _review(state: SolverState, runtime: Runtime[Context]) -> dict[str, Any]:
    """A node of its own: LangGraph runs a node anew for each answer, and the plan that was shown has to stand."""
    run_dir = Path(state["run_dir"])
    with Ledger.read(run_dir / LEDGER) as ledger:
        task, plan = ledger.task, kept_plan(ledger) or atomic_plan(ledger.task)
    plan = _reviewed(plan, task, run_dir, runtime)
    names = [each.id for each in plan.order()]
    return {"subtasks": names, "assigned": names, "results": {}}


def _reviewed(plan: Plan, task: Task, run_dir: Path, runtime: Runtime[Context]) -> Plan:
    """The plan as a person or another program has it, asked once in a run; a plan that was given needs no asking."""
    from agentpar.judges import understand  # noqa: PLC0415  as in `_session`

    context = runtime.context or Context()
    with Ledger.read(run_dir / LEDGER) as ledger:
        reviewed = ledger.notes().get(REVIEWED)
    if reviewed is True or (reviewed is None and not context.review_plan):
        return plan
    if context.plan is None:
        if reviewed is not False:
            with _writing(runtime, run_dir) as ledger:
                ledger.note(REVIEWED, False)
        given = _answered(plan, task)
    else:
        given = context.plan
        if given != plan:
            require_judgeable(given, task, understand)
    with _writing(runtime, run_dir) as ledger:
        keep_plan(ledger, given)
        ledger.note(REVIEWED, True)
    return given


def _answered(plan: Plan, task: Task) -> Plan:
    """What the graph's caller makes of a plan: `True` accepts it, a mapping replaces it, and after all else the caller
    is asked again, told what was wrong with the answer.
    """
    from agentpar.judges import understand  # noqa: PLC0415  as in `_session`

    question = {"plan": plan.model_dump(mode="json"), "topology": plan.topology}
    answer = interrupt(question)
    while answer is not True:
        try:
            if not isinstance(answer, Mapping):
                raise TaskError(f"{answer!r:.80} is no answer: True accepts the plan, a mapping replaces it")
            given = load_plan(answer)
            require_judgeable(given, task, understand)
            return given
        except TaskError as error:
            answer = interrupt({**question, "refused": str(error)})
    return plan


def _assign(state: SolverState) -> list[Send] | str:
    sends = [Send("solve", _Assignment(run_dir=state["run_dir"], subtask=each)) for each in state["assigned"]]
    return sends or "integrate"


async def _replan(state: SolverState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Leave alone what failed, where others failed because of it, and have these solved again."""
    with _writing(runtime, Path(state["run_dir"])) as ledger:
        plan = kept_plan(ledger) or atomic_plan(ledger.task)
        new = replan(plan, ledger)
        names = [each.id for each in new.order()]
        # An atomic plan's result is in the state alone.
        again = [n for n in names if n not in state["results"]] if new.is_atomic else untried(new, ledger)
    if again:
        lines = "; ".join(described(new, 1)[:1] + [f"{each.function}: {each.reason}" for each in new.left_alone])
        _emitter(runtime)(Event(kind="note", seconds=0.0, message=f"planned again: {lines}"))
    return {"subtasks": names, "assigned": again}


async def _solve(
    state: _Assignment, runtime: Runtime[Context], *, sandbox: str, boards: Boards, model: Model | None
) -> dict[str, Any]:
    context, run_dir = runtime.context or Context(), Path(state["run_dir"])
    async with boards.at(run_dir, lambda: _session(runtime, run_dir, sandbox, model)) as session:
        ledger = session.ledger
        budget = context.limited(ledger.budget)
        ledger.begin(budget)
        withdraw(run_dir)
        plan = kept_plan(ledger) or atomic_plan(ledger.task)
        solve = search_whole if plan.is_atomic else partial(solve_subtask, board=boards.of(run_dir, plan, ledger))
        found = await solve(
            plan.find(state["subtask"]),
            session=session,
            budget=budget,
            emit=_emitter(runtime),
            stoppers=[patience(context.patience)] if context.patience else (),
        )
    return {"results": {state["subtask"]: found}}


async def _integrate(state: SolverState, runtime: Runtime[Context], *, sandbox: str, boards: Boards) -> dict[str, Any]:
    """With one subtask, the whole is its best source; else it is composed of what the subtasks came to."""
    if len(state["subtasks"]) == 1:
        (found,) = (state["results"][each] for each in state["subtasks"])
        return {"best_id": found["best_id"], "speedup": found["speedup"]}
    run_dir = Path(state["run_dir"])
    async with boards.at(run_dir, lambda: _session(runtime, run_dir, sandbox, "none")) as session:
        plan = kept_plan(session.ledger) or atomic_plan(session.ledger.task)
        best = await integrate(boards.of(run_dir, plan, session.ledger), session, emit=_emitter(runtime))
    return {"best_id": best.candidate.id if best else None, "speedup": best.speedup if best else None}


async def _verify(state: SolverState, runtime: Runtime[Context], *, sandbox: str) -> dict[str, Any]:
    """Re-test the champion; one that does not hold gives way to the next best."""
    run_dir = Path(state["run_dir"])
    with Ledger.read(run_dir / LEDGER) as ledger:
        task, ranking = ledger.task, Archive(ledger.judged_whole()).ranking()
    if ranking:
        async with _session(runtime, run_dir, sandbox, "none") as session:  # a re-test needs no model
            await first_confirmed(ranking, evaluator=session.evaluator, ledger=session.ledger, emit=_emitter(runtime))
    with _writing(runtime, run_dir) as ledger:
        ledger.finish()
    result = read_result(run_dir)
    best = result.best
    if best:
        write_file(run_dir / PATCH, source_patch(task, best.source, result.build_flags))
    return {
        "status": result.status,
        "best_id": best.id if best else None,
        "speedup": best.speedup if best else None,
        "patch_path": str(run_dir / PATCH) if best else None,
    }


@contextmanager
def _writing(runtime: Runtime[Context], run_dir: Path) -> Iterator[Ledger]:
    """The ledger alone, where no sandbox is needed."""
    if runtime.context and runtime.context.session:
        yield runtime.context.session.ledger
        return
    with Ledger.open(run_dir / LEDGER) as ledger:
        yield ledger


@asynccontextmanager
async def _session(
    runtime: Runtime[Context], run_dir: Path, sandbox: str, model: Model | None
) -> AsyncIterator[Session]:
    context, emit = runtime.context or Context(), _emitter(runtime)
    if context.session is not None:
        with telling(noted(emit)):
            yield context.session
        return
    open_session = context.open_session
    if open_session is None:
        from agentpar import session as own  # noqa: PLC0415  a graph can be built without any sandbox

        open_session = partial(own.open_session, model=model)
    with Ledger.read(run_dir / LEDGER) as ledger:
        task = ledger.task
    with telling(noted(emit)):
        async with open_session(task, run_dir=run_dir, sandbox=sandbox, emit=emit) as session:
            yield session


def _emitter(runtime: Runtime[Context]) -> Emit:
    listener = runtime.context.emit if runtime.context else None

    def emit(event: Event) -> None:
        runtime.stream_writer(event.model_dump(mode="json", exclude_defaults=True))
        if listener is not None:
            listener(event)

    return emit


def _begin(path: Path, task: Task) -> bool:
    """Create the run's ledger, unless this node did before it was interrupted; whether it was created."""
    if not path.exists():
        Ledger.create(path, task).close()
        return True
    with Ledger.read(path) as ledger:
        # The code of a specification may have been written meanwhile.
        written: dict[str, Any] = {"source": ledger.task.source} if task.is_unwritten else {}
        if task.targets:  # and the target chosen
            written |= {"target": ledger.task.target, "targets": ledger.task.targets}
        if ledger.task != task.model_copy(update={"budget": ledger.task.budget, **written}):
            raise TaskError(
                f'{path.parent} holds a run of another task: choose another "run_dir", or leave "task" out to resume it'
            )
    return False


def fresh_run_dir(task: Task) -> Path:
    """A folder for a new run, under `.agentpar` in the current folder; nothing is made."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return Path(".agentpar") / f"{stamp}-{task.name}-{secrets.token_hex(2)}"


def _node(
    work: Callable[[Any, Runtime[Context]], Awaitable[dict[str, Any]]], loop: SharedLoop
) -> RunnableLambda[Any, Any]:
    """An async node that also works under `invoke`, in an event loop that it shares with its siblings."""

    async def alone(state: Any) -> dict[str, Any]:
        return await work(state, get_runtime(Context))

    def blocking(state: Any) -> dict[str, Any]:
        return loop.run(alone(state))

    return RunnableLambda(blocking, alone)


def create_solver(
    model: Model | None = None,
    *,
    sandbox: str = "auto",
    state_schema: type[SolverState] = SolverState,
    context_schema: type[Context] = Context,
    checkpointer: Checkpointer = None,
    store: BaseStore | None = None,
    name: str = "agentpar",
) -> CompiledStateGraph[SolverState, Context, SolverInput, SolverResult]:
    """Build the solver's graph; it takes a `SolverInput`, a `Context` and returns a `SolverResult`.

    `model` is a specification in words (see docs/models.md), a chat model of LangChain's, or a `Sampler`; None takes
    the task's. The graph is a `Runnable`, so it serves as a node or a subgraph as it is.

    Raises:
        TaskError: the model is not known.
    """
    if isinstance(model, str):
        require_spec(model)
    graph = StateGraph(
        state_schema, context_schema=context_schema, input_schema=SolverInput, output_schema=SolverResult
    )
    boards, loop = Boards(), SharedLoop()
    graph.add_node("plan", _node(partial(_plan, sandbox=sandbox, model=model), loop))
    graph.add_node("review", _node(_review, loop))
    graph.add_node("solve", _node(partial(_solve, sandbox=sandbox, boards=boards, model=model), loop))
    graph.add_node("integrate", _node(partial(_integrate, sandbox=sandbox, boards=boards), loop))
    graph.add_node("verify", _node(partial(_verify, sandbox=sandbox), loop))
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "review")
    graph.add_conditional_edges("review", _assign, ["solve"])
    graph.add_node("replan", _node(_replan, loop))
    graph.add_edge("solve", "replan")
    graph.add_conditional_edges("replan", _assign, ["solve", "integrate"])
    graph.add_edge("integrate", "verify")
    graph.add_edge("verify", END)
    return graph.compile(checkpointer=checkpointer, store=store, name=name)
