"""What a plan makes of a profile; `test_terrain.py` has one that was measured."""

from pathlib import Path
from typing import Any

import pytest

from agentpar.errors import TaskError
from agentpar.evaluation.profile import Profile
from agentpar.languages.callgraph import call_graph
from agentpar.planning.plan import Plan, described, load_plan
from agentpar.planning.static import part_of, plan_code, require_judgeable
from agentpar.task import Compare, Inputs, Task
from tests.search.doubles import a_task

SOURCE = """\
void blur(const double* x, double* y, int n) {
    for (int i = 1; i + 1 < n; ++i) y[i] = x[i - 1] + x[i] + x[i + 1];
}
void sharpen(const double* x, double* y, int n) {
    blur(x, y, n);
    for (int i = 0; i < n; ++i) y[i] = 2.0 * x[i] - y[i];
}
void chaos(double* x, int n) {
    double state = 0.5;
    int left = n;
    while (left > 0) {
        state = 3.9 * state * (1.0 - state);
        x[left - 1] = state;
        --left;
    }
}
double tiny(double x) {
    double sum = 0.0;
    for (int i = 0; i < 4; ++i) sum += x;
    return sum;
}
void entry(const double* x, double* y, int n) {
    sharpen(x, y, n);
    chaos(y, n);
    y[0] = tiny(x[0]);
}
"""
# Instructions that each line spends itself, in millions; the rest follows from the calls.
OWN = {2: 300.0, 6: 400.0, 11: 100.0, 12: 50.0, 17: 10.0, 23: 0.001}


def profiled(own: dict[int, float] = OWN, calls: dict[str, int] | None = None) -> Profile:
    graph = call_graph(SOURCE)
    spent = {name: int(1e6 * sum(own.get(at, 0) for at in graph[name].lines)) for name in graph}
    lines = {(at, ""): int(1e6 * cost) for at, cost in own.items()}
    sharpen = spent["blur"] + spent["sharpen"]
    between = {
        ("sharpen", "blur"): spent["blur"],
        ("entry", "sharpen"): sharpen,
        ("entry", "chaos"): spent["chaos"],
        ("entry", "tiny"): spent["tiny"],
    }
    return Profile(
        total=sum(spent.values()),
        calls=dict.fromkeys(spent, 1) | (calls or {}),
        inclusive=spent | {"sharpen": sharpen, "entry": sum(spent.values())},
        between=between,
        lines=lines | {(5, "blur"): spent["blur"], (21, "sharpen"): sharpen},
    )


def the_task(**fields: Any) -> Task:
    return a_task(Path("/nowhere")).model_copy(update={"source": SOURCE, "entry": "entry", **fields})


async def planned(profile: Profile | None, refused: tuple[str, ...] = (), task: Task | None = None) -> Plan:
    async def measure(source: str) -> Profile | None:
        return profile

    def understand(part: Task) -> None:
        if part.entry in refused:
            raise TaskError("no sizes")

    return await plan_code(task or the_task(), profile=measure, understand=understand)


async def test_hot_functions_are_subtasks_and_wait_for_what_they_call() -> None:
    plan = await planned(profiled())
    assert {each.id: each.depends_on for each in plan.subtasks} == {"sharpen": ("blur",), "blur": ()}
    shares = {each.id: each.share for each in plan.subtasks}
    assert shares == {"blur": pytest.approx(300 / 860, rel=1e-3), "sharpen": pytest.approx(400 / 860, rel=1e-3)}
    assert plan.covered == pytest.approx(700 / 860, rel=1e-3)
    assert plan.topology == "sequential"


async def test_the_others_are_left_alone_with_the_reason() -> None:
    plan = await planned(profiled(OWN | {17: 100.0}, calls={"tiny": 1_000_000}))
    reasons = {each.function: each.reason for each in plan.left_alone}
    assert reasons["chaos"] == "cannot be parallelised: 100% of it is in no loop that can be shared out"
    assert (
        reasons["tiny"]
        == "is called 1000000 times, for 100 instructions each: too short for threads, and counted with its callers"
    )


async def test_a_function_that_cannot_be_judged_is_left_alone() -> None:
    plan = await planned(profiled(), refused=("blur",))
    assert plan.is_atomic  # only one is left
    assert plan.subtasks[0].entry == "entry"
    assert plan.reason == "`sharpen` alone is worth a search"
    assert "  blur: left alone, cannot be judged on its own: no sizes" in described(plan, 2)


async def test_one_hot_function_makes_an_atomic_plan() -> None:
    plan = await planned(profiled({2: 500.0, 6: 1.0, 11: 1.0}))
    assert plan.is_atomic and plan.subtasks[0].id == "entry"
    assert described(plan, 2)[0] == "plan: atomic, `entry` is searched as a whole: `blur` alone is worth a search"


async def test_where_nothing_is_hot_the_plan_says_so() -> None:
    plan = await planned(profiled({11: 500.0}))
    assert plan.is_atomic and plan.reason == "no function of it is worth a search of its own"
    assert "chaos: left alone, cannot be parallelised" in "\n".join(described(plan, 2))


async def test_without_a_profile_the_task_is_atomic() -> None:
    plan = await planned(None)
    assert plan.is_atomic and "valgrind" in plan.reason


async def test_where_the_target_is_left_open_the_task_is_searched_as_a_whole() -> None:
    task = the_task(targets=("openmp", "threads"))
    plan = await planned(profiled(), task=task)
    assert plan.is_atomic and plan.reason == "its target is left open"
    with pytest.raises(TaskError, match="name openmp or threads for a plan"):
        require_judgeable(await planned(profiled()), task, lambda part: None)


async def test_a_source_with_one_loop_is_not_profiled() -> None:
    async def never(source: str) -> Profile | None:
        raise AssertionError("profiled")

    plan = await plan_code(a_task(), profile=never, understand=lambda part: None)
    assert plan.is_atomic and plan.reason == "`scale` alone has loops, and is shorter than 40 lines"
    straight = a_task().model_copy(update={"source": "void scale(double* x, int n) { x[n] *= 2.0; }\n"})
    plan = await plan_code(straight, profile=never, understand=lambda part: None)
    assert plan.reason == "no function of it has a loop"


def test_what_the_user_says_of_inputs_is_about_the_entry_alone() -> None:
    inputs = Inputs(sizes={"x": "n"}, benchmark={"n": 1000})
    task = the_task(inputs=inputs, compare=Compare(rtol=1e-3, code="compare.hpp"))
    plan_entry, blur = ({"id": name, "entry": name, "contract": "any"} for name in ("entry", "blur"))
    whole, part = (part_of(task, Plan.model_validate({"subtasks": [each]}).subtasks[0]) for each in (plan_entry, blur))
    assert whole is task
    assert part.entry == "blur" and part.inputs == Inputs()
    assert part.compare == Compare(rtol=1e-3)


@pytest.mark.parametrize(
    ("subtasks", "problem"),
    [
        ([("other", "entry")], "its id is entry, its entry entry"),
        ([("entry", "blur")], "its id is entry, its entry entry"),
        ([("entry", "blur"), ("chaos", "chaos")], "name of the whole: name it after its entry, blur"),
    ],
)
def test_a_part_does_not_pass_for_the_whole_nor_the_whole_for_a_part(
    subtasks: list[tuple[str, str]], problem: str
) -> None:
    # Candidates of a subtask that is named like the whole are versions of the whole to all who read the ledger.
    plan = load_plan({"subtasks": [{"id": id, "entry": entry, "contract": "any"} for id, entry in subtasks]})
    with pytest.raises(TaskError, match=problem):
        require_judgeable(plan, the_task(), lambda part: None)
