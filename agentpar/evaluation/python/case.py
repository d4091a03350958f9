"""A Python task that is ready for its candidates."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Literal

from agentpar.evaluation.case import Sizes
from agentpar.evaluation.coverage import Unreached
from agentpar.evaluation.profile import Profile
from agentpar.evaluation.python.inside import tested_inside
from agentpar.evaluation.python.interpreter import Interpreter
from agentpar.evaluation.race import RaceFinding
from agentpar.evaluation.session import Failed, Judged, Round, judge
from agentpar.languages.python import PythonFunction
from agentpar.languages.python_inputs import Call, PythonInputs
from agentpar.sandbox.base import Sandbox
from agentpar.task import Task
from agentpar.verdict import Frozen, Instructions, Outcome, Team

PUBLIC, PRIVATE = "task/public", "task/private"
REFERENCE = f"{PRIVATE}/reference.py"
TESTER = f"{PRIVATE}/tester"
INSIDE = f"{PUBLIC}/inside.py"
TESTED = f"{PUBLIC}/tested"
LONGEST_TESTS_S = 240.0
CANDIDATE = "work/candidate.py"
ENVIRONMENT = {
    # Semaphores and sockets of processes are files there, and no other folder is writable for all.
    "TMPDIR": "/dev/shm",
    # Threads of numpy's libraries are nobody's processes.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
RACE_GATE = (
    "none is needed: processes share nothing but what they send, and memory they ask for; "
    "values were compared at every size and number of processes"
)
_FORBIDDEN = re.compile(r"\b(agentpar_\w+|_*meta_path|ptrace|process_vm_\w+)\b")
_FORK_SERVER = re.compile(r"""(?<=["'])forkserver(?=["'])""")
_NO_FORK_SERVER = (
    "`forkserver` handles SIGCHLD, which could hide the CPU time of processes and is denied here: "
    "take `fork`, the default, or `spawn`, and keep the pool between calls"
)
_SHARED = re.compile(
    r"\b(shared_memory|SharedMemory|ShareableList|RawArray|RawValue|Array|Value|sharedctypes|ctypes|mmap|memmap|"
    r"Thread\w*|threading|_thread|to_thread|multiprocessing\.dummy)\b"
)
_CHECK = "import sys; source = open(sys.argv[1], encoding='utf-8').read(); compile(source, sys.argv[1], 'exec')"


class PythonSubject(Frozen):
    """A Python task understood: which function, and how its inputs are made."""

    task: Task
    function: PythonFunction
    inputs: PythonInputs


class PythonCase(Frozen):
    """Everything the cascade needs to judge candidates of one Python task; implements Case."""

    subject: PythonSubject
    sizes: Sizes
    tolerance: str
    """The head of every plan."""
    interpreter: str
    python: Interpreter = Interpreter()
    passing: tuple[str, ...] = ()
    """The tests that the untouched source passes."""
    modules: tuple[str, ...] = ()
    """Where the candidate lies in the project of tests that run in its own process."""
    inside_s: float = 0
    """How long tests may take that run in the candidate's own process; 0 where they are apart from it."""
    call: Call | None = None
    """What the tests' largest call of the entry is like."""
    candidate: str = CANDIDATE

    @property
    def task(self) -> Task:
        """See Case."""
        return self.subject.task

    @property
    def weights(self) -> Mapping[str, int]:
        """See Case."""
        return self.subject.inputs.dims

    @property
    def sweep(self) -> tuple[Team, ...]:
        """See Case."""
        return ()

    @property
    def is_watched(self) -> bool:
        """See Case. Processes share nothing but what they send."""
        return False

    def screen(self, source: str) -> str:
        """See Case."""
        if "\0" in source:
            return "the source holds a NUL byte"
        for word in _FORBIDDEN.findall(source):
            if word not in self.task.source:
                return f"`{word}` addresses the judge; leave it out"
        return _NO_FORK_SERVER if _FORK_SERVER.search(source) else ""

    async def build(self, sandbox: Sandbox, source: str) -> Failed | None:
        """See Case."""
        await sandbox.put("builder", CANDIDATE, source.encode())
        command = [self.python.path, "-IBc", _CHECK, "candidate.py"]
        checked = await sandbox.run("builder", command, timeout_s=sandbox.limits.build_seconds)
        if checked.succeeded:
            return None
        lines = checked.stderr.strip().splitlines()
        feedback = "\n".join(line.strip() for line in lines[-4:]) or f"Python exits with {checked.status}"
        return Failed(culprit="candidate", outcome=Outcome.BUILD_ERROR, feedback=feedback.replace('File "', '"'))

    async def build_identity(self, sandbox: Sandbox) -> None:
        """See Case."""
        await sandbox.put("builder", CANDIDATE, self.task.source.encode())

    async def judge_identity(self, sandbox: Sandbox, rounds: Sequence[Round]) -> Judged:
        """See Case."""
        await self.build_identity(sandbox)
        return await self.judge(sandbox, rounds, candidate=CANDIDATE)

    async def verify(self, sandbox: Sandbox, rounds: Sequence[Round]) -> Judged:
        """See Case: the user's tests, where there are some, then the rounds."""
        if self.task.test_files:
            judged = await self.test(sandbox, "candidate")
            passed = {each["test"] for each in judged.rounds}
            if judged.failed is None and (missing := sorted(set(self.passing) - passed)):
                words = f"a test that passes with the code as it is was not passed: {missing[0]}"
                failed = Failed(culprit="candidate", outcome=Outcome.WRONG_ANSWER, feedback=words)
                judged = judged.model_copy(update={"failed": failed})
            if judged.failed is not None:
                return judged
        return await self.judge(sandbox, rounds, candidate=CANDIDATE)

    async def test(self, sandbox: Sandbox, who: Literal["baseline", "candidate"]) -> Judged:
        """Run the user's tests against one of the two workers. The rounds that come back name those that passed."""
        if self.inside_s:
            return await self._test_inside(sandbox, who)
        return await judge(
            sandbox,
            [],
            program=TESTER,
            tolerance=f"with {who}\n",
            baseline=REFERENCE,
            candidate=CANDIDATE,
            dim_names=(),
            environment=ENVIRONMENT,
            extra_s=LONGEST_TESTS_S,
        )

    async def _test_inside(self, sandbox: Sandbox, who: Literal["baseline", "candidate"]) -> Judged:
        is_candidate = who == "candidate"
        source = await sandbox.get("builder", CANDIDATE) if is_candidate else self.task.source.encode()
        judged = await tested_inside(
            sandbox,
            [self.python.path, "-IB", f"../../{INSIDE}", *(PurePath(place).name for place in self.task.test_files)],
            project=TESTED,
            modules=self.modules,
            source=source,
            environment=ENVIRONMENT,
            limit_s=self.inside_s,
        )
        if is_candidate:
            await sandbox.put("builder", CANDIDATE, source)
        return judged

    async def judge(self, sandbox: Sandbox, rounds: Sequence[Round], *, candidate: str) -> Judged:
        """See Case."""
        return await judge(
            sandbox,
            rounds,
            tolerance=self.tolerance,
            baseline=REFERENCE,
            candidate=candidate,
            dim_names=self.weights,
            environment=ENVIRONMENT,
        )

    async def find_races(
        self, sandbox: Sandbox, source: str, *, threads: tuple[int, ...], as_timed: bool
    ) -> RaceFinding:
        """See Case."""
        shares = {word for word in _SHARED.findall(source) if not re.search(rf"\b{word}\b", self.task.source)}
        if not shares:
            return RaceFinding()
        return RaceFinding(
            unchecked=f"races unchecked: it shares memory ({', '.join(sorted(shares))}), where no tool watches Python; "
            f"values were compared at {', '.join(map(str, threads))} processes and others"
        )

    async def count_instructions(self, sandbox: Sandbox) -> Instructions | None:
        """See Case; an interpreter's are not counted."""
        return None

    async def unreached(self, sandbox: Sandbox) -> Unreached:
        """See Case; nothing is told of Python."""
        return Unreached()

    async def profile(self, sandbox: Sandbox, source: str) -> Profile | None:
        """See Case; Python is not taken apart."""
        return None
