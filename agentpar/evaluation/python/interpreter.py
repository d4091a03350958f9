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


def packages_for(task: Task) -> tuple[str, ...]:
    """What its interpreter must have, but for MPI's."""
    return ("numpy", "pytest") if task.test_files else ("numpy",)


def interpreter_for(task: Task, kind: Kind) -> Interpreter:
    """The system's; without isolation this one, where it has what the task needs: for ranks, the wheels of MPI too."""
    programs, has_ranks = Path(sys.prefix, "bin"), task.target in RANKS_TARGETS
    needed = (*packages_for(task), "mpi4py") if has_ranks else packages_for(task)
    has_all = all(importlib.util.find_spec(name) for name in needed)
    has_all = has_all and (not has_ranks or (programs / "mpirun").exists())
    if kind != "process" or not has_all or " " in sys.executable:  # where the first line of a script would end
        return Interpreter()
    return Interpreter(path=sys.executable, programs=str(programs) if has_ranks else "")
