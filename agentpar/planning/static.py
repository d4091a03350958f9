"""The plan of code that is there: its call graph and a profile of its own run say which functions are worth a search.

A function is a subtask when threads can pay in it: enough of the whole's work, in calls that are long enough, in loops
that can be shared out, and with inputs that the judge can make. All else is left alone, with the reason.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import cache, partial

from agentpar.errors import TaskError
from agentpar.evaluation.profile import Profile
from agentpar.languages.callgraph import CallGraph, call_graph, reachable
from agentpar.planning.outline import LARGE_LINES, Nest, nests_of, outlined
from agentpar.planning.plan import MOST_SUBTASKS, LeftAlone, Plan, Subtask, atomic_plan, load_plan, serial_contract
from agentpar.planning.users_lines import in_users_lines
from agentpar.proposers.rewrite.shareable import shareable_lines
from agentpar.task import PYTHON_TARGETS, Inputs, Task

WORTH_SHARE = 0.05
"""A function with less of the whole's work is left alone: even without it, the whole gains no more than this."""
WORTH_INSTRUCTIONS = 200_000
"""A call with fewer instructions, about 50 µs, is over before a team of threads has paid for its start."""
_WORTH_NAMING = 0.01


def part_of(task: Task, subtask: Subtask, source: str = "") -> Task:
    """The task of judging one subtask on its own: what the user says of the entry's inputs is about the entry alone.

    `source` is the plan's, where it has one.
    """
    if source:
        task = task.model_copy(update={"source": source})
    if subtask.entry == task.entry.removeprefix("::"):
        return task
    comparison = task.compare.model_copy(update={"code": ""})
    inputs = Inputs(ranges=dict(subtask.ranges))
    return task.model_copy(update={"entry": subtask.entry, "inputs": inputs, "compare": comparison})


async def plan_code(
    task: Task, *, profile: Callable[[str], Awaitable[Profile | None]], understand: Callable[[Task], object]
) -> Plan:
    """The plan of a task whose source is there; atomic, with the reason, where fewer than two functions are worth a
    search.

    `profile` measures a run of the task with a source; it is not asked where the source alone says that the task is
    atomic. Where a large function has several hot loop nests, these are cut out of it, and profiled again.
    `understand` raises a `TaskError` for a function that cannot be judged on its own.

    Raises:
        AgentparError: as `profile`.
    """
    if why := _always_whole(task):
        return atomic_plan(task, reason=why)
    graph, names = _reached(task)
    nests = await asyncio.to_thread(nests_of, task.source, [name for name in names if name in graph])
    large = [found for found in nests.values() if len(found) > 1]
    if sum(graph[name].has_loop for name in nests) < 2 and not large:
        return atomic_plan(task, reason=_too_little(graph, nests))
    found = await profile(task.source)
    if found is None:
        return atomic_plan(task, reason="valgrind is missing in the sandbox, or fails or takes too long on this code")
    hot, cold = await asyncio.to_thread(_weighed, task.source, large, found)
    if hot:
        cut = task.model_copy(update={"source": outlined(task.source, hot.keys())})
        again = await profile(cut.source)
        if again is not None:
            lines = {name: (nest.lines[0], nest.lines[-1]) for name, nest in hot.items()}
            told = partial(in_users_lines, source=cut.source, users=task.source, cut=lines, file=task.path.name)
            plan = await asyncio.to_thread(_Planner(cut, *_reached(cut), again, understand, told).plan)
            plan = _with_lines(plan, lines)
            if hot.keys() & {each.id for each in plan.subtasks}:
                return plan.model_copy(update={"source": cut.source, "left_alone": (*plan.left_alone, *cold)})
            cold = (*cold, *(each for each in plan.left_alone if each.function in hot))
    plan = await asyncio.to_thread(_Planner(task, graph, names, found, understand).plan)
    return plan.model_copy(update={"left_alone": (*plan.left_alone, *cold)})


def _always_whole(task: Task) -> str:
    """Why a task is searched as a whole, whatever its source says; empty for one that may be taken apart."""
    if task.oracle == "command":
        return "its tests and its bench command are about the whole"
    if task.target in PYTHON_TARGETS:
        return "functions of Python are not profiled"
    return "its target is left open" if task.targets else ""


def _too_little(graph: CallGraph, nests: Mapping[str, tuple[Nest, ...]]) -> str:
    """Why nothing can be cut out of a source of which at most one function has loops."""
    name = next((each for each in nests if graph[each].has_loop), "")
    if not name:
        return "no function of it has a loop"
    if len(graph[name].lines) < LARGE_LINES:
        return f"`{name}` alone has loops, and is shorter than {LARGE_LINES} lines"
    return f"`{name}` alone has loops, and {'one nest' if nests[name] else 'none'} of them can be cut out"


def _with_lines(plan: Plan, lines: Mapping[str, tuple[int, int]]) -> Plan:
    """The plan with the lines of its loop nests in the user's source."""
    subtasks = [each.model_copy(update={"lines": lines.get(each.id)}) for each in plan.subtasks]
    alone = [each.model_copy(update={"lines": lines.get(each.function)}) for each in plan.left_alone]
    return plan.model_copy(update={"subtasks": tuple(subtasks), "left_alone": tuple(alone)})


def _reached(task: Task) -> tuple[CallGraph, tuple[str, ...]]:
    """The source's functions, and the names of those that the entry reaches."""
    graph = call_graph(task.source)
    entry = task.entry.partition("<")[0].removeprefix("::").strip()
    named = entry if entry in graph else next((n for n in graph if n.endswith(f"::{entry}")), entry)
    return graph, reachable(graph, named)


def _weighed(
    source: str, functions: Iterable[tuple[Nest, ...]], profile: Profile
) -> tuple[dict[str, Nest], tuple[LeftAlone, ...]]:
    """The nests that are worth a search, of functions that have several of them; and the others, with the reason."""
    hot: dict[str, Nest] = {}
    cold: list[LeftAlone] = []
    for nests in functions:
        name = nests[0].function
        shared, calls = shareable_lines(source, name), max(1, profile.calls.get(name, 0))
        spent = {nest: profile.in_lines(nest.lines) for nest in nests}
        problems = {nest: _problem_of(nest, spent[nest], shared, calls, profile) for nest in nests}
        worth = [nest for nest in nests if not problems[nest]]
        if len(worth) > 1:
            hot |= {nest.name: nest for nest in worth}
        else:
            problems |= dict.fromkeys(worth, f"the only nest of `{name}` that is worth a search")
        cold += [
            LeftAlone(
                function=nest.name,
                share=min(1.0, spent[nest] / profile.total),
                reason=problem,
                lines=(nest.lines[0], nest.lines[-1]),
            )
            for nest, problem in problems.items()
            if problem
        ]
    return hot, tuple(cold)


def _problem_of(nest: Nest, spent: int, shared: Collection[int], calls: int, profile: Profile) -> str:
    """Why a loop nest is not worth a search of its own; empty for one that is."""
    if spent < WORTH_SHARE * profile.total:
        return f"does {spent / profile.total:.1%} of the work"
    if spent < WORTH_INSTRUCTIONS * calls:
        return f"takes {spent / calls:.0f} instructions each time: too short for threads"
    return "" if set(nest.lines) & set(shared) else "cannot be parallelised: no loop in it can be shared out"


def require_judgeable(plan: Plan, task: Task, understand: Callable[[Task], object]) -> None:
    """Check that each subtask of a plan that was given names a function that can be judged on its own.

    Raises:
        TaskError: one does not, the only one is not the entry, or the target is left open.
    """
    if task.targets and not plan.is_atomic:
        raise TaskError(
            f"with target auto the task is searched as a whole: name {' or '.join(task.targets)} for a plan"
        )
    whole = atomic_plan(task).subtasks[0]
    if plan.is_atomic and (plan.subtasks[0].id, plan.subtasks[0].entry) != (whole.id, whole.entry):
        raise TaskError(f"a plan of one subtask is the whole: its id is {whole.id}, its entry {whole.entry}")
    if misnamed := next((e for e in plan.subtasks if e.id == whole.id and e.entry != whole.entry), None):
        raise TaskError(f"subtask {whole.id} has the name of the whole: name it after its entry, {misnamed.entry}")
    for each in plan.subtasks:
        try:
            understand(part_of(task, each, plan.source))
        except TaskError as error:
            raise TaskError(f"subtask {each.id}: {error}") from error


class _Planner:
    """Weighs the functions of one source, the entry first; `told` makes lines in errors the user's."""

    def __init__(
        self,
        task: Task,
        graph: CallGraph,
        names: tuple[str, ...],
        profile: Profile,
        understand: Callable[[Task], object],
        told: Callable[[str], str] = str,
    ) -> None:
        self._task = task
        self._graph = graph
        self._names = names
        self._profile = profile
        self._understand = understand
        self._told = told
        self._shareable = cache(lambda name: shareable_lines(task.source, name))
        self._long = {name for name in names if profile.per_call(name) >= WORTH_INSTRUCTIONS}

    def plan(self) -> Plan:
        problems = {name: self._problem(name) for name in self._names if name in self._profile.calls}
        worth = [name for name, problem in problems.items() if not problem]
        alone = tuple(
            LeftAlone(function=name, share=self._profile.share(name, self._long), reason=problem)
            for name, problem in problems.items()
            if problem and (self._graph[name].has_loop or self._profile.share(name) >= _WORTH_NAMING)
        )
        if len(worth) < 2:
            why = f"`{worth[0]}` alone is worth a search" if worth else "no function of it is worth a search of its own"
            return atomic_plan(self._task, alone, reason=why)
        subtasks = [self._subtask(name, worth) for name in worth[:MOST_SUBTASKS]]
        covered = min(1.0, sum(each.share for each in subtasks))
        around = self._profile.in_lines(self._shareable(self._names[0])) / self._profile.total
        if around >= covered - WORTH_SHARE:  # sharing these out is better
            return atomic_plan(self._task, alone, reason=f"loops of `{self._names[0]}` itself are around all hot work")
        return load_plan({"subtasks": subtasks, "left_alone": alone, "covered": covered})

    def _problem(self, name: str) -> str:
        """Why a function is not worth a search; empty for one that is."""
        profile = self._profile
        share, calls = profile.share(name, self._long), profile.calls[name]
        if share < WORTH_SHARE:
            return f"does {share:.1%} of the work itself"
        if name not in self._long:
            each = f"{profile.per_call(name):.0f} instructions each"
            return f"is called {calls} times, for {each}: too short for threads, and counted with its callers"
        inside = profile.in_lines(self._graph[name].lines, self._long)
        shared = profile.in_lines(self._shareable(name) & set(self._graph[name].lines), self._long)
        if share * shared < WORTH_SHARE * inside or not shared:
            return (
                f"cannot be parallelised: {1 - shared / max(inside, 1):.0%} of it is in no loop that can be shared out"
            )
        try:
            subtask = Subtask(id=name, entry=self._entry(name), contract=serial_contract(name))
        except ValueError:
            return "its name is too long for a plan"
        try:
            self._understand(part_of(self._task, subtask))
        except TaskError as error:
            return f"cannot be judged on its own: {self._told(str(error))}"
        return ""

    def _subtask(self, name: str, worth: Iterable[str]) -> Subtask:
        below = {other: set(reachable(self._graph, other)) for other in worth}
        return Subtask(
            id=name,
            entry=self._entry(name),
            contract=serial_contract(name),
            share=self._profile.share(name, below),
            # Functions that call each other do not wait for each other.
            depends_on=tuple(n for n in below if n != name and n in below[name] and name not in below[n]),
        )

    def _entry(self, name: str) -> str:
        """The name to search by: the user's own for the entry, with its template arguments."""
        return self._task.entry.removeprefix("::") if name == self._names[0] else name
