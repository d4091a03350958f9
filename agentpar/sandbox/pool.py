"""Warm sandboxes, one candidate at a time each; what a candidate broke is replaced."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from agentpar.errors import SandboxError
from agentpar.sandbox.base import Identity, Limits, Sandbox
from agentpar.sandbox.image import Image, using_image
from agentpar.sandbox.kinds import Kind, open_sandbox

TaskFiles = Mapping[tuple[Identity, str], tuple[bytes, int]]


class Pool:
    """Up to `size` sandboxes of one kind, opened when first needed.

    `install` is put into every sandbox when it opens: (identity, path) to (content, mode).
    """

    def __init__(self, kind: Kind, size: int, limits: Limits | None = None, image: Image = "cpp") -> None:
        self.kind = kind
        self.image = image
        self.size = size
        self.limits = limits or Limits()
        self.replaced = 0
        self._files: TaskFiles = {}
        self._idle: list[Sandbox] = []
        self._open: set[Sandbox] = set()
        self._slots = asyncio.Semaphore(size)
        self._count = 0
        self._held = contextlib.ExitStack()

    async def install(self, files: TaskFiles) -> None:
        """Add the task's files to every sandbox, also to those opened later."""
        self._files = {**self._files, **files}
        # All are idle between the steps of a preparation; what is not would have to be replaced.
        for sandbox in self._idle:
            await _install(sandbox, files)

    @contextlib.asynccontextmanager
    async def sandbox(self, *, is_fresh: bool = False) -> AsyncIterator[Sandbox]:
        """A clean sandbox with the task's files, for one candidate. It is wiped, or replaced, afterwards. In one that
        `is_fresh`, nobody has been.

        Raises SandboxError when none can be opened.
        """
        async with self._slots:
            if is_fresh and self._idle:
                await self._drop(self._idle.pop())
            sandbox = await (self._start() if is_fresh else self._take())
            try:
                yield sandbox
            finally:
                await asyncio.shield(self._give_back(sandbox))

    async def close(self) -> None:
        """End all sandboxes; returns when they are gone."""
        await asyncio.gather(*(sandbox.close() for sandbox in self._open))
        self._open.clear()
        self._idle.clear()
        self._held.close()

    async def _take(self) -> Sandbox:
        """An idle one, or a new one; those that ended while they were idle are replaced."""
        while self._idle:
            sandbox = self._idle.pop()
            if not sandbox.is_gone:
                return sandbox
            await self._drop(sandbox)
        return await self._start()

    async def _start(self) -> Sandbox:
        if self.kind == "docker" and not self._count:
            self._held.enter_context(using_image(self.image))
        self._count += 1
        sandbox = await open_sandbox(self.kind, f"{self.kind}-{self._count}", self.limits, self.image)
        self._open.add(sandbox)
        await _install(sandbox, self._files)
        return sandbox

    async def _give_back(self, sandbox: Sandbox) -> None:
        if not sandbox.is_broken:
            with contextlib.suppress(SandboxError):
                await sandbox.clean()
                self._idle.append(sandbox)
                return
        await self._drop(sandbox)

    async def _drop(self, sandbox: Sandbox) -> None:
        self.replaced += 1
        self._open.discard(sandbox)
        await sandbox.close()


async def _install(sandbox: Sandbox, files: TaskFiles) -> None:
    for (identity, path), (content, mode) in files.items():
        await sandbox.put(identity, path, content, mode)
    await sandbox.settle()
