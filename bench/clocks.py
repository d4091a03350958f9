"""CPU time that is not this process's own: of a sandbox, by its control group, and of Docker's daemons."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import psutil

from agentpar.sandbox import docker
from agentpar.sandbox.kinds import Kind

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def process_cpu_ms(pid: int) -> float:
    """CPU of a process and of its children that ended, in ticks of the kernel's clock (most often 10 ms)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * _TICK_MS


def cgroup_clock(
    pid: int, *, processes: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")
) -> Callable[[], float] | None:
    """Reads the CPU of a process's whole control group in ms; None where this machine does not show it.

    Version 1 accounts in its `cpuacct` tree, version 2 in `cpu.stat`; a hybrid has the second under `unified`.
    """
    groups = [line.split(":", 2)[1:] for line in (processes / str(pid) / "cgroup").read_text().splitlines()]
    for controllers, path in sorted(groups, key=lambda group: group[0] == ""):  # version 2 names no controllers
        below = path.lstrip("/")
        if not below or ".." in Path(below).parts:
            continue
        if "cpuacct" in controllers.split(","):
            for tree in (controllers, "cpuacct"):
                usage = cgroups / tree / below / "cpuacct.usage"
                if usage.exists():
                    return lambda file=usage: int(file.read_text()) / 1e6  # type: ignore[misc]
        elif controllers == "":
            for stat in (cgroups / below / "cpu.stat", cgroups / "unified" / below / "cpu.stat"):
                if stat.exists() and "usage_usec" in stat.read_text():
                    return lambda file=stat: _usage_usec(file) / 1e3  # type: ignore[misc]
    return None


def _usage_usec(stat: Path) -> int:
    return int(dict(line.split() for line in stat.read_text().splitlines())["usage_usec"])


def sandbox_clock(kind: Kind) -> tuple[Callable[[], float] | None, str]:
    """The CPU clock of this process's one sandbox, and what it counts."""
    if kind == "docker":
        client = docker.connect()
        (container,) = client.containers.list(filters={"label": f"{docker.LABEL}={os.getpid()}"})
        pid = container.attrs.get("State", {}).get("Pid") or client.api.inspect_container(container.id)["State"]["Pid"]
        client.close()
        if not Path(f"/proc/{pid}/stat").exists():
            return None, "the container's processes are not visible here"
        if clock := cgroup_clock(pid):
            return clock, "the container's control group"
    else:
        (pid,) = (child.pid for child in psutil.Process().children() if "runner" in child.name())
    if kind == "bubblewrap":
        return None, "the compilers' CPU time cannot be told apart behind bubblewrap's own processes"
    return lambda: process_cpu_ms(pid), f"/proc/PID/stat of the runner and its ended children, {_TICK_MS:.0f} ms ticks"


def daemons() -> dict[int, float]:
    """The CPU of Docker's daemons and shims, with their ended children, in ms."""
    found = {}
    for process in psutil.process_iter(["name"]):
        if process.info["name"] in ("dockerd", "containerd") or process.info["name"].startswith("containerd-shim"):
            with contextlib.suppress(OSError):  # it ended meanwhile
                found[process.pid] = process_cpu_ms(process.pid)
    return found


def used_since(before: dict[int, float]) -> float:
    """What the daemons and shims that are still there used meanwhile; a shim that ended is lost."""
    return sum(used - before.get(pid, 0.0) for pid, used in daemons().items())
