"""Which Python runs candidates, and which MPI is beside it."""

import importlib.util
import sys
from pathlib import Path

from agentpar.sandbox.kinds import Kind
from agentpar.task import RANKS_TARGETS, Task
from agentpar.verdict import Frozen

_SYSTEM = "/usr/bin/python3"


class Interpreter(Frozen):
    """An interpreter; `programs` is the folder of its MPI's programs, empty where that is the system's."""

    path: str = _SYSTEM
    programs: str = ""

    def script(self, content: bytes) -> bytes:
        """One of the harness's scripts, to be run by this interpreter."""
        return content.replace(f"#!{_SYSTEM}".encode(), f"#!{self.path}".encode(), 1)

    @property
    def environment(self) -> dict[str, str]:
        """Where its MPI is found."""
        return {"PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin"} if self.programs else {}


def interpreter_for(task: Task, kind: Kind) -> Interpreter:
    """The system's; without isolation this one, where it has the wheels of MPI and mpi4py."""
    programs = Path(sys.prefix, "bin")
    has_wheels = importlib.util.find_spec("mpi4py") is not None and (programs / "mpirun").exists()
    if kind != "process" or task.target not in RANKS_TARGETS or not has_wheels:
        return Interpreter()
    return Interpreter(path=sys.executable, programs=str(programs))
