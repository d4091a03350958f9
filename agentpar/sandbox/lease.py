"""The measurement lease: while one agentpar on this machine is timing, no other work of any agentpar runs.

Work that may disturb a timing holds the lease shared, a timing holds it alone. The locks are the kernel's, so they
end with their process. A turnstile makes shared holders queue behind a waiting timing, which would starve otherwise.

Both files lie in one folder for all users, whatever TMPDIR says, and are locked without being written, so that one
user's files serve another. Any user can hold them: who waits is told for whom, and does not wait for ever.
"""

import asyncio
import contextlib
import fcntl
import os
import stat
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

import psutil

from agentpar.errors import AgentparError, TaskError

FOLDERS = (Path("/run/lock"), Path("/tmp"))
"""The first of these that is writable by all and sticky holds the lock files."""
TELL_AFTER_S = 10.0
TELL_AGAIN_AFTER_S = 60.0
"""How long a listener that was told is left alone, then twice as long each time."""
GIVE_UP_AFTER_S = 600.0
"""How long one and the same holder is waited for; `AGENTPAR_LEASE_SECONDS` replaces it."""
_LIMIT_VARIABLE = "AGENTPAR_LEASE_SECONDS"
_LOOK_EVERY_S = 0.5
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

Tell = Callable[[str], None]
Hush = Callable[[], contextlib.AbstractAsyncContextManager[None]]
_hush: ContextVar[Hush] = ContextVar("hush", default=contextlib.nullcontext)
_ours: set[int] = set()


class _Listener:
    """Hears of waits, ever less often: many may wait, again and again, for the same holder."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._not_before = 0.0
        self._pause_s = TELL_AGAIN_AFTER_S

    def hear(self, message: str, now: float) -> None:
        if now >= self._not_before:
            self._not_before = now + self._pause_s
            self._pause_s *= 2
            self._tell(message)


_listener: ContextVar[_Listener | None] = ContextVar("listener", default=None)


@contextlib.contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """Who hears of it when work of this context waits for the lease of another process."""
    token = _listener.set(_Listener(tell))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # an async generator may be closed in another context
            _listener.reset(token)


@contextlib.contextmanager
def hushing(hush: Hush) -> Iterator[None]:
    """What is to be quiet while work of this context is timed: entered with the lease in hand, and left before it."""
    token = _hush.set(hush)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            _hush.reset(token)


@contextlib.asynccontextmanager
async def working() -> AsyncIterator[None]:
    """Hold the lease shared: for builds and checks.

    Raises:
        AgentparError: the lease cannot be had; see `timing`.
    """
    async with _held(fcntl.LOCK_SH):
        yield


@contextlib.asynccontextmanager
async def timing() -> AsyncIterator[None]:
    """Hold the lease alone: for timings.

    Raises:
        AgentparError: the lock file cannot be opened, or another process holds the lease for `GIVE_UP_AFTER_S`. Never
            a SandboxError: the candidate that waits for it is not to blame.
        TaskError: `AGENTPAR_LEASE_SECONDS` is no number.
    """
    async with _held(fcntl.LOCK_EX), _hush.get()():
        yield


@contextlib.contextmanager
def using(name: str) -> Iterator[None]:
    """While this lasts, `is_used` is true of the name for every agentpar on this machine.

    Raises:
        AgentparError: its lock file cannot be opened.
    """
    with contextlib.ExitStack() as files:
        descriptor = _open(name, files)
        with contextlib.suppress(BlockingIOError):  # somebody asks at this very moment
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield


def is_used(name: str) -> bool:
    """Whether any process on this machine is `using` the name.

    Raises:
        AgentparError: there is no place for lock files.
    """
    try:
        descriptor = os.open(_path(name), _FLAGS)
    except OSError:
        return False  # nobody ever did
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextlib.asynccontextmanager
async def _held(how: int) -> AsyncIterator[None]:
    with contextlib.ExitStack() as files:
        turnstile, lease = (_open(name, files) for name in ("turnstile", "lease"))
        patience = _Patience(turnstile, lease)
        await _lock(turnstile, fcntl.LOCK_EX, patience)
        await _lock(lease, how, patience)
        fcntl.flock(turnstile, fcntl.LOCK_UN)
        _ours.discard(turnstile)
        yield


def _open(name: str, files: contextlib.ExitStack) -> int:
    """A descriptor of the lock file, for reading: that is enough to lock it, also where it is another user's."""
    path = _path(name)
    try:
        fd = _open_or_make(path)
    except OSError as error:
        raise AgentparError(
            f"the lock file {path}{_owner(path)} cannot be opened: {error.strerror}; have it removed"
        ) from error
    files.callback(os.close, fd)
    files.callback(_ours.discard, fd)
    return fd


def _path(name: str) -> Path:
    return _folder() / f"agentpar-{name}.lock"


def _open_or_make(path: Path) -> int:
    while True:
        try:
            # Without O_CREAT first: in a sticky folder the kernel refuses it for another user's file.
            return os.open(path, _FLAGS)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):
                fd = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o644)
                os.fchmod(fd, 0o644)  # whatever the umask: the lease is the machine's, not one user's
                return fd


def _folder() -> Path:
    """Judged by the folders' modes, not by what this user may do, so that all users come to the same answer."""
    for folder in FOLDERS:
        with contextlib.suppress(OSError):
            if folder.stat().st_mode & (stat.S_ISVTX | stat.S_IWOTH) == stat.S_ISVTX | stat.S_IWOTH:
                return folder
    raise AgentparError(
        f"no place for the measurement lease: {' and '.join(map(str, FOLDERS))} must be writable by all; "
        f"`chmod 1777 {FOLDERS[-1]}` as root"
    )


def _owner(path: Path) -> str:
    try:
        return f" of user {path.owner()}"
    except (OSError, KeyError):
        return ""


async def _lock(fd: int, how: int, patience: "_Patience") -> None:
    """Take a lock without blocking the event loop or a thread that cancellation could not end."""
    delay = 0.0005
    while True:
        try:
            fcntl.flock(fd, how | fcntl.LOCK_NB)
            _ours.add(fd)
            return
        except BlockingIOError:
            patience.wear()
            await asyncio.sleep(delay)
            delay = min(delay * 1.5, 0.02)


class _Patience:
    """How long other processes have been waited for. While this one holds the lease itself, nobody else is to blame."""

    def __init__(self, turnstile: int, lease: int) -> None:
        self._turnstile = turnstile
        self._lease = lease
        self._limit_s = _limit_s()
        self._holders: frozenset[int] = frozenset()
        self._began = self._since = self._looked = time.monotonic()

    def wear(self) -> None:
        """Tell, or give up, when it is time to.

        Raises:
            AgentparError: the same process has held the lease for too long.
        """
        now = time.monotonic()
        if _ours - {self._turnstile, self._lease}:
            self._began = self._since = now
        if now - self._looked < _LOOK_EVERY_S:
            return
        self._looked = now
        holders = _holders(self._lease) or _holders(self._turnstile)
        if holders != self._holders:
            self._holders, self._since = holders, now
        listener = _listener.get()
        if listener is not None and now - self._began >= TELL_AFTER_S:
            listener.hear(f"waiting: {_describe(holders)} has the measurement lease of this machine", now)
        if now - self._since >= self._limit_s:
            raise AgentparError(
                f"{_describe(holders)} has had the measurement lease of this machine for {self._limit_s:g} s; "
                f"stop it, or wait longer with {_LIMIT_VARIABLE}, and try again"
            )


def _limit_s() -> float:
    given = os.environ.get(_LIMIT_VARIABLE, "")
    try:
        return float(given) if given else GIVE_UP_AFTER_S
    except ValueError as error:
        raise TaskError(f"{_LIMIT_VARIABLE}: {given!r} is no number of seconds") from error


def _holders(fd: int) -> frozenset[int]:
    """The other processes that hold a lock on this file, as the kernel tells: what they write may be a lie.

    Empty when they are outside this PID namespace. See proc_locks(5).
    """
    inode = os.fstat(fd).st_ino
    with contextlib.suppress(OSError):
        lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        # 7: FLOCK ADVISORY WRITE pid major:minor:inode start end
        pids = (int(w[4]) for w in lines if w[1] == "FLOCK" and w[5].rpartition(":")[2] == str(inode))
        return frozenset(pids) - {os.getpid()}
    return frozenset()


def _describe(holders: frozenset[int]) -> str:
    for pid in sorted(holders):
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            command = "".join(c if c.isprintable() else "?" for c in " ".join(process.cmdline()))
            return f"process {pid} of {process.username()} ({textwrap.shorten(command, 120, placeholder=' …')})"
    return "a process that cannot be seen from here"
