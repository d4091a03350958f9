import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph

from agentpar.candidate import Candidate
from agentpar.errors import LedgerError, SandboxError, TaskError
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.models.scripted import ScriptedModel
from agentpar.reporting.result import read_result
from agentpar.sandbox import lease
from agentpar.search.base import Emit
from agentpar.search.strategy import Team
from agentpar.solver import create_solver
from agentpar.solver_state import Context, SolverState
from agentpar.task import Task
from agentpar.tool import as_tool
from agentpar.verdict import Verdict
from graphs.solver import make_graph
from tests.search.doubles import SOURCE, Judge, Listed, Work, a_task, failed, ok, proposal

SPEEDUPS = {"variant a": 1.5, "variant b": 3.0, "variant c": 2.0}
THREAD: RunnableConfig = {"configurable": {"thread_id": "1"}}


def verdict(candidate: Candidate) -> Verdict:
    speedup = SPEEDUPS.get(candidate.strategy)
    return ok(speedup) if speedup else failed()


def context(root: Path, judge: Judge, marks: str = "abcd", **fields: Any) -> Context:
    @asynccontextmanager
    async def open_session(task: Task, *, run_dir: Path, sandbox: str, emit: Emit) -> AsyncIterator[Work]:
        emit(Event(kind="note", seconds=0.0, message=f"sandbox {sandbox}"))
        with Ledger.open(run_dir / "ledger.sqlite") as ledger:
            yield Work(ledger, judge, Team([Listed([proposal(mark) for mark in marks])]))

    def load_task(spec: str, options: Mapping[str, Any]) -> Task:
        budget = {key: value for key, value in options.items() if key != "run_dir"}
        return a_task(root, **budget)

    return Context(open_session=open_session, load_task=load_task, **fields)


def given(tmp_path: Path, **options: Any) -> Any:
    return {"task": "scale.cpp::scale", "options": {"run_dir": str(tmp_path / "run"), **options}}


def calls(graph: Any) -> dict[str, Callable[..., dict[str, Any]]]:
    return {
        "invoke": graph.invoke,
        "ainvoke": lambda *args, **kwargs: asyncio.run(graph.ainvoke(*args, **kwargs)),
    }


@pytest.mark.parametrize("call", ["invoke", "ainvoke"])
def test_a_run_ends_with_its_confirmed_champion(tmp_path: Path, call: str) -> None:
    judge = Judge(verdict)
    result = calls(create_solver(sandbox="process"))[call](given(tmp_path), context=context(tmp_path, judge))
    with Ledger.read(tmp_path / "run" / "ledger.sqlite") as ledger:
        assert len(ledger.judged()) == 4
        champion = next(each for each, _ in ledger.judged() if each.strategy == "variant b")
        assert ledger.confirmation_of(champion) == ok(3.0)
    assert result == {
        "status": "improved",
        "best_id": champion.id,
        "speedup": 3.0,
        "run_dir": str(tmp_path / "run"),
        "patch_path": str(tmp_path / "run" / "best.patch"),
    }
    assert judge.confirmed == [champion]


async def test_the_patch_is_one_that_git_takes(tmp_path: Path) -> None:
    (tmp_path / "scale.cpp").write_text(SOURCE)
    result = await create_solver().ainvoke(given(tmp_path), context=context(tmp_path, Judge(verdict)))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", result["patch_path"]], cwd=tmp_path, check=True)
    assert (tmp_path / "scale.cpp").read_text() == proposal("b").source


async def test_a_champion_that_does_not_hold_gives_way_to_the_next(tmp_path: Path) -> None:
    judge = Judge(verdict, confirm=lambda candidate: ok(1.0 if candidate.strategy == "variant b" else 1.8))
    result = await create_solver().ainvoke(given(tmp_path), context=context(tmp_path, judge))
    assert [each.strategy for each in judge.confirmed] == ["variant b", "variant c"]
    assert result["status"] == "improved" and result["speedup"] == 1.8


async def test_no_more_than_three_champions_are_tried_and_each_once(tmp_path: Path) -> None:
    judge = Judge(lambda candidate: ok(2.0), confirm=lambda candidate: ok(1.0))
    work = context(tmp_path, judge, marks="abcdef")
    for _ in range(2):
        result = await create_solver().ainvoke(given(tmp_path), context=work)
        assert result["status"] == "no_improvement" and result["patch_path"] is None
        assert len(judge.confirmed) == 3


async def test_a_run_without_an_improvement_or_a_verdict_says_so(tmp_path: Path) -> None:
    for marks, status in (("", "no_verdict"), ("xyz", "no_improvement")):
        work = context(tmp_path, Judge(verdict), marks=marks)
        result = await create_solver().ainvoke(given(tmp_path), context=work)
        assert result["status"] == status and result["best_id"] is None


async def test_events_are_streamed_told_and_kept(tmp_path: Path) -> None:
    told: list[Event] = []
    work = context(tmp_path, Judge(verdict), emit=told.append)
    streamed = [
        Event.model_validate(chunk)
        async for chunk in create_solver(sandbox="process").astream(given(tmp_path), context=work, stream_mode="custom")
    ]
    assert streamed == told
    kinds = [each.kind for each in streamed]
    assert kinds.count("proposed") == kinds.count("judged") == 4 and kinds.count("finished") == 1
    assert streamed[0].message == "sandbox process"
    assert streamed[-1].message.startswith("the re-test confirms #2: 3.00× (")
    with Ledger.read(tmp_path / "run" / "ledger.sqlite") as ledger:
        assert ledger.events() == [each for each in streamed if not each.message.startswith("sandbox")]


def test_events_are_streamed_without_an_event_loop_too(tmp_path: Path) -> None:
    chunks = create_solver().stream(given(tmp_path), context=context(tmp_path, Judge(verdict)), stream_mode="custom")
    assert [chunk["kind"] for chunk in chunks].count("judged") == 4


def broken_at(number: int) -> Judge:
    """The sandbox goes away at this candidate, once."""
    broken = [number]

    def once(candidate: Candidate) -> Verdict:
        if candidate.number in broken:
            broken.remove(candidate.number)
            raise SandboxError("the daemon went away")
        return verdict(candidate)

    return Judge(once)


async def test_a_failed_run_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    judge = broken_at(3)
    work = context(tmp_path, judge)
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "checkpoints.sqlite")) as saver:
        solver = create_solver(checkpointer=saver)
        with pytest.raises(SandboxError):
            await solver.ainvoke(given(tmp_path), THREAD, context=work)
        result = await solver.ainvoke(None, THREAD, context=work)
        state = (await solver.aget_state(THREAD)).values
    assert result["status"] == "improved"
    assert sorted(each.number for each in judge.began if each.number < 3) == [1, 2]
    assert len(json.dumps(state)) < 1000 and SOURCE not in json.dumps(state)


def test_a_failed_run_goes_on_from_its_checkpoint_without_an_event_loop(tmp_path: Path) -> None:
    judge = broken_at(4)
    work = context(tmp_path, judge)
    with SqliteSaver.from_conn_string(str(tmp_path / "checkpoints.sqlite")) as saver:
        solver = create_solver(checkpointer=saver)
        with pytest.raises(SandboxError):
            solver.invoke(given(tmp_path), THREAD, context=work)
        assert solver.invoke(None, THREAD, context=work)["status"] == "improved"
    assert sorted(each.number for each in judge.began if each.number < 3) == [1, 2]


async def test_a_run_is_resumed_by_its_folder_with_a_larger_budget(tmp_path: Path) -> None:
    judge = Judge(verdict)
    first = await create_solver().ainvoke(given(tmp_path, candidates=1), context=context(tmp_path, judge))
    assert first["speedup"] == 1.5
    again = await create_solver().ainvoke(
        {"options": {"run_dir": first["run_dir"]}}, context=context(tmp_path, judge, candidates=3)
    )
    assert again["speedup"] == 3.0 and len(judge.began) == 3
    patient = await create_solver().ainvoke(
        {"options": {"run_dir": first["run_dir"]}}, context=context(tmp_path, judge, candidates=9, patience=1)
    )
    assert patient["speedup"] == 3.0 and len(judge.began) == 3


async def test_a_run_that_breaks_off_goes_on_with_the_budget_it_had_last(tmp_path: Path) -> None:
    run = {"options": {"run_dir": str(tmp_path / "run")}}
    await create_solver().ainvoke(given(tmp_path, candidates=1), context=context(tmp_path, Judge(verdict)))
    with pytest.raises(SandboxError):
        await create_solver().ainvoke(run, context=context(tmp_path, broken_at(2), candidates=3))
    assert read_result(tmp_path / "run").state == "interrupted"
    result = await create_solver().ainvoke(run, context=context(tmp_path, Judge(verdict)))
    assert result["speedup"] == 3.0
    finished = read_result(tmp_path / "run")
    assert (finished.state, finished.evaluated, finished.budget.candidates) == ("finished", 3, 3)


async def test_a_confirmed_champion_stays_when_a_later_one_does_not_hold(tmp_path: Path) -> None:
    judge = Judge(verdict, confirm=lambda candidate: ok(1.4 if candidate.strategy == "variant a" else 1.0))
    first = await create_solver().ainvoke(given(tmp_path, candidates=1), context=context(tmp_path, judge))
    assert first["speedup"] == 1.4
    again = await create_solver().ainvoke(
        {"options": {"run_dir": first["run_dir"]}}, context=context(tmp_path, judge, candidates=3)
    )
    assert again == first and [each.strategy for each in judge.confirmed] == ["variant a", "variant b", "variant c"]


async def test_a_session_of_the_caller_is_shared_and_stays_open(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "run" / "ledger.sqlite", a_task(tmp_path)) as ledger:
        work = Work(ledger, Judge(verdict), Team([Listed([proposal("b")])]))
        result = await create_solver().ainvoke({}, context=Context(session=work))
        assert result["speedup"] == 3.0 and result["run_dir"] == str(tmp_path / "run")
        assert len(ledger.judged()) == 1 and ledger.sessions() == 1


HOLDER = """
import fcntl, sys, time
with open(sys.argv[1], "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(60)
"""


async def test_waiting_for_another_process_is_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o1777)
    monkeypatch.setattr(lease, "FOLDERS", (tmp_path,))
    monkeypatch.setattr(lease, "TELL_AFTER_S", 0.0)

    async def timed(candidate: Candidate) -> None:
        async with lease.timing():
            pass

    told = []
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "agentpar-lease.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline() == "held\n"
            work = context(tmp_path, Judge(verdict, delay=timed), marks="a")
            async for event in create_solver().astream(given(tmp_path), context=work, stream_mode="custom"):
                if event.get("message", "").startswith("waiting: "):
                    told.append(event["message"])
                    holder.kill()
        finally:
            holder.kill()
    assert len(told) == 1 and f"process {holder.pid} of " in told[0]


async def test_cancelling_a_run_leaves_no_task_and_an_open_run(tmp_path: Path) -> None:
    judge = Judge(verdict, delay=lambda candidate: asyncio.sleep(0 if candidate.number == 1 else 60))
    task = asyncio.create_task(create_solver().ainvoke(given(tmp_path), context=context(tmp_path, judge)))
    while len(judge.began) < 3:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with Ledger.open(tmp_path / "run" / "ledger.sqlite") as ledger:
        assert len(ledger.judged()) == 1 and len(ledger.pending()) == 2


async def test_what_is_wrong_with_the_input_is_said(tmp_path: Path) -> None:
    work = context(tmp_path, Judge(verdict))
    with pytest.raises(TaskError, match='give a "task"'):
        await create_solver().ainvoke({"options": {}}, context=work)
    with pytest.raises(LedgerError, match="no run here"):
        await create_solver().ainvoke({"options": {"run_dir": str(tmp_path / "x")}}, context=work)
    Ledger.create(tmp_path / "run" / "ledger.sqlite", a_task(tmp_path / "elsewhere")).close()
    with pytest.raises(TaskError, match="holds a run of another task"):
        await create_solver().ainvoke(given(tmp_path), context=work)
    with pytest.raises(TaskError, match="is no model; write none"):
        create_solver("gpt-4")


async def test_the_search_gets_the_model_that_was_given_and_the_re_test_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []

    @asynccontextmanager
    async def open_session(
        task: Task, *, run_dir: Path, sandbox: str, emit: Emit, model: object = None
    ) -> AsyncIterator[Work]:
        opened.append(model)
        with Ledger.open(run_dir / "ledger.sqlite") as ledger:
            yield Work(ledger, Judge(verdict), Team([Listed([proposal("b")])]))

    monkeypatch.setattr("agentpar.session.open_session", open_session)
    given_model = ScriptedModel([])
    for model in (given_model, "vllm:some/model", None):
        work = Context(load_task=lambda spec, options: a_task(tmp_path))
        options = {"task": "scale.cpp::scale", "options": {"run_dir": str(tmp_path / str(len(opened)))}}
        await create_solver(model).ainvoke(options, context=work)
    assert opened == [given_model, "none", "vllm:some/model", "none", None, "none"]


async def test_a_run_of_a_task_that_cannot_be_understood_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "k.cpp").write_text("void f(double* x) { for (int i = 0; x[i] > 0; ++i) x[i] = 1; }")
    task = {"task": f"{tmp_path}/k.cpp::f", "options": {"run_dir": str(tmp_path / "run")}}
    with pytest.raises(TaskError, match="cannot be inferred; complete this: --sizes"):
        await create_solver().ainvoke(task)
    assert [each.name for each in tmp_path.iterdir()] == ["k.cpp"]


async def test_the_solver_serves_as_a_node_of_another_graph(tmp_path: Path) -> None:
    outer = StateGraph(SolverState, context_schema=Context)
    outer.add_node("solver", create_solver())
    outer.add_edge(START, "solver")
    outer.add_edge("solver", END)
    result = await outer.compile().ainvoke(given(tmp_path), context=context(tmp_path, Judge(verdict)))
    assert result["status"] == "improved"


async def test_the_solver_serves_as_a_tool(tmp_path: Path) -> None:
    tool = as_tool(create_solver(), context(tmp_path, Judge(verdict)))
    assert (await tool.ainvoke(given(tmp_path)))["status"] == "improved"
    assert tool.name == "parallelize" and set(tool.args) == {"task", "options"}


@pytest.mark.parametrize("call", ["invoke", "ainvoke"])
def test_a_tool_answers_a_typo_with_the_mend(tmp_path: Path, call: str) -> None:
    (tmp_path / "scale.cpp").write_text(SOURCE)
    answer = calls(as_tool(create_solver()))[call]({"task": f"{tmp_path}/scale.cpp::scael", "options": {}})
    assert answer.startswith("agentpar: ") and "did you mean `scale`" in answer
    answer = calls(as_tool(create_solver()))[call]({"task": "scale.cpp::scale", "options": "candidates=3"})
    assert answer.startswith("agentpar: give `task`, a string, and `options`, an object")


def test_the_deployable_graph_has_schemas_for_its_callers() -> None:
    config = json.loads((Path(__file__).parents[1] / "langgraph.json").read_text())
    assert config["graphs"] == {"agentpar": "./graphs/solver.py:make_graph"}
    graph = make_graph()
    assert set(graph.get_input_jsonschema()["properties"]) == {"task", "options"}
    context_schema = graph.get_context_jsonschema()
    assert context_schema is not None
    limits = {"candidates", "seconds", "tokens", "patience"}
    assert set(context_schema["properties"]) == {*limits, "decompose", "review_plan"}
