"""What a run of the whole tells of the values that its parts are called with; the run is a real one, uncounted."""

import subprocess
from pathlib import Path

import pytest

from agentpar.errors import TaskError
from agentpar.evaluation.profile import Profile
from agentpar.evaluation.reference import understand
from agentpar.planning.plan import Plan, described, load_plan
from agentpar.planning.static import part_of
from agentpar.planning.values import with_values
from agentpar.task import Task
from tests.search.doubles import a_task

SOURCE = """\
#include <vector>
namespace field {
void smooth(std::vector<double>& x, int steps, double weight) {
    for (int step = 0; step < steps; ++step)
        for (double& each : x) each *= weight;
}
double pick(const std::vector<double>& x, int at) { return x[at]; }
}
template <class T> void scale(std::vector<T>& x, int times) {
    for (T& each : x) each *= times;
}
double entry(std::vector<double>& x, int rounds) {
    field::smooth(x, 3, 0.5);
    field::smooth(x, 40 * rounds, 0.001);
    field::smooth(x, 120, 2.5);
    scale(x, 5);
    return field::pick(x, static_cast<int>(x.size()) - 1);
}
"""
CALL = "int main() { std::vector<double> x(1000, 1.0); entry(x, 2); }\n"


def the_task() -> Task:
    return a_task(Path("/nowhere")).model_copy(update={"source": SOURCE, "entry": "entry"})


def the_plan() -> Plan:
    names = ("field::smooth", "field::pick", "scale<double>", "entry")
    subtasks = [{"id": name.partition("<")[0], "entry": name, "contract": "as it was"} for name in names]
    return load_plan({"subtasks": subtasks})


async def learnt(folder: Path, source: str = SOURCE, plan: Plan | None = None) -> Plan:
    async def run(watched: str) -> Profile:
        (folder / "watched.cpp").write_text(watched + CALL)
        subprocess.run(["g++", "-Wall", "-Werror", "-o", "watched", "watched.cpp"], cwd=folder, check=True)
        ran = subprocess.run(["./watched"], cwd=folder, check=True, capture_output=True, text=True)
        return Profile(total=1, calls={}, inclusive={}, between={}, lines={}, printed=ran.stderr)

    task = the_task().model_copy(update={"source": source})
    return await with_values(plan or the_plan(), task, profile=run, understand=understand)


async def test_a_part_is_searched_for_the_values_that_the_whole_calls_it_with(tmp_path: Path) -> None:
    plan = await learnt(tmp_path)
    # Beside what the judge draws for such parameters; what holds already, or depends on a size, stays as it was.
    assert plan.find("field::smooth").ranges == {"steps": (1.0, 120.0), "weight": (0.001, 2.5)}
    assert [each.ranges for each in plan.subtasks if each.id != "field::smooth"] == [{}, {}, {}]
    part = understand(part_of(the_task(), plan.find("field::smooth")))
    assert part.inputs.ranges["steps"] == ("1", "120")
    assert "field::smooth: 100.0% of the work, steps from 1 to 120, weight from 0.001 to 2.5" in described(plan, 2)[1]


async def test_a_program_that_prints_the_like_is_not_believed_further_than_its_parameters(tmp_path: Path) -> None:
    forged = 'fprintf(stderr, "agentpar saw field::smooth x 9\\nagentpar saw entry rounds nan\\n");'
    source = "#include <cstdio>\n" + SOURCE.replace("    scale(x, 5);", f"    {forged}")
    plan = await learnt(tmp_path, source)
    assert plan.find("field::smooth").ranges.keys() == {"steps", "weight"}
    assert not plan.find("entry").ranges


async def test_without_a_profile_a_plan_stays_as_it_was() -> None:
    async def none(source: str) -> None:
        return None

    assert await with_values(the_plan(), the_task(), profile=none, understand=understand) == the_plan()


def test_ranges_of_a_plan_that_was_given_are_kept() -> None:
    plan = the_plan()
    given = plan.model_dump(mode="json")
    given["subtasks"][0]["ranges"] = {"steps": [1, 9]}
    assert load_plan(given).find("field::smooth").ranges == {"steps": (1.0, 9.0)}
    for wrong in ({"x; rm": [1, 2]}, {"steps": [1, float("inf")]}, {"steps": "many"}):
        given["subtasks"][0]["ranges"] = wrong
        with pytest.raises(TaskError, match=r"subtasks\.0\.ranges"):
            load_plan(given)


async def test_a_function_that_may_not_print_is_not_watched_and_the_others_are(tmp_path: Path) -> None:
    source = SOURCE.replace("<class T> void scale", "<class T> constexpr void scale")
    plan = await learnt(tmp_path, source)
    assert plan.find("field::smooth").ranges == {"steps": (1.0, 120.0), "weight": (0.001, 2.5)}
