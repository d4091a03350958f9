"""The solver for a LangGraph server, which brings its own checkpointer and store."""

from typing import Any

from langgraph.graph.state import CompiledStateGraph

from agentpar.solver import create_solver


def make_graph() -> CompiledStateGraph[Any, Any, Any, Any]:
    """Build the graph that `langgraph.json` names."""
    return create_solver()
