"""A plan: the subtasks of a task, and which of them wait for which."""

from graphlib import CycleError, TopologicalSorter
from typing import Self

from pydantic import model_validator

from agentpar.task import Task
from agentpar.verdict import Frozen


class Subtask(Frozen):
    """One entry function, searched on its own. Its contract is to behave as the serial one."""

    id: str
    entry: str
    depends_on: tuple[str, ...] = ()


class Plan(Frozen):
    """A directed acyclic graph of subtasks. Making a plan that is not one raises a `ValueError`."""

    subtasks: tuple[Subtask, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        ids = [each.id for each in self.subtasks]
        if len(set(ids)) < len(ids):
            raise ValueError("two subtasks have the same id")
        if missing := {needed for each in self.subtasks for needed in each.depends_on} - set(ids):
            raise ValueError(f"depends on unknown subtasks: {', '.join(sorted(missing))}")
        try:
            self.order()
        except CycleError as error:
            raise ValueError(f"subtasks wait for each other: {' -> '.join(error.args[1])}") from error
        return self

    def order(self) -> tuple[Subtask, ...]:
        """The subtasks, each after what it depends on."""
        by_id = {each.id: each for each in self.subtasks}
        sorter = TopologicalSorter({each.id: each.depends_on for each in self.subtasks})
        return tuple(by_id[each] for each in sorter.static_order())


def plan(task: Task) -> Plan:
    """The task's plan: one subtask for its entry."""
    return Plan(subtasks=(Subtask(id=task.entry, entry=task.entry),))
