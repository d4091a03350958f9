"""The measurement lease: while one agentpar on this machine is timing, no other work of any agentpar runs.

Work that may disturb a timing holds the lease shared, a timing holds it alone. The locks are the kernel's, so they
end with their process. A turnstile makes shared holders queue behind a waiting timing, which would starve otherwise.
"""

import asyncio
import contextlib
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from agentpar.errors import SandboxError


def _path(name: str) -> Path:
    return Path(tempfile.gettempdir()) / f"agentpar-{name}.lock"


def _open(name: str) -> int:
    path = _path(name)
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        try:
            # Without O_CREAT first: in a sticky folder the kernel refuses it for another user's file.
            return os.open(path, flags)
        except FileNotFoundError:
            fd = os.open(path, flags | os.O_CREAT, 0o666)
            # World-writable on purpose, whatever the umask: the lease is the machine's, not one user's.
            os.fchmod(fd, 0o666)
            return fd
    except OSError as error:
        raise SandboxError(f"the measurement lease {path} cannot be opened: {error.strerror}") from error


async def _lock(fd: int, how: int) -> None:
    """Take a lock without blocking the event loop or a thread that cancellation could not end."""
    delay = 0.0005
    while True:
        try:
            fcntl.flock(fd, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            await asyncio.sleep(delay)
            delay = min(delay * 1.5, 0.02)


@contextlib.asynccontextmanager
async def working() -> AsyncIterator[None]:
    """Hold the lease shared: for builds and checks."""
    async with _held(fcntl.LOCK_SH):
        yield


@contextlib.asynccontextmanager
async def timing() -> AsyncIterator[None]:
    """Hold the lease alone: for timings."""
    async with _held(fcntl.LOCK_EX):
        yield


@contextlib.asynccontextmanager
async def _held(how: int) -> AsyncIterator[None]:
    turnstile, lease = _open("turnstile"), _open("lease")
    try:
        await _lock(turnstile, fcntl.LOCK_EX)
        await _lock(lease, how)
        fcntl.flock(turnstile, fcntl.LOCK_UN)
        yield
    finally:
        os.close(lease)
        os.close(turnstile)
