"""Runs a command, and ends it with all it has started when standard input closes: so also after kill -9 of the owner.

A program of its own that needs nothing but Python: `python -I -S keeper.py COMMAND…`. It exits as the command does.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

GRACE_S = 10.0
"""From SIGTERM to SIGKILL."""
CLEANING_S = 10.0
"""At most: whoever cleans ends when it has; on a busy machine it may take seconds to begin."""
_CLEANER = b"resource_tracker"
"""What Python's `multiprocessing` starts to remove shared memory whose owner could not; SIGTERM does not end it."""
_PR_SET_PDEATHSIG = 1


def keep(command: list[str], grace_s: float = GRACE_S) -> int:
    """Run the command as a process group until it ends or standard input closes."""
    libc = ctypes.CDLL(None, use_errno=True)

    def die_with_keeper() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_keeper)  # noqa: PLW1509  no threads here
    ended = os.pidfd_open(child.pid)
    try:
        readable, _, _ = select.select([sys.stdin.fileno(), ended], [], [])
        if ended not in readable:
            os.killpg(child.pid, signal.SIGTERM)
            select.select([ended], [], [], grace_s)
    finally:
        _end_group(child.pid)
    return child.wait()


def _end_group(group: int) -> None:
    """Kill a group; those in it who remove the others' shared memory last, and after time to do so."""
    deadline = time.monotonic() + CLEANING_S
    while (members := list(_members(group))) and time.monotonic() < deadline:
        for process in members:
            with contextlib.suppress(OSError):
                # A program that is only being loaded has no command line yet: the next look tells.
                if (command := Path(f"/proc/{process}/cmdline").read_bytes()) and _CLEANER not in command:
                    os.kill(process, signal.SIGKILL)
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _members(group: int) -> Iterator[int]:
    """The processes of a group that have not ended."""
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            process = int(folder.name)
            state, _, own = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(own) == group and state not in "ZX":
                yield process


if __name__ == "__main__":
    code = keep(sys.argv[1:])
    sys.exit(code if code >= 0 else 128 - code)
