"""What the solver's graph is given, gives back, and holds meanwhile."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, ValidationError
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypedDict

from agentpar.errors import TaskError
from agentpar.planning.board import Found
from agentpar.planning.plan import Plan
from agentpar.search.base import Emit, OpenSession, Session
from agentpar.task import Budget, Task


@dataclass(frozen=True)
class Context:
    """What a caller may pass as `context=`.

    The limits replace the task's own. A new run is decomposed where its profile shows several functions worth a search,
    unless `decompose` is `never`; `plan` is used instead of a plan that agentpar makes. With `review_plan`, the graph
    is interrupted with a new plan, and goes on by `True`, or a mapping that replaces it, where there is a
    checkpointer; or anew with the run's `run_dir` and the `plan`. `session` is one the caller opened, for `ainvoke` in
    the same event loop: the nodes share it and leave it open. Otherwise each node that needs a session opens its own.
    `open_session` and `load_task` stand in for agentpar's own.

    Raises:
        TaskError: `decompose` is `never`, and there is a plan to use or to review; or a limit is none.
    """

    candidates: int | None = None
    seconds: float | None = None
    tokens: int | None = None
    decompose: Literal["auto", "never"] = "auto"
    plan: SkipJsonSchema[Plan | None] = None
    review_plan: bool = False
    patience: int | None = None
    session: SkipJsonSchema[Session | None] = None
    open_session: SkipJsonSchema[OpenSession | None] = None
    load_task: SkipJsonSchema[Callable[[str, Mapping[str, Any]], Task] | None] = None
    emit: SkipJsonSchema[Emit | None] = None

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    def __post_init__(self) -> None:
        """Check that what is asked for goes together."""
        if self.decompose == "never" and (self.review_plan or self.plan is not None):
            raise TaskError("decompose never searches the whole as one: leave it out, or the plan and its review")
        try:
            Budget.model_validate(self._limits())
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            said = f"{first['msg'][0].lower()}{first['msg'][1:]}, not {first['input']}"
            raise TaskError(f"{first['loc'][0]}: {said}") from error

    def limited(self, budget: Budget) -> Budget:
        """The budget with the limits that replace its own."""
        return budget.model_copy(update=self._limits())

    def _limits(self) -> dict[str, float]:
        given = {"candidates": self.candidates, "seconds": self.seconds, "tokens": self.tokens}
        return {name: limit for name, limit in given.items() if limit is not None}


class SolverInput(TypedDict, total=False):
    """`task` is `FILE::FUNCTION` or a task folder. `options` are the task's, and `run_dir`.

    Without `task`, the run in `options["run_dir"]` is resumed.
    """

    task: str
    options: dict[str, Any]


class SolverResult(TypedDict):
    """`status` is `improved`, `no_improvement` or `no_verdict`; the speedup is the champion's re-test."""

    status: str
    best_id: str | None
    speedup: float | None
    run_dir: str
    patch_path: str | None


class SolverState(SolverInput, SolverResult, total=False):
    """The graph's state. `results` is keyed by subtask, so that a repeated node replaces its own.

    `subtasks` are the plan's, `assigned` those of them that are to be solved next.
    """

    subtasks: list[str]
    assigned: list[str]
    results: Annotated[dict[str, Found], operator.or_]
