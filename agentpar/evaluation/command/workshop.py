"""A project in a sandbox: unpacked, built, tested and timed by its own commands.

The tree enters a sandbox once. The baseline is built by the keeper, where no candidate can write. What candidates begin
with is built once too, by the builder in the folder that candidates get, since builds remember where they were made;
it is packed, and unpacked for each candidate, in memory. These are copies on purpose. A hard link to a finished build
could be written through, an interpreter that resolves a symbolic link would run the baseline's files, and an overlay
needs a right to mount that no sandbox has.
"""

import os
import re
from collections.abc import Sequence
from weakref import WeakSet

from agentpar.errors import ReferenceFailed, SandboxError, TaskError
from agentpar.evaluation.command.metric import read_metric
from agentpar.evaluation.command.tree import PROJECT, Tree, place_of
from agentpar.evaluation.prepared import first_errors
from agentpar.evaluation.session import Failed
from agentpar.evaluation.toolchain import PRIVATE, PUBLIC
from agentpar.sandbox.base import Exit, Identity, Sandbox
from agentpar.sandbox.kinds import Kind
from agentpar.sections import texts_of, with_files
from agentpar.skeletons import headers_beside
from agentpar.task import Commands, Task
from agentpar.verdict import Frozen, Outcome

_SOURCES, _BEGUN = "project.tar", "begun.tar"
_FULL_BUILD_S = 900.0
_FIRST_RUN_S = 600.0
_TAIL = 1200
_HAS_IT, _HAS_IT_NOT = "agentpar: has what the target needs", "agentpar: lacks what the target needs"
_PROBE = f"#if {{}}\n#error {_HAS_IT}\n#else\n#error {_HAS_IT_NOT}\n#endif\n"
_NO_OPENMP = (
    "without -fopenmp, where OpenMP's pragmas are comments: add it to the project "
    "(CMake: target_link_libraries(… OpenMP::OpenMP_CXX)) or to the build command "
    "(cmake -DCMAKE_CXX_FLAGS=-fopenmp …, make CXXFLAGS=…){}"
)
_NO_MPI = (
    "without MPI (there is no <mpi.h>): it must be a program of MPI already, which the commands build with mpicxx "
    "and start by mpirun, in an image of yours that has it (agentpar sandbox build --image project --base my-image)"
)
_MISSING = re.compile(r"exits with 127\b|\bError 127\b|: not found$", re.MULTILINE)
_NO_PROGRAM = (
    "\n(where that is a program that the sandbox lacks: in Docker take an image of yours that has it, "
    "agentpar sandbox build --image project --base my-image; in bubblewrap install it on this machine)"
)
_NEEDS = {
    "openmp": ("defined(_OPENMP)", _NO_OPENMP),
    "mpi": ("__has_include(<mpi.h>)", _NO_MPI),
    "mpi+openmp": ("__has_include(<mpi.h>)", _NO_MPI),
    "cuda": ("defined(__CUDACC__)", "without nvcc, which the build command must call"),
}
"""What a target needs of a project's build, and how it is told where that is missing."""


class Side(Frozen):
    """Where one of two copies of the project lies, and who runs its commands there."""

    who: Identity
    folder: str

    @property
    def project(self) -> str:
        """The project's folder, below the sandbox's root."""
        return f"{self.folder}/{PROJECT}"


BASELINE = Side(who="keeper", folder=PRIVATE)
CANDIDATE = Side(who="builder", folder="work")


class Durations(Frozen):
    """How long the commands take as the project is, in seconds. Limits follow from them."""

    build: float
    test: float
    bench: float


class Run(Frozen):
    """One timed run: wall and CPU seconds of the bench command, and what its metric says (seconds without one)."""

    wall_s: float
    cpu_s: float
    value: float


class Workshop:
    """Runs a project's commands; every method may raise a SandboxError."""

    def __init__(self, task: Task, tree: Tree, kind: Kind) -> None:
        assert task.commands is not None  # the kind of judge was chosen by them
        self.commands: Commands = task.commands
        self._task = task
        self._tree = tree
        self._kind = kind
        self._ready: WeakSet[Sandbox] = WeakSet()
        self._cpus = sorted(os.sched_getaffinity(0))
        self._build_s = 0.0
        self.limits = Durations(build=_FULL_BUILD_S, test=_FIRST_RUN_S, bench=_FIRST_RUN_S)

    async def make_ready(self, sandbox: Sandbox) -> float:
        """Bring the project into a clean sandbox and build both copies, once; returns the seconds a whole build took.

        Raises:
            TaskError: the build command fails for the project as it is.
        """
        if sandbox in self._ready:
            return self._build_s
        await sandbox.put("keeper", f"{PUBLIC}/{_SOURCES}", self._tree.archive)
        await self._plain(sandbox, BASELINE, ["rm", "-rf", PROJECT])
        for side in (BASELINE, CANDIDATE):
            await self._plain(sandbox, side, _unpack(side, _SOURCES))
            self._build_s = await self._build_whole(sandbox, side)
        pack = ["tar", "--format=posix", "-cf", _BEGUN, "-C", f"../../{CANDIDATE.folder}", PROJECT]
        await self._plain(sandbox, Side(who="keeper", folder=PUBLIC), pack)
        await sandbox.clean()
        self._ready.add(sandbox)
        return self._build_s

    async def _build_whole(self, sandbox: Sandbox, side: Side) -> float:
        if not self.commands.build:
            return 0.0
        ended = await self._shell(sandbox, side, self.commands.build, _FULL_BUILD_S)
        if not ended.succeeded:
            failed = self._failure("build", ended, _FULL_BUILD_S)
            raise TaskError(f"the build command fails for the project as it is: {_told(failed) if failed else ''}")
        return ended.wall_s

    async def require_evolved(self, sandbox: Sandbox, *, is_search: bool) -> None:
        """Check, for C and C++, that the build compiles each evolved file; for a search, with what the target needs.

        Raises:
            TaskError: it does not.
        """
        condition, lacks = _NEEDS.get(self._task.target if is_search else "", ("1", ""))
        for path, text in texts_of(self._task, self._task.source).items():
            name = place_of(self._task, path)
            await self.begin(sandbox, with_files(self._task, {path: _PROBE.format(condition) + text}))
            ended = await self._shell(sandbox, CANDIDATE, self.commands.build, _FULL_BUILD_S)
            said = ended.stdout + ended.stderr
            if ended.succeeded or (_HAS_IT not in said and _HAS_IT_NOT not in said):
                raise TaskError(
                    f"the build command does not compile {name} again when it changes: {self.commands.build!r}"
                )
            if _HAS_IT not in said:
                other = "" if path.suffix == ".c" else ", or take --target threads"
                raise TaskError(f"the build compiles {name} {lacks.format(other)}")
            await sandbox.clean()

    async def begin(self, sandbox: Sandbox, source: str) -> None:
        """Lay out what a candidate begins with: the project as it is, built, and the candidate's files over it.

        Raises:
            TaskError: the source is not that of the task's files.
        """
        serial, texts = texts_of(self._task, self._task.source), texts_of(self._task, source)
        # A folder that is emptied keeps its mode, and it was the last candidate's, too.
        await self._plain(sandbox, CANDIDATE.model_copy(update={"folder": "."}), ["chmod", "755", CANDIDATE.folder])
        await self._plain(sandbox, CANDIDATE, _unpack(CANDIDATE, _BEGUN))
        # What did not change need not be built again; an unchanged copy is, so that it is built as candidates are.
        changed = {path: text for path, text in texts.items() if text != serial[path]} or texts
        for path, text in {**changed, **headers_beside(texts, self._task.target)}.items():
            place = f"{CANDIDATE.project}/{place_of(self._task, path).as_posix()}"
            await sandbox.put("builder", place, text.encode(), 0o755 if os.access(path, os.X_OK) else 0o644)

    async def build(self, sandbox: Sandbox) -> Failed | None:
        """Build what was begun."""
        if not self.commands.build:
            return None
        limit_s = self.limits.build
        ended = await self._shell(sandbox, CANDIDATE, self.commands.build, limit_s, bounded=True)
        return self._failure("build", ended, limit_s)

    async def test(self, sandbox: Sandbox, side: Side, threads: int) -> tuple[Failed | None, float]:
        """Run the tests; also the seconds they took."""
        limit_s = self.limits.test
        ended = await self._shell(sandbox, side, self.commands.test, limit_s, threads=threads)
        return self._failure("test", ended, limit_s, side), ended.wall_s

    async def bench(self, sandbox: Sandbox, side: Side, threads: int) -> Run | Failed:
        """Run the bench command once. The clock is the runner's, which no candidate reaches."""
        limit_s, metric = self.limits.bench, self.commands.metric
        ended = await self._shell(sandbox, side, self.commands.bench, limit_s, threads=threads)
        if failed := self._failure("bench", ended, limit_s, side):
            return failed
        output = ended.stdout if metric.startswith("$") else f"{ended.stdout}\n{ended.stderr}"
        value = read_metric(metric, output) if metric else ended.wall_s
        if isinstance(value, str):
            return Failed(culprit=_name(side), outcome=Outcome.WRONG_ANSWER, feedback=value + _cut(ended))
        return Run(wall_s=ended.wall_s, cpu_s=ended.cpu_s, value=value)

    async def end_strays(self, sandbox: Sandbox) -> None:
        """End what a candidate's command left running, so that it cannot slow the baseline down."""
        # In bubblewrap they ended with their namespace; a plain process would end all of the user's.
        if self._kind == "docker":
            line = ["sh", "-c", "kill -KILL -1 2>/dev/null; true"]
            ended = await sandbox.run(CANDIDATE.who, line, timeout_s=20, bounded=False)
            if not ended.succeeded:
                raise SandboxError("what a candidate left running cannot be ended")

    async def _shell(
        self,
        sandbox: Sandbox,
        side: Side,
        command: str,
        limit_s: float,
        *,
        threads: int | None = None,
        bounded: bool = False,
    ) -> Exit:
        """Run a command line in the project's folder, on as many CPUs as threads where there are more."""
        own_folder = 'export TMPDIR="${PWD%/*}"; export HOME="$TMPDIR"; '
        line = [*self._bounds(sandbox, bounded), "sh", "-c", own_folder + command]
        environment = {}
        if threads is not None:
            environment = {"OMP_NUM_THREADS": str(threads), "OMP_DYNAMIC": "false"}
            if threads < len(self._cpus):
                line = ["taskset", "-c", ",".join(map(str, self._cpus[:threads])), *line]
        return await sandbox.run(
            side.who, line, timeout_s=limit_s, directory=side.project, environment=environment, bounded=bounded
        )

    def _bounds(self, sandbox: Sandbox, bounded: bool) -> list[str]:
        """What bounds a command where the sandbox as a whole is not bounded, as it is in Docker."""
        bounds = []
        if self._kind != "docker" and not bounded:
            bounds.append(f"--as={sandbox.limits.memory_bytes}")
        if self._kind == "bubblewrap":  # whose namespaces count their own; else the user's others would count too
            bounds.append(f"--nproc={sandbox.limits.processes}")
        return ["prlimit", *bounds] if bounds else []

    async def _plain(self, sandbox: Sandbox, side: Side, line: Sequence[str]) -> None:
        ended = await sandbox.run(side.who, line, timeout_s=120, directory=side.folder, bounded=False)
        if not ended.succeeded:
            raise TaskError(f"the project does not fit into the sandbox: {(ended.stderr or ended.stdout)[-300:]}")

    def _failure(self, what: str, ended: Exit, limit_s: float, side: Side = CANDIDATE) -> Failed | None:
        if ended.succeeded:
            return None
        output = f"{ended.stdout}\n{ended.stderr}".strip()
        tail = f"{_cut(ended)}:\n{output[-_TAIL:]}" if output else ""
        # A shell reports its child's death by signal as a status beyond 128.
        signal = ended.signal or (ended.status - 128 if 128 < ended.status < 192 else 0)
        if ended.timed_out or signal == 24:
            outcome, words = Outcome.TIMEOUT, f"the {what} command takes longer than {limit_s:.0f} s{tail}"
        elif what == "build":
            errors = first_errors(output)
            outcome, words = Outcome.BUILD_ERROR, errors or f"the build command exits with {ended.status}{tail}"
        elif signal == 9:
            outcome, words = Outcome.OUT_OF_MEMORY, f"the {what} command was killed, as for its memory{tail}"
        elif signal:
            outcome, words = Outcome.CRASH, f"the {what} command died of signal {signal}{tail}"
        else:
            outcome = Outcome.WRONG_ANSWER if what == "test" else Outcome.CRASH
            words = f"the {what} command exits with {ended.status}{tail}"
        return Failed(culprit=_name(side), outcome=outcome, feedback=words)


def require_sound(failed: Failed | None, what: str) -> None:
    """Check that a command works for the project as it is.

    Raises:
        ReferenceFailed: it does not.
    """
    if failed is not None:
        raise ReferenceFailed(f"the project's own {what} fails as it is: {_told(failed)}")


def _told(failed: Failed) -> str:
    """What a command of the project said, and what to do where a program is missing."""
    return failed.feedback + (_NO_PROGRAM if _MISSING.search(failed.feedback) else "")


def _cut(ended: Exit) -> str:
    """What is to be known of an output of which the end is missing."""
    return "; only the first 64 KiB of what it prints are kept: have it print less" if ended.overflowed else ""


def _unpack(side: Side, archive: str) -> list[str]:
    way = "../public" if side is BASELINE else "../task/public"
    return ["tar", "-xf", f"{way}/{archive}", "--no-same-owner"]


def _name(side: Side) -> str:
    return "baseline" if side is BASELINE else "candidate"
