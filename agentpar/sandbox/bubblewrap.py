"""Bubblewrap and plain processes as sandboxes: the runner on the host, each worker in namespaces of its own."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

import psutil

from agentpar import keeper
from agentpar.errors import SandboxError
from agentpar.resources import cache_folder, resource, runner_sources
from agentpar.sandbox import cuda
from agentpar.sandbox.base import Limits, PipeStream, Sandbox

_PREFIX = "agentpar-sandbox-"


def build_runner() -> Path:
    """The runner built for this host; compiled once per version of its source.

    Raises:
        SandboxError: there is no C++ compiler, or it fails.
    """
    digest = hashlib.sha256(repr(runner_sources()).encode()).hexdigest()[:12]
    program = cache_folder() / f"runner-{digest}"
    _let_go_of_halves(program.parent)
    if program.exists():
        return program
    compiler = shutil.which("g++")
    if compiler is None:
        raise SandboxError("g++ is missing; install it (`apt-get install g++`)")
    try:
        program.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SandboxError(f"{program.parent} cannot be made ({error.strerror}); set XDG_CACHE_HOME") from error
    # Several sandboxes may open at once, in this process and in others: each builds its own, the last one stays.
    scratch = program.with_name(f"{program.name}.{secrets.token_hex(4)}.{os.getpid()}.half")
    command = [compiler, "-O2", "-std=c++17", "-o", str(scratch), str(resource("sandboxes", "runner", "runner.cpp"))]
    stays, ours = os.pipe()  # closed with us: no compiler outlives a process that is killed
    try:
        built = subprocess.run(
            [sys.executable, "-I", "-S", keeper.__file__, *command],
            stdin=stays,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(stays)
        os.close(ours)
    if built.returncode != 0:
        raise SandboxError(f"the runner does not build here:\n{built.stderr[:2000]}")
    scratch.rename(program)
    return program


def _let_go_of_halves(folder: Path) -> None:
    """Remove what processes that were killed left half built."""
    for path in folder.glob("runner-*.half"):
        owner = path.name.split(".")[-2]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            path.unlink(missing_ok=True)


def bubblewrap_arguments(bwrap: str) -> list[str]:
    """The part of bwrap's command line that is the same for every identity."""
    line = [
        bwrap,
        "--unshare-all",
        "--unshare-user",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
    ]
    line += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            line += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            line += ["--ro-bind", str(path), str(path)]
    for path in (Path("/etc/ld.so.cache"), Path("/etc/alternatives")):
        if path.exists():
            line += ["--ro-bind", str(path), str(path)]
    return [*line, "--proc", "/proc", "--dev", "/dev"]


def _cuda_arguments() -> list[str]:
    """What makes the CUDA toolkit and the devices visible."""
    toolkit = str(cuda.find_toolkit())
    line = [] if toolkit.startswith("/usr/") else ["--ro-bind", toolkit, toolkit]
    for device in cuda.devices():
        line += ["--dev-bind", str(device), str(device)]
    return line


def _make_root() -> tuple[Path, int]:
    """A fresh folder, locked for as long as this process lives, so that `reap` knows what is in use."""
    shared = Path("/dev/shm")  # memory, as in a container: nothing a candidate makes reaches the disk
    root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=shared if os.access(shared, os.W_OK) else None))
    for folder in ("task", "task/public", "task/private", "work"):
        (root / folder).mkdir()
    # Root's workers run as nobody: they may pass through, and not look around, whatever the umask.
    for passed in (root, root / "task"):
        passed.chmod(0o711)
    lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return root, lock


def reap() -> int:
    """Remove the folders of sandboxes whose process is gone; returns how many there were."""
    count = 0
    for parent in {Path("/dev/shm"), Path(tempfile.gettempdir())}:
        for root in parent.glob(f"{_PREFIX}*"):
            try:
                lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except OSError:
                continue
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _end_orphans(root)
                shutil.rmtree(root, ignore_errors=True)
                count += 1
            except BlockingIOError:
                pass
            finally:
                os.close(lock)
    return count


def _end_orphans(root: Path) -> None:
    """Kill what bwrap left of a sandbox whose runner was killed.

    Of its two processes the second waits for the first before it asks to die with it, and waits for ever where the
    runner's end came in between.
    """
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == "bwrap" and any(str(root) in word for word in process.cmdline()):
                process.kill()


async def open_local(
    name: str, limits: Limits, kind: Literal["bubblewrap", "process"], *, with_cuda: bool = False
) -> Sandbox:
    """Start a runner on this host. Raises SandboxError when bubblewrap or a compiler is missing."""
    wrapper: list[str] = []
    if kind == "bubblewrap":
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            raise SandboxError("bubblewrap is missing; install it (`apt-get install bubblewrap`)")
        wrapper = [*bubblewrap_arguments(bwrap), *(_cuda_arguments() if with_cuda else ())]
    program = await asyncio.to_thread(build_runner)
    root, lock = _make_root()

    is_removed = False

    async def remove() -> None:
        nonlocal is_removed
        if is_removed:
            return
        is_removed = True
        await asyncio.to_thread(_end_orphans, root)
        await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)
        os.close(lock)

    mode = "bwrap" if kind == "bubblewrap" else "process"
    stream = await PipeStream.start([str(program), mode, str(root), *wrapper], remove)
    sandbox = Sandbox(name, stream, limits)
    try:
        await sandbox.hello()
    except BaseException:
        await sandbox.close()
        raise
    return sandbox
