"""The example of a program with several hot functions, in a real sandbox."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from agentpar.api import aplan, asolve
from agentpar.candidate import WHOLE
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.planning.compose import compose
from agentpar.planning.plan import Plan, Subtask, described
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.verdict import Outcome
from tests.cli.program import IMPATIENT, agentpar
from tests.evaluation.courtroom import cheapest_kind, courtroom

EXAMPLE = Path(__file__).parents[2] / "examples" / "terrain.cpp"
SURVEY = f"{EXAMPLE}::survey"
# Small, so that a call takes some 3 ms, and timed as seldom as may be.
QUICK = {"benchmark": "stations=48,rows=48,cols=48", "target_ms": 4.0, "pairs": 6, "threads": (1, 2)}

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("impatient")]


def test_the_plan_says_which_functions_are_worth_it_and_why_the_others_are_not() -> None:
    said = agentpar("plan", SURVEY, "--json", "--sandbox", cheapest_kind(), program=IMPATIENT, cwd=EXAMPLE.parents[1])
    assert said.returncode == 0 and "checking sizes" in said.stderr, said.stderr
    assert "noise" not in said.stderr  # instructions are counted, and nothing is timed
    shown = json.loads(said.stdout)
    plan = shown["plan"]
    needs = {each["id"]: each["depends_on"] for each in plan["subtasks"]}
    assert needs == {
        "interpolate_rainfall": [],
        "horizon_shading": [],
        "relief": [],
        "shelter": ["relief"],
    }
    assert shown["topology"] == "hybrid"
    assert all(each["share"] > 0.05 and "serial" in each["contract"] for each in plan["subtasks"])
    alone = {each["function"]: each["reason"] for each in plan["left_alone"]}
    assert alone["follow_stream"].startswith("cannot be parallelised: 9")
    assert re.fullmatch(r"does \d\.\d% of the work itself", alone["normalise"])
    assert plan["covered"] == pytest.approx(sum(each["share"] for each in plan["subtasks"]))
    assert 0.8 < plan["covered"] < 1
    assert shown["bound"] == pytest.approx(1 / (1 - plan["covered"] + plan["covered"] / shown["threads"]))


async def test_parts_are_solved_in_order_and_what_is_faster_is_composed(tmp_path: Path) -> None:
    told: list[Event] = []
    contract = "behaves as the serial one"
    relief = Subtask(id="relief", entry="relief", contract=contract, share=0.1)
    shelter = Subtask(id="shelter", entry="shelter", contract=contract, share=0.3, depends_on=("relief",))
    result = await asolve(
        SURVEY,
        run_dir=tmp_path / "run",
        sandbox=cheapest_kind(),
        emit=told.append,
        plan=Plan(subtasks=(relief, shelter), covered=0.4),
        candidates=3,
        **QUICK,
    )
    parts = {"relief", "shelter"}
    assert result.decomposition is not None and all(each.judged for each in result.decomposition.parts)
    proposed = {each.subtask: at for at, each in reversed(list(enumerate(told))) if each.kind == "proposed"}
    ended = {each.subtask: at for at, each in enumerate(told) if each.kind == "finished"}
    assert proposed["shelter"] > ended["relief"]

    assert result.evaluated <= 3 + len(parts)
    with Ledger.read(tmp_path / "run" / "ledger.sqlite") as ledger:
        whole = ledger.judged(WHOLE)
    # Whether a part is measurably faster, this machine must be quiet to say.
    faster = {each.function for each in result.decomposition.parts if each.speedup}
    assert ({name for each, _ in whole[:1] for name in each.strategy.split(" + ")}) == faster
    assert all(verdict.outcome is Outcome.OK for _, verdict in whole)


async def test_composed_parts_are_right_and_free_of_races(tmp_path: Path) -> None:
    source = EXAMPLE.read_text()
    parallel = source
    for name in ("interpolate_rainfall", "horizon_shading", "relief", "shelter"):
        offers = await RewriteProposer().propose(SearchState(source, name, "openmp", 1, ()), 1)
        parallel = compose(source, parallel, only_in(source, name, offers[0].source))
    assert parallel.count("#pragma omp parallel for") == 4
    async with courtroom(cheapest_kind(), EXAMPLE, "survey", is_quick=True) as room:
        verdict = await room.verdict(parallel, with_race_gate=True)
    assert verdict.outcome is Outcome.OK, verdict.feedback

    said = []
    for text, flags in ((source, []), (parallel, ["-fopenmp"])):
        (tmp_path / "terrain.cpp").write_text(text)
        subprocess.run(["g++", "-O2", *flags, "-o", "terrain", "terrain.cpp"], cwd=tmp_path, check=True)
        said.append(subprocess.run(["./terrain", "64", "80"], cwd=tmp_path, capture_output=True, check=True).stdout)
    assert said[0] == said[1] and b"where an orchard would thrive" in said[0]


def only_in(source: str, name: str, changed: str) -> str:
    """The changed version of a function, and nothing of its callees."""
    start, end = (f"\nvoid {name}(", "\n}\n")
    before, _, rest = source.partition(start)
    return before + start + changed.partition(start)[2].partition(end)[0] + end + rest.partition(end)[2]


async def test_a_program_with_one_hot_loop_around_it_all_stays_one_search(tmp_path: Path) -> None:
    file = tmp_path / "rows.cpp"
    file.write_text(
        "#include <cmath>\n"
        "static double first(const double* row, int n) {\n"
        "    double sum = 0.0;\n"
        "    for (int i = 0; i < n; ++i) sum += std::sqrt(std::fabs(row[i]));\n"
        "    return sum;\n"
        "}\n"
        "static double second(const double* row, int n) {\n"
        "    double sum = 0.0;\n"
        "    for (int i = 0; i < n; ++i) sum += row[i] / (1.0 + row[i] * row[i]);\n"
        "    return sum;\n"
        "}\n"
        "void rows_of(const double* A, double* y, int m, int n) {\n"
        "    for (int i = 0; i < m; ++i) y[i] = first(A + i * n, n) + second(A + i * n, n);\n"
        "}\n"
    )
    plan, _ = await aplan(
        f"{file}::rows_of", sandbox=cheapest_kind(), sizes="A=m*n,y=m", benchmark="m=1000,n=1000", threads=(1, 2)
    )
    assert plan.is_atomic and plan.topology == "atomic" and plan.subtasks[0].entry == "rows_of"
    assert described(plan, 2)[0] == (
        "plan: atomic, `rows_of` is searched as a whole: `rows_of` alone is worth a search"
    )
