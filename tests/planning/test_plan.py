import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentpar.errors import TaskError
from agentpar.planning.plan import Plan, Subtask, Topology, atomic_plan, load_plan, read_plan
from tests.search.doubles import a_task


def subtask(id: str, *needed: str, share: float = 0.2) -> Subtask:
    return Subtask(id=id, entry=id, contract=f"behaves as {id}", share=share, depends_on=needed)


def test_an_atomic_task_is_one_subtask_for_its_entry() -> None:
    plan = atomic_plan(a_task())
    assert [(each.id, each.entry, each.share) for each in plan.subtasks] == [("scale", "scale", 1.0)]
    assert plan.is_atomic and plan.topology == "atomic"


def test_a_template_is_named_by_its_plain_name_and_entered_by_its_arguments() -> None:
    (only,) = atomic_plan(a_task().model_copy(update={"entry": "ns::scale<double, 8>"})).subtasks
    assert (only.id, only.entry) == ("ns::scale", "ns::scale<double, 8>")


def test_subtasks_come_after_what_they_depend_on() -> None:
    last, middle, first = subtask("c", "a", "b"), subtask("b", "a"), subtask("a")
    assert Plan(subtasks=(last, middle, first)).order() == (first, middle, last)


@pytest.mark.parametrize(
    ("edges", "topology"),
    [
        ({"a": "", "b": "", "c": ""}, "parallel"),
        ({"a": "", "b": "a", "c": "b"}, "sequential"),
        ({"a": "", "b": "", "c": "ab"}, "hierarchical"),
        ({"a": "", "b": "a", "c": "a"}, "hierarchical"),
        ({"a": "", "b": "a", "c": ""}, "hybrid"),
        ({"a": "", "b": "a", "c": "a", "d": "bc"}, "hybrid"),
        ({"a": "", "b": "a", "c": "", "d": "c"}, "hybrid"),
        ({"a": "", "b": "", "c": "ab", "d": "b"}, "hybrid"),
    ],
)
def test_the_shape_of_the_graph_has_a_name(edges: dict[str, str], topology: Topology) -> None:
    assert Plan(subtasks=tuple(subtask(id, *needed) for id, needed in edges.items())).topology == topology


@pytest.mark.parametrize(
    ("subtasks", "problem"),
    [
        ([("a", "b"), ("b", "a")], "wait for each other: "),
        ([("a", "x")], "unknown subtasks: x"),
        ([("a", "b"), ("b", "a"), ("a", "b")], "same id"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(subtasks: list[tuple[str, str]], problem: str) -> None:
    values = [{"id": id, "entry": id, "contract": "any", "depends_on": [needed]} for id, needed in subtasks]
    with pytest.raises(TaskError, match=problem):
        load_plan({"subtasks": values})


@pytest.mark.parametrize("name", ["rm -rf /", "a;b", "../up", "$(id)", "a b", "`id`", "a|b", "", "a\n", "x" * 500])
def test_a_name_with_shell_or_paths_in_it_is_refused(name: str) -> None:
    for values in ({"id": name, "entry": "a"}, {"id": "a", "entry": name}):
        with pytest.raises(TaskError, match=r"subtasks\.0\.(id|entry)"):
            load_plan({"subtasks": [values | {"contract": "any"}]})


@pytest.mark.parametrize("contract", [{}, {"contract": ""}])
def test_a_subtask_without_a_contract_is_refused(contract: dict[str, Any]) -> None:
    with pytest.raises(TaskError, match=r"subtasks\.0\.contract"):
        load_plan({"subtasks": [{"id": "a", "entry": "a", **contract}]})


def test_a_plan_of_ten_thousand_subtasks_is_refused_before_it_is_looked_at() -> None:
    one = {"id": "a", "entry": "a", "contract": "any"}
    values = [one | {"id": f"a{i}", "depends_on": [f"a{j}" for j in range(40)]} for i in range(10_000)]
    begun = time.process_time()
    with pytest.raises(TaskError, match="at most 64"):
        load_plan({"subtasks": values})
    refused_s = time.process_time() - begun
    begun = time.process_time()
    for each in values[:2000]:
        Subtask.model_validate(each)
    assert refused_s < time.process_time() - begun


def test_the_bound_is_amdahls() -> None:
    plan = Plan(subtasks=(subtask("a"), subtask("b")), covered=0.75)
    assert plan.bound(1) == 1.0
    assert plan.bound(3) == pytest.approx(2.0)
    assert plan.bound(1 << 40) == pytest.approx(4.0)


@pytest.mark.parametrize("wrap", [lambda plan: plan, lambda plan: {"plan": plan, "topology": "parallel"}])
def test_a_plan_is_read_as_it_was_shown(tmp_path: Path, wrap: Callable[[Any], Any]) -> None:
    plan = Plan(subtasks=(subtask("a"), subtask("b")), covered=0.4)
    (tmp_path / "plan.json").write_text(json.dumps(wrap(plan.model_dump(mode="json"))))
    assert read_plan(tmp_path / "plan.json") == plan


@pytest.mark.parametrize("content", ["", "[]", "{", '{"subtasks": []}', '{"plan": {"tasks": []}}', "[" * 100_000])
def test_what_is_no_plan_is_refused_with_its_place(tmp_path: Path, content: str) -> None:
    (tmp_path / "plan.json").write_text(content)
    with pytest.raises(TaskError, match="plan"):
        read_plan(tmp_path / "plan.json")


def test_what_a_terminal_takes_for_an_order_is_not_shown() -> None:
    alone = {"function": "f\x1b[2J", "share": 0.1, "reason": "no\nplan: accepted\x07"}
    plan = load_plan({"subtasks": [subtask("a").model_dump(), subtask("b").model_dump()], "left_alone": [alone]})
    assert (plan.left_alone[0].function, plan.left_alone[0].reason) == ("f [2J", "no plan: accepted")


def test_a_key_of_a_plan_is_shown_without_what_a_terminal_takes_for_an_order() -> None:
    with pytest.raises(TaskError, match="subtasks") as refused:
        load_plan({"subtasks": [{"id": "f", "entry": "f", "contract": "any", "\x1b[2J": 1}]})
    assert "\x1b" not in str(refused.value)


def test_two_subtasks_do_not_search_one_function() -> None:
    with pytest.raises(TaskError, match="same entry"):
        load_plan({"subtasks": [{"id": id, "entry": "f", "contract": "any"} for id in ("a", "b")]})
