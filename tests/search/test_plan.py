import pytest

from agentpar.planning.plan import Plan, Subtask, plan
from tests.search.doubles import a_task


def test_a_task_is_one_subtask_for_its_entry() -> None:
    assert plan(a_task()).subtasks == (Subtask(id="scale", entry="scale"),)


def test_subtasks_come_after_what_they_depend_on() -> None:
    last = Subtask(id="c", entry="c", depends_on=("a", "b"))
    middle = Subtask(id="b", entry="b", depends_on=("a",))
    first = Subtask(id="a", entry="a")
    assert Plan(subtasks=(last, middle, first)).order() == (first, middle, last)


@pytest.mark.parametrize(
    ("subtasks", "problem"),
    [
        ([("a", "b"), ("b", "a")], "wait for each other: "),
        ([("a", "x")], "unknown subtasks: x"),
        ([("a", "b"), ("b", "a"), ("a", "b")], "same id"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(subtasks: list[tuple[str, str]], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Plan(subtasks=tuple(Subtask(id=id, entry=id, depends_on=(needed,)) for id, needed in subtasks))
