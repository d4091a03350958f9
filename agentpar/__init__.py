"""agentpar turns a coding task into verified, measurably faster parallel code."""

from importlib.metadata import version

from agentpar.api import ajudge, aresume, asolve, resume, solve
from agentpar.errors import AgentparError, LedgerError, ModelError, ReferenceFailed, SandboxError, TaskError
from agentpar.reporting.result import Result
from agentpar.solver import Context, as_tool, create_solver
from agentpar.task import Task, load_task
from agentpar.verdict import Measurement, Outcome, Verdict

__version__ = version("agentpar")

__all__ = [
    "AgentparError",
    "Context",
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
