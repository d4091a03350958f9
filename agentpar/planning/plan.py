"""A plan: the subtasks of a task, which of them wait for which, and what is left alone."""

import json
from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, FiniteFloat, ValidationError, model_validator

from agentpar.errors import TaskError
from agentpar.evaluation.statistics import amdahl
from agentpar.reporting.words import lines_of
from agentpar.sections import spot
from agentpar.task import Task
from agentpar.verdict import Frozen

MOST_SUBTASKS = 64

# Names end up in messages, in the ledger and in generated C++: nothing of a shell or of a path may be in them.
_PLAIN = r"[^\W\d]\w*(::[^\W\d]\w*)*"
_Name = Annotated[str, Field(pattern=f"^{_PLAIN}$", max_length=150)]
_Entry = Annotated[str, Field(pattern=f"^{_PLAIN}(<[\\w:, *&<>-]+>)?$", max_length=400)]
# What is shown at a terminal, from files too: one line, without what a terminal takes for an order.
_Told = Annotated[str, BeforeValidator(lambda said: _one_line(str(said))[:2000])]
_Share = Annotated[float, Field(ge=0, le=1)]
_Lines = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None

Topology = Literal["atomic", "parallel", "sequential", "hierarchical", "hybrid"]


class Subtask(Frozen):
    """One entry function, searched on its own.

    `share` is the part of the whole's work that the function does itself, without what other subtasks do for it.
    `lines` are, of a loop nest that was cut out, its first and last line in the user's source. `ranges` are bounds of
    scalars, as in a task's inputs, so that they hold what the whole calls the function with.
    """

    id: _Name
    entry: _Entry
    contract: str = Field(min_length=1, max_length=2000)
    share: _Share = 1.0
    depends_on: tuple[_Name, ...] = Field((), max_length=MOST_SUBTASKS)
    lines: _Lines = None
    ranges: dict[_Name, tuple[FiniteFloat, FiniteFloat]] = Field({}, max_length=100)


class LeftAlone(Frozen):
    """A function, or a loop nest with its first and last line, that is no subtask, and why."""

    function: _Told
    share: _Share
    reason: _Told
    lines: _Lines = None


class Plan(Frozen):
    """A directed acyclic graph of subtasks. Making a plan that is not one raises a `ValueError`.

    `covered` is the part of the whole's work that happens within any subtask. Shares are measured in instructions,
    which stand in for time. `source` is what the subtasks begin with, where loop nests were cut out of the task's.
    `reason` says of an atomic plan why nothing was cut.
    """

    subtasks: tuple[Subtask, ...] = Field(min_length=1, max_length=MOST_SUBTASKS)
    left_alone: tuple[LeftAlone, ...] = ()
    covered: _Share = 1.0
    source: str = Field("", max_length=4 << 20)
    reason: _Told = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        ids = [each.id for each in self.subtasks]
        if len(set(ids)) < len(ids):
            raise ValueError("two subtasks have the same id")
        if len({each.entry for each in self.subtasks}) < len(ids):
            raise ValueError("two subtasks have the same entry")
        if missing := {needed for each in self.subtasks for needed in each.depends_on} - set(ids):
            raise ValueError(f"depends on unknown subtasks: {', '.join(sorted(missing))}")
        try:
            self.order()
        except CycleError as error:
            raise ValueError(f"subtasks wait for each other: {' -> '.join(error.args[1])}") from error
        return self

    @property
    def is_atomic(self) -> bool:
        """Whether the task is one subtask, which is the whole."""
        return len(self.subtasks) == 1

    def find(self, name: str) -> Subtask:
        """The subtask of that id."""
        return next(each for each in self.subtasks if each.id == name)

    def order(self) -> tuple[Subtask, ...]:
        """The subtasks, each after what it depends on."""
        by_id = {each.id: each for each in self.subtasks}
        sorter = TopologicalSorter({each.id: each.depends_on for each in self.subtasks})
        return tuple(by_id[each] for each in sorter.static_order())

    def without(self, dropped: Collection[str], reason: str) -> "Plan":
        """The plan with some subtasks left alone; what depended on them begins with their serial versions.

        Raises:
            TaskError: there is no such subtask, or none is left.
        """
        if unknown := sorted(set(dropped) - {each.id for each in self.subtasks}):
            raise TaskError(f"the plan has no subtask {', '.join(unknown)}")
        gone = [each for each in self.subtasks if each.id in dropped]
        left = [
            each.model_copy(update={"depends_on": tuple(n for n in each.depends_on if n not in dropped)})
            for each in self.subtasks
            if each.id not in dropped
        ]
        alone = [LeftAlone(function=each.id, share=each.share, reason=reason, lines=each.lines) for each in gone]
        covered = max(0.0, self.covered - sum(each.share for each in gone))
        return load_plan(
            {
                "subtasks": left,
                "left_alone": [*self.left_alone, *alone],
                "covered": covered,
                "source": self.source,
            }
        )

    @property
    def topology(self) -> Topology:
        """The graph's shape, in time linear in its subtasks and dependencies.

        Parallel has no dependency, sequential is one chain, hierarchical is one tree whose parts lead to its root (or
        come from it), and hybrid is all else.
        """
        if self.is_atomic:
            return "atomic"
        edges = [(needed, each.id) for each in self.subtasks for needed in set(each.depends_on)]
        if not edges:
            return "parallel"
        needs, serves = (len({edge[end] for edge in edges}) for end in (1, 0))
        # Acyclic, all but one have exactly one edge in a direction: a tree, and connected.
        is_tree = len(edges) == len(self.subtasks) - 1 and len(edges) in (needs, serves)
        if not is_tree:
            return "hybrid"
        return "sequential" if needs == serves == len(edges) else "hierarchical"

    def bound(self, threads: int) -> float:
        """Amdahl's bound on the whole's speed-up when all that is covered runs on so many threads."""
        return amdahl(self.covered, threads)


def described(plan: Plan, threads: int, source: str = "") -> list[str]:
    """A plan in words, a line each: what is searched, what is left alone and why, and what can be gained at most.

    `source` is the user's, which lines are told by where it is several files.
    """
    alone = [
        f"  {each.function}{lines_of(*spot(each.lines, source))}: left alone, {each.reason}" for each in plan.left_alone
    ]
    if plan.is_atomic:
        why = f": {plan.reason}" if plan.reason else ""
        return [f"plan: atomic, `{plan.subtasks[0].entry}` is searched as a whole{why}", *alone]
    lines = [f"plan: {len(plan.subtasks)} subtasks, {plan.topology}"]
    for each in plan.order():
        after = f", after {', '.join(each.depends_on)}" if each.depends_on else ""
        called = "".join(f", {name} from {low:g} to {high:g}" for name, (low, high) in each.ranges.items())
        lines.append(f"  {each.id}{lines_of(*spot(each.lines, source))}: {each.share:.1%} of the work{after}{called}")
    limit = f"{plan.bound(threads):.2f}× at {threads} threads"
    if plan.covered < 0.999:  # else it is no bound that anybody reaches
        limit += f", {1.0 / (1.0 - plan.covered):.2f}× at any number"
    return [*lines, *alone, f"  {plan.covered:.1%} of the work is in the subtasks: at most {limit} (Amdahl)"]


def serial_contract(function: str) -> str:
    """The contract of a subtask that stands for serial code."""
    return f"behaves as the serial `{function}`"


def atomic_plan(task: Task, left_alone: tuple[LeftAlone, ...] = (), *, reason: str = "") -> Plan:
    """The plan of a task that is searched as a whole, for a reason.

    Raises:
        TaskError: the entry is no function's name.
    """
    entry = task.entry.removeprefix("::")
    subtask = {"id": entry.partition("<")[0].rstrip(), "entry": entry, "contract": serial_contract(entry)}
    return load_plan({"subtasks": [subtask], "left_alone": left_alone, "reason": reason})


def load_plan(values: Mapping[str, Any]) -> Plan:
    """Check a plan that came from outside: a file, a ledger or a model.

    Raises:
        TaskError: it is no plan; says which subtask is wrong and why.
    """
    try:
        return Plan.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(_one_line(str(part))[:80] for part in problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        given = problem["input"] if isinstance(problem["input"], str) else ""
        raise TaskError(f"the plan is refused: {place + ': ' if place else ''}{said}" + _shown(given)) from None


def read_plan(path: Path) -> Plan:
    """Read a plan from a JSON file, such as `agentpar plan --json` writes.

    Raises:
        TaskError: the file cannot be read, or holds no plan.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TaskError(f"{path}: cannot be read as a plan: {error}") from error
    if not isinstance(values, dict):
        raise TaskError(f"{path}: a plan is an object with `subtasks`")
    return load_plan(values["plan"] if isinstance(values.get("plan"), dict) else values)


def _shown(given: str) -> str:
    return f", not {given[:80]!r}" if given else ""


def _one_line(said: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())
