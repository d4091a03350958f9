#!/usr/bin/python3 -IB
"""The worker: one process, which may start others.

Usage: worker MEMORY_BYTES THREADS SOCKET

THREADS is for workers of C++: what bounds processes is the container, since a limit of the user's would count those of
other sandboxes.
"""

import ctypes
import os
import resource
import socket
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import agentpar_wire as wire
from agentpar_worker import find_as_in_parent, greet, serve

# For each machine: how seccomp calls it, and its numbers of fcntl, rt_sigaction, timer_create, mq_open, and what opens
# shared memory, semaphores and queues of System V.
_CALLS = {
    "x86_64": (0xC000003E, 72, 13, 222, 240, 29, 64, 68),
    "aarch64": (0xC00000B7, 25, 134, 107, 180, 194, 190, 186),
}
_F_SETSIG, _SIGCHLD = 10, 17
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _EPERM, _KILL = 0x7FFF0000, 0x00050001, 0x80000000


def give_up() -> None:
    """Give up what the kernel could send a signal for while all processes stand still, since it may be SIGCONT: timers,
    descriptors and message queues. What outlives the session, so that the answers of one could be kept for another:
    these queues and all that is System V's. And to ignore SIGCHLD: CPU time of a process that nobody waits for is lost.
    """
    machine, fcntl, rt_sigaction, *denied = _CALLS[os.uname().machine]
    program = [
        (_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0), (_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _EPERM),  # another table of calls
    ]  # fmt: skip
    for call in denied:
        program += [(_EQUAL, 0, 1, call), (_RETURN, 0, 0, _EPERM)]
    for call, argument, value in ((fcntl, 24, _F_SETSIG), (rt_sigaction, 16, _SIGCHLD)):
        program += [(_EQUAL, 0, 4, call), (_LOAD, 0, 0, argument), (_EQUAL, 0, 1, value), (_RETURN, 0, 0, _EPERM)]
        program.append((_RETURN, 0, 0, _ALLOW))
    program.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in program))
    whole = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(38, 1, 0, 0, 0) != 0 or prctl(22, 2, whole, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
        raise OSError(ctypes.get_errno(), "the seccomp filter cannot be installed")


def main() -> int:
    """Greet the judge, give up what is not needed, and serve."""
    channel = socket.socket(fileno=int(sys.argv[3]))
    buffers = greet(channel)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if bound := int(sys.argv[1]):
        bound += 2 * wire.BUFFER_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    give_up()
    return serve(channel, buffers)


if __name__ == "__mp_main__":
    find_as_in_parent()
if __name__ == "__main__":
    sys.exit(main())
