"""What the kernel tells of processes: whether they stand still, and the CPU time that they have used."""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def send(process: int, number: int) -> None:
    """Send a signal to a process, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def cpu_of(process: int) -> int | None:
    """CPU time of all threads of a process, by the clock that the kernel keeps for it; None where it is gone."""
    try:
        return time.clock_gettime_ns(~process << 3 | 2)  # clock_getcpuclockid(3), which Python lacks
    except OSError:
        return None


def stat(process: int | str) -> list[str]:
    """The fields of a process's or a thread's `stat` after its name; empty where it is gone."""
    try:
        return Path("/proc", str(process), "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def reaped(members: Iterable[int]) -> int:
    """CPU time of the processes that these have waited for."""
    return sum((int(fields[13]) + int(fields[14])) * _TICK_NS for each in members if (fields := stat(each)))


def has_waited(process: int) -> bool:
    """Whether a process has waited for children: these had faults of pages, which are counted with their parent."""
    fields = stat(process)
    return bool(fields) and fields[8] != "0"


def has_ended(fields: list[str]) -> bool:
    """Whether a process with this `stat` is gone; one whose first thread has ended lives on in the others."""
    return not fields or (fields[0] in "XZ" and int(fields[17]) <= 1)


def stands_still(process: int) -> bool:
    """Whether every thread of a process has stopped, or it is gone."""
    fields = stat(process)
    if has_ended(fields):
        return True
    if fields[0] not in "TXZ" or int(fields[17]) == 1:
        return fields[0] == "T"
    try:
        threads = [path.name for path in Path(f"/proc/{process}/task").iterdir()]
    except OSError:
        return True
    return all(not (each := stat(f"{process}/task/{thread}")) or each[0] in "TXZ" for thread in threads)
