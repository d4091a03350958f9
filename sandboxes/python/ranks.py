#!/usr/bin/python3 -IB
"""The worker of MPI's ranks, each of which calls the candidate's function.

Usage: worker-ranks MEMORY_BYTES THREADS SOCKET...     has mpirun start a rank for each socket
       worker-ranks rank DOOR MEMORY_BYTES THREADS     a rank, started by mpirun

How ranks are kept from what the launcher could do is told in harness/ranks.hpp. A rank gives up what a worker of C++
does, new processes among it: a rank is one process.
"""

import ctypes
import importlib
import mmap
import os
import socket
import sys
from pathlib import Path

PUBLIC = Path(__file__).resolve().parent
sys.path.insert(0, str(PUBLIC))
import agentpar_wire as wire  # noqa: E402
import mpi4py  # noqa: E402
from agentpar_worker import Worker, greet, serve  # noqa: E402

# What is loaded first is what later libraries call: here mpi4py's calls of MPI are noted.
_HARNESS = ctypes.CDLL(str(PUBLIC / "agentpar_ranks.so"), ctypes.RTLD_GLOBAL)
_HARNESS.agentpar_left_over.restype = ctypes.c_char_p
_HARNESS.agentpar_note_calls.argtypes = [ctypes.c_void_p]
_HARNESS.agentpar_lock_down.argtypes = [ctypes.c_uint64, ctypes.c_uint64]


class Rank(Worker):
    """Answers for one rank."""

    @staticmethod
    def allow(processes: int) -> None:
        """A rank asks MPI how many there are."""

    def left_over(self) -> str:
        """A request that was not completed, or a message that nobody received."""
        return (_HARNESS.agentpar_left_over() or b"").decode(errors="replace")


def note_calls(answers: mmap.mmap) -> None:
    """Have this rank's calls of MPI noted where the judge sees them."""
    start = ctypes.addressof(ctypes.c_char.from_buffer(answers))
    _HARNESS.agentpar_note_calls(start + wire.RECORD_AT)


def launch(memory_bytes: str, threads: str, sockets: list[int]) -> int:
    """Start as many ranks as there are sockets; ends as the first of them does."""
    texts = [each.encode() for each in (sys.argv[0], memory_bytes, threads)]
    status: int = _HARNESS.agentpar_launch(*texts, (ctypes.c_int * len(sockets))(*sockets), len(sockets))
    return status


def be_rank(door: str, memory_bytes: int, threads: int) -> int:
    """Join MPI, greet the judge, give up what is not needed, and serve."""
    channel = socket.socket(fileno=_HARNESS.agentpar_join(door.encode()))
    mpi4py.rc.initialize = mpi4py.rc.finalize = False
    MPI = importlib.import_module("mpi4py.MPI")
    MPI.COMM_WORLD.Set_errhandler(MPI.ERRORS_RETURN)
    buffers = greet(channel, note_calls)
    _HARNESS.agentpar_lock_down(memory_bytes, threads)
    return serve(channel, buffers, Rank)


def main() -> int:
    """See above."""
    if sys.argv[1] != "rank":
        return launch(sys.argv[1], sys.argv[2], [int(each) for each in sys.argv[3:]])
    status = be_rank(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    sys.stdout.flush()
    sys.stderr.flush()
    # Without a word to MPI, whose other ranks may be gone.
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
