"""agentpar turns a coding task into verified, measurably faster parallel code.

Names are imported when they are first used (PEP 562): LangGraph, Docker and NumPy behind some of them take a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentpar.api import ajudge, aresume, asolve, resume, solve
    from agentpar.errors import AgentparError, LedgerError, ModelError, ReferenceFailed, SandboxError, TaskError
    from agentpar.events import Event
    from agentpar.reporting.result import Result
    from agentpar.solver import create_solver
    from agentpar.solver_state import Context
    from agentpar.task import Task
    from agentpar.task_file import load_task
    from agentpar.tool import as_tool
    from agentpar.verdict import Measurement, Outcome, Verdict

    __version__: str
else:
    _HOMES = {
        "api": ("ajudge", "aresume", "asolve", "resume", "solve"),
        "errors": ("AgentparError", "LedgerError", "ModelError", "ReferenceFailed", "SandboxError", "TaskError"),
        "events": ("Event",),
        "reporting.result": ("Result",),
        "solver": ("create_solver",),
        "solver_state": ("Context",),
        "task": ("Task",),
        "task_file": ("load_task",),
        "tool": ("as_tool",),
        "verdict": ("Measurement", "Outcome", "Verdict"),
    }

    def __getattr__(name: str) -> object:
        if name == "__version__":
            return import_module("importlib.metadata").version("agentpar")
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"agentpar.{home}"), name)
        raise AttributeError(f"module 'agentpar' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "AgentparError",
    "Context",
    "Event",
    "LedgerError",
    "Measurement",
    "ModelError",
    "Outcome",
    "ReferenceFailed",
    "Result",
    "SandboxError",
    "Task",
    "TaskError",
    "Verdict",
    "__version__",
    "ajudge",
    "aresume",
    "as_tool",
    "asolve",
    "create_solver",
    "load_task",
    "resume",
    "solve",
]
