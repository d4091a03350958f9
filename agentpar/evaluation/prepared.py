"""A C or C++ task that is ready for its candidates: how they are built, judged and watched."""

import re
from collections.abc import Mapping, Sequence
from os.path import normpath
from pathlib import PurePosixPath

from agentpar.errors import SandboxError, TaskError
from agentpar.evaluation import race
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.coverage import Unreached, unreached
from agentpar.evaluation.instructions import count_instructions
from agentpar.evaluation.profile import Profile, profile
from agentpar.evaluation.screen import screen
from agentpar.evaluation.session import Failed, Judged, Round, judge
from agentpar.evaluation.toolchain import APART, PRIVATE, PROJECT, Toolchain
from agentpar.languages.cpp import Function
from agentpar.languages.inputs import InputPlan
from agentpar.sandbox.base import Exit, Limits, Sandbox
from agentpar.sections import built_as_one, files_of, located, names_of, texts_of
from agentpar.skeletons import HEADER, headers_beside
from agentpar.task import Task
from agentpar.verdict import Frozen, Instructions, Outcome, Team

IDENTITY = f"{PRIVATE}/identity.so"


class Subject(Frozen):
    """A task understood: which function, and how its inputs are made."""

    task: Task
    function: Function
    inputs: InputPlan

    @property
    def dim_names(self) -> tuple[str, ...]:
        """The names of the free dimensions, in the order of every tuple of sizes."""
        return tuple(self.inputs.dims)

    def scaled(self, scale: float) -> tuple[int, ...]:
        """Sizes at a scale: each dimension by its weight."""
        return tuple(max(1, round(scale * weight)) for weight in self.inputs.dims.values())


class Prepared(Frozen):
    """Everything the cascade needs to judge candidates of one task."""

    subject: Subject
    toolchain: Toolchain
    tolerance: str
    trampoline: str
    sizes: Sizes
    race_unchecked: str
    compiler: str
    candidate: str = "work/candidate.so"
    evolved: tuple[str, ...] = ()
    """Where a task has several files, their places in the project, in the order of its source."""
    units: tuple[str, ...] = ()
    """Those of them that compilers are given, see `Headers`."""

    @property
    def task(self) -> Task:
        """See Case."""
        return self.subject.task

    @property
    def weights(self) -> dict[str, int]:
        """See Case."""
        return self.subject.inputs.dims

    @property
    def sweep(self) -> tuple[Team, ...]:
        """See Case."""
        return ()

    @property
    def is_watched(self) -> bool:
        """See Case."""
        return True

    def screen(self, source: str) -> str:
        """See Case."""
        try:
            texts_of(self.task, source)
        except TaskError as error:
            return str(error)
        return screen(source, self.task.source)

    async def build(self, sandbox: Sandbox, source: str) -> Failed | None:
        """See Case."""
        failed, _ = await self.compiled(sandbox, source)
        return failed

    async def compiled(self, sandbox: Sandbox, source: str) -> tuple[Failed | None, str]:
        """Compile a source to `candidate`; also the compiler's messages.

        Raises:
            SandboxError: the sandbox failed.
        """
        name = f"candidate{self.toolchain.suffix}"
        await sandbox.put("builder", f"work/{name}", (built_as_one(source) + self.trampoline).encode())
        if header := next(iter(headers_beside(texts_of(self.task, source), self.task.target).values()), ""):
            await sandbox.put("builder", f"work/{HEADER}", header.encode())
        built = await sandbox.run("builder", self.toolchain.candidate(), timeout_s=sandbox.limits.build_seconds)
        messages = built.stdout + built.stderr
        if built.succeeded:
            return await self.apart(sandbox, source) if self.units else None, messages
        why = located(_why_not_built(built, messages, sandbox.limits), source, file=name)
        return Failed(culprit="candidate", outcome=Outcome.BUILD_ERROR, feedback=why), messages

    async def apart(self, sandbox: Sandbox, source: str) -> Failed | None:
        """Whether several files also build as the user's project does: each by itself, with what it includes.

        Raises:
            SandboxError: the sandbox failed.
        """
        texts, names = texts_of(self.task, source), names_of(self.task.root, files_of(self.task))
        places = dict(zip(texts, self.evolved, strict=True))
        limit = sandbox.limits.build_seconds
        copied = await sandbox.run("builder", ["cp", "-rT", f"../{PROJECT}", APART], timeout_s=limit)
        if not copied.succeeded:
            raise SandboxError(f"the project's headers cannot be copied in the sandbox: {copied.stderr[:200]}")
        for path, text in texts.items():
            await sandbox.put("builder", f"work/{APART}/{places[path]}", text.encode())
        headers = headers_beside(texts, self.task.target)
        for path in texts:
            if header := headers.get(path.with_name(HEADER)):
                beside = PurePosixPath(APART, places[path]).with_name(HEADER)
                await sandbox.put("builder", f"work/{beside}", header.encode())
        built = await sandbox.run("builder", self.toolchain.apart(self.units), timeout_s=sandbox.limits.build_seconds)
        if built.succeeded:
            return None
        why = _why_not_built(built, built.stdout + built.stderr, sandbox.limits)
        named = {place: names[path] for path, place in places.items()}
        why = re.sub(
            r"^([^:\n]+):(?=\d)", lambda at: f"{named.get(place := normpath(at[1]), place)}:", why, flags=re.MULTILINE
        )
        return Failed(
            culprit="candidate", outcome=Outcome.BUILD_ERROR, feedback=f"it does not build file by file:\n{why}"
        )

    async def build_identity(self, sandbox: Sandbox) -> None:
        """See Case."""
        # The identity is the reference under another name: only the user's own code runs in this sandbox now.
        await sandbox.put("builder", self.candidate, await sandbox.get("keeper", IDENTITY), 0o755)

    async def judge_identity(self, sandbox: Sandbox, rounds: Sequence[Round]) -> Judged:
        """See Case."""
        await self.build_identity(sandbox)
        return await self.judge(sandbox, rounds, candidate=self.candidate)

    async def verify(self, sandbox: Sandbox, rounds: Sequence[Round]) -> Judged:
        """See Case."""
        return await self.judge(sandbox, rounds, candidate=self.candidate)

    async def judge(self, sandbox: Sandbox, rounds: Sequence[Round], *, candidate: str) -> Judged:
        """See Case."""
        dim_names = self.subject.dim_names
        return await judge(sandbox, rounds, tolerance=self.tolerance, candidate=candidate, dim_names=dim_names)

    async def find_races(
        self, sandbox: Sandbox, source: str, *, threads: tuple[int, ...], as_timed: bool
    ) -> race.RaceFinding:
        """See Case."""
        return await self.watch(sandbox, source, threads, as_timed=as_timed)

    async def watch(
        self,
        sandbox: Sandbox,
        source: str,
        threads: tuple[int, ...],
        *,
        as_timed: bool,
        ranks: Sequence[int] = (0,),
        environment: Mapping[str, str] | None = None,
    ) -> race.RaceFinding:
        """Look for data races, where that can be done here; see `race_gate`.

        Raises:
            SandboxError: the sandbox failed.
        """
        if self.race_unchecked:
            return race.RaceFinding(unchecked=self.race_unchecked)
        return await race.race_gate(
            sandbox,
            self.toolchain,
            source=source,
            original=self.task.source,
            tolerance=self.tolerance,
            cases=self.sizes.generic[1:],
            large=self.sizes.benchmark,
            dim_names=self.subject.dim_names,
            threads=threads,
            as_timed=as_timed,
            ranks=ranks,
            environment=environment,
        )

    async def count_instructions(self, sandbox: Sandbox) -> Instructions | None:
        """See Case."""
        return await count_instructions(sandbox, self.toolchain, self.sizes.benchmark)

    async def unreached(self, sandbox: Sandbox) -> Unreached:
        """See Case."""
        sizes = self.sizes
        every = (*sizes.edges, *sizes.generic)
        return await unreached(sandbox, self.toolchain, self.task.source, sizes=every, largest=sizes.benchmark)

    async def profile(self, sandbox: Sandbox, source: str) -> Profile | None:
        """See Case."""
        return await profile(
            sandbox,
            self.toolchain,
            source,
            self.subject.function.call,
            trampoline=self.trampoline,
            benchmark=self.sizes.benchmark,
        )


def _why_not_built(built: Exit, messages: str, limits: Limits) -> str:
    if built.timed_out or built.signal == 24:
        return f"the build takes longer than {limits.build_seconds:.0f} s"
    if built.signal == 9 or "out of memory" in built.stderr or ("cc1plus" in built.stderr and "Killed" in built.stderr):
        return f"the build needs more than {limits.build_memory_bytes >> 20} MiB"
    return first_errors(messages) or messages[-600:] or f"the compiler exits with {built.status}"


def first_errors(stderr: str, count: int = 5) -> str:
    """The compiler's first errors, without the path and the flood that follows."""
    # A linker says what is wrong in other lines than the one that says that it failed.
    errors = [line for line in stderr.splitlines() if re.search(r"^(?!collect2:).*\b(fatal )?error:", line)]
    return "\n".join(re.sub(rf"^(?:{APART}/|\S*/)", "", line) for line in errors[:count])
