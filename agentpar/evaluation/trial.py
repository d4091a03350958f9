"""Tries a source under tests: builds both with sanitizers and runs the program, in a sandbox."""

from collections.abc import Callable

from agentpar.evaluation.prepared import first_errors
from agentpar.evaluation.screen import screen
from agentpar.evaluation.toolchain import SANITIZER_ENVIRONMENT, toolchain_of
from agentpar.sandbox.base import Exit
from agentpar.sandbox.lease import working
from agentpar.sandbox.pool import Pool
from agentpar.task import Task
from agentpar.verdict import Frozen

_LONGEST_S = 20.0
_MOST_SAID = 800


class Tried(Frozen):
    """What came of it: whether it was built, and in words what is wrong; nothing when the tests pass."""

    is_built: bool
    problem: str


class Trial:
    """Tries sources of one task in the sandboxes of a pool. `require` raises where no further trial may begin."""

    def __init__(self, task: Task, pool: Pool, *, require: Callable[[], None] = lambda: None) -> None:
        self._pool = pool
        self._require = require
        self._toolchain = toolchain_of(task, ())

    async def of(self, source: str, tests: str) -> Tried:
        """Build a source with a program of tests, and run that.

        Raises:
            SandboxError: the sandbox failed.
            AgentparError: as `require`.
        """
        if problem := screen(source, ""):
            return Tried(is_built=False, problem=problem)
        async with self._pool.sandbox() as sandbox, working():
            self._require()  # only now: a sandbox may have been waited for
            await sandbox.put("builder", f"work/source{self._toolchain.suffix}", source.encode())
            await sandbox.put("builder", f"work/tests{self._toolchain.suffix}", tests.encode())
            built = await sandbox.run("builder", self._toolchain.tests(), timeout_s=sandbox.limits.build_seconds)
            if not built.succeeded:
                said = first_errors(built.stderr) or built.stderr[-_MOST_SAID:]
                return Tried(is_built=False, problem=f"it does not compile: {said}")
            command = ["./tests"]
            if self._pool.kind == "bubblewrap":  # Docker bounds the sandbox as a whole
                command = ["prlimit", f"--nproc={sandbox.limits.processes}", *command]
            ran = await sandbox.run(
                "candidate", command, timeout_s=_LONGEST_S, environment=SANITIZER_ENVIRONMENT, bounded=False
            )
        return Tried(is_built=True, problem=_problem(ran))


def _problem(ran: Exit) -> str:
    if ran.succeeded:
        return ""
    said = "\n".join(line for line in ran.stderr.splitlines() if line.strip())[:_MOST_SAID]
    if ran.timed_out:
        return f"the tests do not end within {_LONGEST_S:.0f} s"
    how = f"signal {ran.signal}" if ran.signal else f"exit code {ran.status}"
    return f"the tests fail ({how}): {said or 'nothing was said'}"
