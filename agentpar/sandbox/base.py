"""The sandbox: where untrusted code is compiled and run, seen from the host.

Every kind of sandbox is the same runner (`sandboxes/runner.cpp`) behind a byte stream; kinds differ only in what
surrounds it. Paths are relative to the sandbox's root: `task/public` (candidates may read), `task/private` (only judge
and baseline may), `work` (emptied between candidates).
"""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, Protocol

from agentpar.errors import SandboxError, SandboxTimeout
from agentpar.verdict import Frozen

Identity = Literal["keeper", "builder", "judge", "baseline", "candidate"]

_HOST_SLACK_S = 15.0
_MOST_UNSETTLED = 64


class Limits(Frozen):
    """What one sandbox may use. Configurable; the defaults suit a laptop."""

    memory_bytes: int = 6 << 30
    candidate_memory_bytes: int = 2 << 30
    processes: int = 256
    work_bytes: int = 512 << 20
    build_seconds: float = 60.0
    build_memory_bytes: int = 4 << 30
    build_file_bytes: int = 192 << 20

    def with_room_for(self, threads: int) -> "Limits":
        """The same for a candidate that is to have so many threads: these suit 128, each with a stack of 8 MiB."""
        more = max(0, threads - 128)
        memory = self.candidate_memory_bytes + more * (8 << 20)
        return self.model_copy(update={"processes": self.processes + more, "candidate_memory_bytes": memory})


class Exit(Frozen):
    """How a command ended. Output is the first 64 KiB of each stream."""

    status: int
    signal: int
    timed_out: bool
    wall_s: float
    cpu_s: float
    max_rss_bytes: int
    stdout: str
    stderr: str
    overflowed: bool

    @property
    def succeeded(self) -> bool:
        """Whether it exited by itself with status 0."""
        return self.status == 0 and not self.timed_out


class Session(Frozen):
    """How a judged session ended: `killed`, `exit N` or `signal N` for each process, and their stray output."""

    timed_out: bool
    judge: str
    baseline: str
    candidate: str
    judge_output: str
    baseline_output: str
    candidate_output: str


class Stream(Protocol):
    """The byte stream to a runner."""

    async def read_exactly(self, n: int) -> bytes:
        """Read n bytes. Raises EOFError or OSError when the runner is gone."""
        ...

    async def write(self, data: bytes) -> None:
        """Write everything. Raises OSError when the runner is gone."""
        ...

    def has_ended(self) -> bool:
        """Whether the runner is known to be gone: it has closed its end."""
        ...

    async def close(self) -> None:
        """End the runner and all it started; returns when they are gone. May be called twice."""
        ...


class Sandbox:
    """One warm sandbox. Requests are strictly one after the other.

    Every method raises SandboxError when the sandbox itself broke (it is then `is_broken` and must be replaced), and
    SandboxTimeout when it did not answer in time. What a candidate does is never an exception.
    """

    def __init__(self, name: str, stream: Stream, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.is_broken = False
        self._stream = stream
        self._unsettled = 0

    @property
    def is_gone(self) -> bool:
        """Whether it cannot be used any more, as far as is known without asking it."""
        return self.is_broken or self._stream.has_ended()

    async def hello(self) -> None:
        """Wait for the runner to be ready."""
        fields = await self._receive(30.0)
        if fields[:2] != [b"hello", b"1"]:
            raise self._broke("speaks another protocol; rebuild it with `agentpar sandbox build`")

    async def put(self, identity: Identity, path: str, content: bytes, mode: int = 0o644) -> None:
        """Write a file as `identity`. Whether it could be is known when `settle` or any other request returns."""
        await self._send(["put", identity, path, f"{mode:o}", content])
        self._unsettled += 1
        if self._unsettled == _MOST_UNSETTLED:
            await self.settle()

    async def settle(self) -> None:
        """Wait until all files that were put are there."""
        while self._unsettled:
            self._unsettled -= 1
            fields = await self._receive(_HOST_SLACK_S)
            if fields[0] != b"ok":
                raise self._broke(f"cannot take a file: {_text(fields[-1])}")

    async def get(self, identity: Identity, path: str) -> bytes:
        """Read a regular file as `identity`."""
        await self._send(["get", identity, path])
        await self.settle()
        fields = await self._receive(_HOST_SLACK_S)
        if fields[0] != b"ok":
            raise self._broke(f"cannot return a file: {_text(fields[-1])}")
        return fields[1]

    async def run(
        self,
        identity: Identity,
        arguments: Sequence[str],
        *,
        timeout_s: float,
        directory: str = "work",
        environment: Mapping[str, str] | None = None,
        bounded: bool = True,
    ) -> Exit:
        """Run one command; `bounded` applies the build limits to it."""
        limits = self.limits
        bounds = (limits.build_memory_bytes, limits.build_file_bytes, int(timeout_s) + 1) if bounded else (0, 0, 0)
        env = _environment({"TMPDIR": ".", **(environment or {})})
        await self._send(
            [
                "run",
                identity,
                directory,
                int(timeout_s * 1000),
                *bounds,
                len(env),
                *env,
                len(arguments),
                *arguments,
            ]
        )
        await self.settle()
        fields = await self._receive(timeout_s + _HOST_SLACK_S)
        if fields[0] != b"exit":
            raise self._broke(_text(fields[-1]))
        status, signal, timed_out, wall, cpu, rss, out, err, overflowed = fields[1:]
        return Exit(
            status=int(status),
            signal=int(signal),
            timed_out=timed_out == b"1",
            wall_s=int(wall) / 1e9,
            cpu_s=int(cpu) / 1e9,
            max_rss_bytes=int(rss),
            stdout=_text(out),
            stderr=_text(err),
            overflowed=overflowed == b"1",
        )

    async def judge(
        self,
        *,
        judge: str,
        baseline: tuple[str, str],
        candidate: tuple[str, str],
        plan: str,
        timeout_s: float,
        environment: Mapping[str, str],
        memory_bytes: int,
        on_line: Callable[[str], None],
        ranks: int = 1,
    ) -> Session:
        """Judge one candidate: `baseline` and `candidate` are (worker program, object). A candidate of several `ranks`
        has a worker that starts as many processes.

        `on_line` gets each JSON line of the judge as it comes. `memory_bytes` of 0 does not bound the workers'
        address space (sanitizers need that); the sandbox's own bound holds still.
        """
        env = _environment(environment)
        # Objects are opened by path inside the worker's own view.
        await self._send(
            ["judge", int(timeout_s * 1000), memory_bytes, ranks, judge, *baseline, *candidate, plan, len(env), *env]
        )
        await self.settle()
        try:
            async with asyncio.timeout(timeout_s + _HOST_SLACK_S):
                while True:
                    fields = await self._receive(None)
                    if fields[0] == b"line":
                        on_line(_text(fields[1]))
                        continue
                    break
        except TimeoutError as error:
            self.is_broken = True
            raise SandboxTimeout(f"sandbox {self.name} did not answer within {timeout_s:.0f} s") from error
        if fields[0] != b"end":
            raise self._broke(_text(fields[-1]))
        timed_out, *texts = fields[1:]
        names = ("judge", "baseline", "candidate", "judge_output", "baseline_output", "candidate_output")
        return Session(timed_out=timed_out == b"1", **dict(zip(names, map(_text, texts), strict=True)))

    async def clean(self) -> None:
        """Kill and wipe everything but the task's files. A sandbox that cannot be cleaned breaks."""
        await self._send(["clean"])
        await self.settle()
        fields = await self._receive(_HOST_SLACK_S)
        if fields[0] != b"clean":
            raise self._broke(_text(fields[-1]))

    async def close(self) -> None:
        """End the sandbox and everything in it."""
        self.is_broken = True
        await self._stream.close()

    def _broke(self, why: str) -> SandboxError:
        self.is_broken = True
        return SandboxError(f"sandbox {self.name}: {why}")

    async def _send(self, fields: Sequence[str | int | bytes]) -> None:
        if self.is_broken:
            raise SandboxError(f"sandbox {self.name} is closed")
        encoded = [f if isinstance(f, bytes) else str(f).encode() for f in fields]
        body = b"".join(struct.pack("<I", len(f)) + f for f in encoded)
        # A request that was cut in half leaves a stream that cannot be used again.
        self.is_broken = True
        try:
            await self._stream.write(struct.pack("<I", len(body)) + body)
        except OSError as error:
            raise self._broke(f"is gone ({error})") from error
        self.is_broken = False

    async def _receive(self, timeout_s: float | None) -> list[bytes]:
        self.is_broken = True
        try:
            async with asyncio.timeout(timeout_s):
                (size,) = struct.unpack("<I", await self._stream.read_exactly(4))
                body = await self._stream.read_exactly(size)
        except TimeoutError as error:
            raise SandboxTimeout(f"sandbox {self.name} did not answer within {timeout_s:.0f} s") from error
        except (OSError, EOFError) as error:
            raise self._broke("ended unexpectedly") from error
        self.is_broken = False
        fields, at = [], 0
        while at < size:
            (n,) = struct.unpack_from("<I", body, at)
            fields.append(body[at + 4 : at + 4 + n])
            at += 4 + n
        return fields


def _environment(variables: Mapping[str, str]) -> list[str]:
    base = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return [f"{k}={v}" for k, v in {**base, **variables}.items()]


def obeyed_by_none(text: str) -> str:
    """What untrusted programs say as text that no terminal or log obeys: control characters become escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def _text(data: bytes) -> str:
    return obeyed_by_none(data.decode(errors="replace"))


class PipeStream:
    """The stream to a runner that is a child process of ours."""

    def __init__(self, process: asyncio.subprocess.Process, on_close: Callable[[], Awaitable[None]]) -> None:
        self._process = process
        self._on_close = on_close

    @classmethod
    async def start(cls, arguments: Sequence[str], on_close: Callable[[], Awaitable[None]]) -> "PipeStream":
        """Start a runner in a process group of its own, so that Ctrl-C reaches only us."""
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={},
            limit=1 << 22,
        )
        return cls(process, on_close)

    async def read_exactly(self, n: int) -> bytes:
        """See Stream."""
        assert self._process.stdout is not None
        return await self._process.stdout.readexactly(n)

    async def write(self, data: bytes) -> None:
        """See Stream."""
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        await self._process.stdin.drain()

    def has_ended(self) -> bool:
        """See Stream."""
        assert self._process.stdout is not None
        return self._process.stdout.at_eof()

    async def close(self) -> None:
        """See Stream."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._on_close()
