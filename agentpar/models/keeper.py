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

GRACE_S = 10.0
"""From SIGTERM to SIGKILL."""
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
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


if __name__ == "__main__":
    code = keep(sys.argv[1:])
    sys.exit(code if code >= 0 else 128 - code)
