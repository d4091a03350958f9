"""The solver as a tool for an agent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core.tools import StructuredTool, ToolException
from langgraph.graph.state import CompiledStateGraph

from agentpar.errors import AgentparError
from agentpar.solver_state import Context, SolverInput, SolverResult, SolverState


def as_tool(
    solver: CompiledStateGraph[SolverState, Context, SolverInput, SolverResult],
    context: Context | None = None,
) -> StructuredTool:
    """The solver as a tool for an agent. What is wrong with a call is its answer, so that the agent can mend it."""

    async def parallelize(task: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
        with _answering():
            return await solver.ainvoke({"task": task, "options": options or {}}, context=context)

    def parallelize_blocking(task: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
        with _answering():
            return solver.invoke({"task": task, "options": options or {}}, context=context)

    return StructuredTool.from_function(
        parallelize_blocking,
        parallelize,
        name="parallelize",
        description="Find a verified, measurably faster parallel version of a serial function. "
        '`task` is FILE::FUNCTION or a task folder; `options` are those of a task, like {"candidates": 12}.',
        handle_tool_error=True,
        handle_validation_error='agentpar: give `task`, a string, and `options`, an object like {"candidates": 12}',
    )


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except AgentparError as error:
        raise ToolException(f"agentpar: {error}") from error
