from pathlib import Path

from agentpar.errors import TaskError
from agentpar.ledger import Ledger
from agentpar.planning.plan import LeftAlone, Plan
from agentpar.reporting.decomposition import part_lines, summary
from agentpar.reporting.markdown import render_markdown
from agentpar.reporting.result import read_result
from agentpar.solver import create_solver
from agentpar.verdict import Outcome, Verdict
from tests.planning.workshop import NAMES, Broken, a_plan, begin, context, verdict
from tests.search.doubles import Judge, a_task, ok


async def solved(root: Path, judge: Judge) -> Path:
    run_dir = begin(root, a_plan(NAMES, {"delta": ["alpha"]}), candidates=60)
    with Ledger.open(run_dir / "ledger.sqlite") as ledger:
        ledger.note("evidence", {"threads": [1, 2, 4]})
    work = context(judge, parts={"gamma": Broken(TaskError("dies of its inputs"))})
    await create_solver().ainvoke({"options": {"run_dir": str(run_dir)}}, context=work)
    return run_dir


async def test_the_result_tells_shares_bound_and_what_was_reached(tmp_path: Path) -> None:
    found = read_result(await solved(tmp_path, Judge(verdict))).decomposition
    assert found is not None
    assert summary(found, 2.5) == (
        "90.0% of the work is in 4 subtasks (hybrid): at most 3.08× at 4 threads (Amdahl), reached 2.50×"
    )
    assert summary(found, 3.2).endswith("reached 3.20×, since shares are of instructions and not of time")
    assert part_lines(found) == [
        "22.5%  alpha  4.00×: alpha 4",
        "22.5%  beta  4.00×: beta 4",
        "22.5%  gamma  no version judged; dies of its inputs",
        "22.5%  delta, after alpha  4.00×: delta 4",
    ]


def test_a_part_that_is_not_over_has_no_version_yet_and_a_nest_has_its_lines(tmp_path: Path) -> None:
    plan = a_plan(NAMES[:2])
    nest = plan.subtasks[1].model_copy(update={"lines": (3, 9)})
    alone = LeftAlone(function="gamma", share=0.1, reason="too short", lines=(11, 11))
    run_dir = begin(tmp_path, Plan(subtasks=(plan.subtasks[0], nest), left_alone=(alone,)))
    result = read_result(run_dir)
    assert result.decomposition is not None and part_lines(result.decomposition) == [
        "45.0%  alpha  no faster version yet",
        "45.0%  beta (lines 3-9)  no faster version yet",
        "10.0%  gamma (line 11)  left alone: too short",
    ]
    assert "| `beta` (lines 3-9) | 45.0 % |  | not yet |" in render_markdown(result)


async def test_a_report_of_a_whole_that_no_part_made_faster_says_so(tmp_path: Path) -> None:
    result = read_result(await solved(tmp_path, Judge(lambda candidate: ok(1.0))))
    assert result.status == "no_improvement"
    assert result.why == "no subtask has a version that is measurably faster, so there is nothing to compose"


async def test_parts_that_could_not_be_timed_are_not_said_to_be_no_faster(tmp_path: Path) -> None:
    result = read_result(await solved(tmp_path, Judge(lambda candidate: Verdict(outcome=Outcome.OK, stage="measure"))))
    assert "not measurable here" in result.why
    assert result.decomposition is not None
    assert result.decomposition.parts[0].gain == "not timed"
    assert part_lines(result.decomposition)[0].endswith("right, but not timed: other work kept this machine busy")


async def test_versions_of_a_part_are_not_taken_for_versions_of_the_whole(tmp_path: Path) -> None:
    result = read_result(await solved(tmp_path, Judge(verdict)))
    assert result.best is not None and result.best.strategy == "alpha + beta + delta"
    assert {each.subtask for each in result.candidates} == {"alpha", "beta", "delta", "(whole)"}
    assert "delta: delta 4" in {result.what(each) for each in result.candidates}


def test_a_task_that_is_searched_as_a_whole_has_no_such_part_in_its_report(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "run" / "ledger.sqlite", a_task()).close()
    result = read_result(tmp_path / "run")
    assert result.decomposition is None and "taken apart" not in render_markdown(result)
