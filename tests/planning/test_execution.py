import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from agentpar.candidate import WHOLE, Candidate
from agentpar.errors import SandboxError, TaskError
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.planning.board import Board, Part, keep_plan, kept_plan
from agentpar.planning.outline import outlined
from agentpar.reporting.result import read_result
from agentpar.search.base import Evaluator
from agentpar.solver import create_solver
from agentpar.task import Task
from agentpar.verdict import Outcome, Stage, Verdict
from tests.planning.workshop import NAMES, Broken, a_plan, begin, changed, context, meeting, the_task, verdict
from tests.search.doubles import Judge, Work, failed, ok


def given(run_dir: Path) -> Any:
    return {"options": {"run_dir": str(run_dir)}}


def composed_of(run_dir: Path) -> list[str]:
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        return [each.strategy for each, _ in ledger.judged(WHOLE)]


async def test_independent_subtasks_are_searched_side_by_side(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan())
    told: list[Event] = []
    judge = Judge(verdict, delay=meeting(3))  # without overlap, nobody would get past the meeting
    result = await create_solver().ainvoke(given(run_dir), context=context(judge, emit=told.append))
    assert result["status"] == "improved" and composed_of(run_dir) == ["alpha + beta + gamma"]
    first_judged = next(at for at, event in enumerate(told) if event.kind == "judged")
    assert {event.subtask for event in told[:first_judged] if event.kind == "proposed"} == {"alpha", "beta", "gamma"}


async def test_the_whole_has_the_best_of_every_part(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan())
    result = await create_solver().ainvoke(given(run_dir), context=context(Judge(verdict)))
    best = read_result(run_dir).best
    assert best is not None and best.id == result["best_id"] and result["speedup"] == 2.5
    for name in ("alpha", "beta", "gamma"):
        assert changed("", name, 4) in best.source
        assert f"void {name}(double* x, int n) {{\n    // agent 4\n" in best.source
    assert "agent 4" not in best.source.partition("void delta")[2]


async def test_a_dependent_subtask_begins_with_the_best_of_what_it_needs(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan(NAMES, {"delta": ["alpha"]}), candidates=60)
    judge = Judge(verdict)
    await create_solver().ainvoke(given(run_dir), context=context(judge))
    order = [each.subtask for each in judge.began]
    assert order.index("delta") > max(at for at, name in enumerate(order) if name == "alpha")
    assert order.index("delta") > order.index("gamma")
    (first, *_) = (each for each in judge.began if each.subtask == "delta")
    assert "void alpha(double* x, int n) {\n    // agent 4\n" in first.source
    assert composed_of(run_dir) == ["alpha + beta + gamma + delta"]


async def test_what_needed_a_failed_subtask_is_tried_again_without_it(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan(NAMES, {"delta": ["alpha"]}), candidates=60)
    told: list[Event] = []
    judge = Judge(verdict)
    work = context(judge, parts={"alpha": Broken(TaskError("alpha dies of its inputs"))}, emit=told.append)
    result = await create_solver().ainvoke(given(run_dir), context=work)
    assert result["status"] == "improved" and composed_of(run_dir) == ["beta + gamma + delta"]
    assert any("delta: failed: needs alpha, which failed: alpha dies" in event.message for event in told)
    assert any("alpha: failed: alpha dies of its inputs" in event.message for event in told)
    assert len({(each.subtask, each.id) for each in judge.began}) == len(judge.began)
    (first, *_) = (each for each in judge.began if each.subtask == "delta")
    assert "agent" not in first.source.partition("void delta")[0]
    decomposition = read_result(run_dir).decomposition
    assert decomposition is not None
    assert [(each.function, each.reason) for each in decomposition.left_alone] == [
        ("alpha", "failed: alpha dies of its inputs")
    ]


@pytest.mark.parametrize(
    ("names", "needs"), [(NAMES[:2], {"beta": ["alpha"]}), (NAMES[:3], {"beta": ["alpha"], "gamma": ["beta"]})]
)
async def test_where_no_two_subtasks_are_left_the_whole_is_searched(
    tmp_path: Path, names: tuple[str, ...], needs: dict[str, list[str]]
) -> None:
    run_dir = begin(tmp_path, a_plan(names, needs))
    parts = {name: Broken(TaskError("no")) for name in names}
    judge = Judge(verdict)
    result = await create_solver().ainvoke(given(run_dir), context=context(judge, parts=parts))
    assert result["status"] == "improved" and {each.subtask for each in judge.began} == {"whole"}
    again = await create_solver().ainvoke(given(run_dir), context=context(judge, parts=parts))
    assert again["best_id"] == result["best_id"]


async def test_a_failed_subtask_that_nothing_waits_for_is_tried_again_when_the_run_is_resumed(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan(NAMES[:2]))
    parts = {"alpha": Broken(TaskError("no"))}
    await create_solver().ainvoke(given(run_dir), context=context(Judge(verdict), parts=parts))
    assert composed_of(run_dir) == ["beta"]
    result = await create_solver().ainvoke(given(run_dir), context=context(Judge(verdict)))
    assert result["status"] == "improved" and "alpha + beta" in composed_of(run_dir)


@pytest.mark.parametrize("call", ["invoke", "ainvoke"])
async def test_one_node_at_a_time_does_not_deadlock(tmp_path: Path, call: str) -> None:
    run_dir = begin(tmp_path, a_plan(NAMES, {"alpha": ["delta"], "beta": ["alpha"]}), candidates=60)
    solver, work = create_solver(), context(Judge(verdict))
    async with asyncio.timeout(60):
        if call == "ainvoke":
            result = await solver.ainvoke(given(run_dir), {"max_concurrency": 1}, context=work)
        else:
            result = await asyncio.to_thread(solver.invoke, given(run_dir), {"max_concurrency": 1}, context=work)
    assert result["status"] == "improved" and composed_of(run_dir) == ["delta + gamma + alpha + beta"]


def test_subtasks_overlap_without_an_event_loop_too(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan())
    work = context(Judge(verdict, delay=meeting(3)))
    assert create_solver().invoke(given(run_dir), context=work)["status"] == "improved"


async def test_parts_that_do_not_work_together_are_left_out(tmp_path: Path) -> None:
    def together(candidate: Candidate) -> Verdict:
        clash = candidate.subtask == WHOLE and "alpha + beta" in candidate.strategy
        return failed(Outcome.RACE) if clash else verdict(candidate)

    run_dir = begin(tmp_path, a_plan())
    result = await create_solver().ainvoke(given(run_dir), context=context(Judge(together)))
    assert result["speedup"] == 2.0
    tried = composed_of(run_dir)
    assert tried[0] == "alpha + beta + gamma" and tried[-1] == "alpha + gamma" and len(tried) <= 5


async def test_a_part_that_slows_the_whole_down_is_left_out(tmp_path: Path) -> None:
    def oversubscribed(candidate: Candidate) -> Verdict:
        slow = candidate.subtask == WHOLE and "gamma" in candidate.strategy
        return ok(1.1) if slow else verdict(candidate)

    run_dir = begin(tmp_path, a_plan())
    result = await create_solver().ainvoke(given(run_dir), context=context(Judge(oversubscribed)))
    best = read_result(run_dir).best
    assert best is not None and best.strategy == "alpha + beta" and result["speedup"] == 2.0


@pytest.mark.parametrize(("budget", "tried"), [(40, True), (12, False)])
async def test_before_a_part_is_left_out_its_best_version_with_another_construct_is_tried(
    tmp_path: Path, budget: int, tried: bool
) -> None:
    def nested(candidate: Candidate) -> Verdict:
        clash = candidate.subtask == WHOLE and all(
            f"void {name}(double* x, int n) {{\n    // agent 4" in candidate.source for name in NAMES[:2]
        )
        return failed(Outcome.TIMEOUT) if clash else verdict(candidate)

    run_dir = begin(tmp_path, a_plan(), candidates=budget)
    judge = Judge(nested)
    result = await create_solver().ainvoke(given(run_dir), context=context(judge))
    best = read_result(run_dir).best
    assert best is not None and best.id == result["best_id"]
    assert best.strategy == ("alpha + beta [beta 3] + gamma" if tried else "alpha + gamma")
    assert ("agent 3" in best.source) is tried and len(judge.began) <= budget + 1
    again = Judge(nested)
    await create_solver().ainvoke(given(run_dir), context=context(again))
    assert not again.began


async def test_where_the_machine_is_too_busy_to_time_the_whole_no_part_is_to_blame(tmp_path: Path) -> None:
    def busy(candidate: Candidate) -> Verdict:
        untimed = Verdict(outcome=Outcome.OK, stage=Stage.MEASURE)
        return untimed if candidate.subtask == WHOLE else verdict(candidate)

    run_dir = begin(tmp_path, a_plan())
    await create_solver().ainvoke(given(run_dir), context=context(Judge(busy)))
    assert composed_of(run_dir) == ["alpha + beta + gamma", "alpha", "beta", "gamma"]


async def test_the_budget_holds_for_all_subtasks_together(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan(), candidates=12)
    judge = Judge(verdict)
    await create_solver().ainvoke(given(run_dir), context=context(judge, marks=50))
    assert len(judge.began) <= 12
    spent = [sum(each.subtask == name for each in judge.began) for name in NAMES[:3]]
    assert spent == [3, 3, 3]


async def test_what_a_subtask_leaves_goes_to_the_others(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan(NAMES[:2], {"beta": ["alpha"]}), candidates=20)
    parts = {"alpha": Broken(TaskError("no"))}
    with Ledger.open(run_dir / "ledger.sqlite") as ledger:
        ledger.note("plan", {"plan": a_plan(NAMES[:2]).model_dump(mode="json"), "topology": "parallel"})
    judge = Judge(verdict)
    await create_solver().ainvoke(given(run_dir), context=context(judge, parts=parts, marks=50))
    assert sum(each.subtask == "beta" for each in judge.began) == 17


async def test_a_broken_sandbox_ends_the_run_and_nothing_judged_is_judged_again(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan(NAMES, {"delta": ["alpha"]}), candidates=60)
    broken = {"beta": Broken(SandboxError("the daemon went away"))}
    judge = Judge(verdict)
    with pytest.raises(SandboxError):
        await create_solver().ainvoke(given(run_dir), context=context(judge, parts=broken))
    result = await create_solver().ainvoke(given(run_dir), context=context(judge))
    assert result["status"] == "improved" and composed_of(run_dir) == ["alpha + beta + gamma + delta"]
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        judged = [(each.subtask, each.id) for each, _ in ledger.judged()]
        assert len(set(judged)) == len(judged) and ledger.pending() == []


async def test_a_plan_is_kept_and_not_made_anew(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan())
    await create_solver().ainvoke(given(run_dir), context=context(Judge(verdict)))
    judge = Judge(verdict)
    again = await create_solver().ainvoke(given(run_dir), context=context(judge))
    assert again["status"] == "improved" and judge.began == [] and judge.confirmed == []


async def test_a_larger_budget_goes_on_where_each_subtask_was(tmp_path: Path) -> None:
    def by_marks(candidate: Candidate) -> Verdict:
        marks = [int(mark) for mark in re.findall(r"agent (\d+)", candidate.source)]
        return ok(1.0 + sum(marks) / 10) if candidate.subtask == WHOLE else verdict(candidate)

    run_dir = begin(tmp_path, a_plan(NAMES[:2], {"beta": ["alpha"]}), candidates=8)
    judge = Judge(by_marks)
    await create_solver().ainvoke(given(run_dir), context=context(judge, marks=9))
    before = len(judge.began)
    result = await create_solver().ainvoke(given(run_dir), context=context(judge, marks=9, candidates=60))
    assert len({(each.subtask, each.id) for each in judge.began}) == len(judge.began) > before
    best = read_result(run_dir).best
    assert best is not None and best.strategy == "alpha + beta" and "agent 10" in best.source
    assert result["best_id"] == best.id


async def test_a_plan_is_reviewed_before_anything_is_searched(tmp_path: Path) -> None:
    run_dir = begin(tmp_path, a_plan())
    judge = Judge(verdict)
    work = context(judge, review_plan=True)
    solver = create_solver(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "1"}}
    stopped = await solver.ainvoke(given(run_dir), thread, context=work)
    (asked,) = stopped["__interrupt__"]
    assert asked.value["plan"] == a_plan().model_dump(mode="json") and judge.began == []

    for answer, problem in (("no", "'no' is no answer"), ({"x": 1}, "the plan is refused: subtasks"), (False, "False")):
        stopped = await solver.ainvoke(Command(resume=answer), thread, context=work)
        (asked,) = stopped["__interrupt__"]
        assert problem in asked.value["refused"] and judge.began == []
    mine = a_plan(NAMES[:2]).model_dump(mode="json")
    result = await solver.ainvoke(Command(resume=mine), thread, context=work)
    assert result["status"] == "improved" and composed_of(run_dir)[0] == "alpha + beta"
    assert {each.subtask for each in judge.began} == {"alpha", "beta", WHOLE}


async def test_a_plan_is_made_once_however_often_it_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    work = context(Judge(verdict), review_plan=True, load_task=lambda name, options: the_task(tmp_path))
    solver = create_solver(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "1"}}
    stopped = await solver.ainvoke({"task": "whole"}, thread, context=work)
    (run_dir,) = (tmp_path / ".agentpar").iterdir()
    assert tmp_path / stopped["run_dir"] == run_dir
    await solver.ainvoke(Command(resume="no"), thread, context=work)
    result = await solver.ainvoke(Command(resume=True), thread, context=work)
    assert result["status"] == "improved" and list((tmp_path / ".agentpar").iterdir()) == [run_dir]


async def test_a_plan_that_was_given_is_checked_and_used(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "run" / "ledger.sqlite", the_task(tmp_path)).close()
    for name, problem in (
        ("missing", "subtask missing: .*no function `missing`"),
        ("alpha", "one subtask is the whole"),
    ):
        with pytest.raises(TaskError, match=problem):
            names = (name, "beta") if name == "missing" else (name,)
            work = context(Judge(verdict), plan=a_plan(names))
            await create_solver().ainvoke(given(tmp_path / "run"), context=work)
    work = context(Judge(verdict), plan=a_plan(("alpha", "gamma")))
    result = await create_solver().ainvoke(given(tmp_path / "run"), context=work)
    assert result["status"] == "improved" and composed_of(tmp_path / "run")[0] == "alpha + gamma"


async def test_a_task_that_is_never_to_be_decomposed_stays_whole_when_it_is_resumed(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "run" / "ledger.sqlite", the_task(tmp_path)).close()
    for decompose in ("never", "auto"):
        judge = Judge(lambda candidate: ok(1.5))
        await create_solver().ainvoke(given(tmp_path / "run"), context=context(judge, decompose=decompose))
        assert {each.subtask for each in judge.began} <= {"whole"}
    with Ledger.read(tmp_path / "run" / "ledger.sqlite") as ledger:
        assert {each.subtask for each, _ in ledger.judged()} == {"whole"}


async def test_a_part_whose_serial_code_fails_for_its_values_is_judged_for_others(tmp_path: Path) -> None:
    plan = a_plan()
    ranged = plan.subtasks[0].model_copy(update={"ranges": {"n": (-3.0, 2.0)}})
    run_dir = begin(tmp_path, plan.model_copy(update={"subtasks": (ranged, *plan.subtasks[1:])}))
    opened: list[str] = []

    @dataclass(frozen=True)
    class Divided(Work):
        @asynccontextmanager
        async def open_part(self, task: Task) -> AsyncIterator[Evaluator]:
            opened.append(f"{task.entry} {task.inputs.ranges}")
            if task.inputs.ranges:
                raise TaskError("arithmetic error")
            yield self.evaluator

    told: list[Event] = []
    own = context(Judge(verdict), emit=told.append, work=Divided)
    await create_solver().ainvoke(given(run_dir), context=own)
    assert composed_of(run_dir) == ["alpha + beta + gamma"]
    assert sorted(opened) == ["alpha {'n': (-3.0, 2.0)}", "alpha {}", "beta {}", "gamma {}"]
    assert any("judged for others: arithmetic error" in event.message for event in told)
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        kept = kept_plan(ledger)
    assert kept is not None and not kept.find("alpha").ranges  # nor does a resumed run try them again


def test_a_function_of_the_users_stays_one_beside_nests_that_were_cut_out(tmp_path: Path) -> None:
    nest = "    for (int i = 0; i < n; ++i) {{\n        {name}[i] *= 2.0;\n    }}\n" + "    // on\n" * 20
    relax = "void relax(std::vector<double>& x) {\n    for (double& each : x) each *= 0.5;\n}\n"
    head = (
        "void whole(std::vector<double>& x, std::vector<double>& y, std::vector<double>& z, int n) {\n    relax(x);\n"
    )
    source = f"{relax}{head}{nest.format(name='y')}{nest.format(name='z')}}}\n"
    names = ("relax", "whole_loop1", "whole_loop2")
    plan = a_plan(names).model_copy(update={"source": outlined(source, names)})
    task = the_task(tmp_path).model_copy(update={"source": source})
    with Ledger.create(tmp_path / "run" / "ledger.sqlite", task) as ledger:
        loops = [f"for ({head}" for head in ("double& each : x", "int i = 0; i < n; ++i")]
        faster = [plan.source.replace(loop, f"#pragma omp parallel for\n    {loop}", 1) for loop in loops]
        parts = [Part(name, "", plan.source, source) for name, source in zip(names, faster, strict=False)]
        whole = Board(plan, ledger).whole(parts)
    assert whole.replace("#pragma omp parallel for\n    ", "") == source and whole.count("pragma") == 2


async def test_the_answer_has_loop_nests_in_place_also_where_a_version_of_the_entry_alone_was_faster(
    tmp_path: Path,
) -> None:
    nest = "    for (int i = 0; i < n; ++i) {{\n        {name}[i] *= 2.0;\n    }}\n" + "    // on\n" * 20
    source = f"void whole(double* x, int n) {{\n{nest.format(name='x') * 2}}}\n"
    names = ("whole_loop1", "whole_loop2")
    cut = [each.model_copy(update={"lines": (2, 4)}) for each in a_plan((*names, "whole")).subtasks]
    plan = a_plan().model_copy(update={"subtasks": tuple(cut), "source": outlined(source, names)})
    task = the_task(tmp_path).model_copy(update={"source": source})
    with Ledger.create(tmp_path / "run" / "ledger.sqlite", task) as ledger:
        keep_plan(ledger, plan)

    def entry_first(candidate: Candidate) -> Verdict:
        return ok(9.0) if candidate.subtask == "whole" else verdict(candidate)

    await create_solver().ainvoke(given(tmp_path / "run"), context=context(Judge(entry_first)))
    best = read_result(tmp_path / "run").best
    assert best is not None and "whole_loop" not in best.source
    assert best.strategy == "whole_loop1 (lines 2-4) + whole_loop2 (lines 2-4) + whole (lines 2-4)"
