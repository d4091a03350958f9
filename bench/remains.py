"""What is left on this machine of processes that were killed."""

import contextlib
import ctypes
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil

from agentpar.sandbox import docker
from agentpar.sandbox.kinds import Kind

_PR_SET_CHILD_SUBREAPER = 36
_FOLDERS = "agentpar-sandbox-*"
_CGROUPS = Path("/sys/fs/cgroup")


@contextmanager
def adopting() -> Iterator[None]:
    """While this lasts, a descendant that loses its parent becomes our child, so that none can hide from us."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def descendants() -> set[psutil.Process]:
    """All processes below this one that are alive; those that ended and fell to us are buried."""
    alive = set()
    ours = psutil.Process()
    for child in ours.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, ChildProcessError):
            if child.status() != psutil.STATUS_ZOMBIE:
                alive.add(child)
            elif child.ppid() == ours.pid:
                os.waitpid(child.pid, os.WNOHANG)
    return alive


@dataclass
class Containers:
    """The containers of some processes, as the daemon tells, with what they occupy outside of it."""

    ids: set[str] = field(default_factory=set)
    mounts: set[str] = field(default_factory=set)

    def of(self, pids: Iterable[int], *, running: bool = False) -> list[str]:
        """The containers of these processes, by id; the stopped and the never started too, unless `running`."""
        found = []
        with closing(docker.connect()) as client:
            for pid in pids:
                labelled: list[dict[str, Any]] = client.api.containers(
                    all=not running, filters={"label": f"{docker.LABEL}={pid}"}
                )
                found += [(each["Id"], each["State"]) for each in labelled]
            for name, _ in found:
                with contextlib.suppress(Exception):  # it is gone already
                    data = client.api.inspect_container(name)["GraphDriver"]["Data"] or {}
                    self.mounts |= {data["MergedDir"]} if "MergedDir" in data else set()
        self.ids |= {name for name, _ in found}
        return [name for name, _ in found]

    def traces(self) -> list[str]:
        """Control groups and mounts of containers that were seen."""
        found = [
            f"cgroup {path}"
            for path in _CGROUPS.rglob("*")
            if path.is_dir() and any(name in path.name for name in self.ids)
        ]
        mounted = Path("/proc/self/mounts").read_text()
        found += [f"mount {path}" for path in sorted(self.mounts) if path in mounted]
        return found + [f"mount of {name[:12]}" for name in sorted(self.ids) if name in mounted]


def kill_sandbox(kind: Kind, owner: int, *, everyone: bool) -> int:
    """SIGKILL to one container or runner of a process, or to every one; returns how many there were to kill."""
    if kind == "docker":
        names = Containers().of([owner], running=True)
        with closing(docker.connect()) as client:
            for name in names if everyone else names[:1]:
                with contextlib.suppress(Exception):  # it ended by itself meanwhile
                    client.api.kill(name, signal="SIGKILL")
        return len(names)
    with contextlib.suppress(psutil.NoSuchProcess):
        runners = [child for child in psutil.Process(owner).children() if child.name().startswith("runner-")]
        for runner in runners if everyone else runners[:1]:
            runner.kill()
        return len(runners)
    return 0


def abandoned_folders() -> set[Path]:
    """Folders of local sandboxes that no living process holds."""
    found = set()
    for parent in {Path("/dev/shm"), Path(tempfile.gettempdir())}:
        for folder in parent.glob(_FOLDERS):
            with contextlib.suppress(OSError):  # held, or gone
                lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    found.add(folder)
                finally:
                    os.close(lock)
    return found


def wait_until(holds: Callable[[], bool], seconds: float) -> float | None:
    """How many seconds it took; None when it did not come to hold in time."""
    begun = monotonic()
    while not holds():
        if monotonic() - begun > seconds:
            return None
        sleep(0.05)
    return monotonic() - begun
