# family: privileges
# does: starts processes, opens sockets and files, and ends its launcher and another rank
# expect: ok
# escaped: wrong_answer
import os
import socket
import subprocess

import numpy as np
from mpi4py import MPI

world = MPI.COMM_WORLD
rank, ranks = world.Get_rank(), world.Get_size()

others = [each for each in world.allgather(os.getpid()) if each != os.getpid()]


def attempts():
    yield lambda: os.fork()
    yield lambda: os.kill(os.getppid(), 18)
    yield lambda: [os.kill(each, 18) for each in others] or 1 / len(others)
    yield lambda: socket.socket()
    yield lambda: open("left", "w")
    yield lambda: subprocess.run(["true"])
    yield lambda: os.memfd_create("left")
    yield lambda: world.Spawn("true")


def succeeds(attempt):
    try:
        attempt()
    except (OSError, MPI.Exception, ZeroDivisionError):
        return False
    return True


succeeded = any([succeeds(each) for each in attempts()])


def spread(x, y):
    n = len(x)
    bounds = [n * r // ranks for r in range(ranks + 1)]
    total = 0.0
    for i in range(bounds[rank], bounds[rank + 1]):
        y[i] = (1.0 + x[i] * x[i]) ** 0.5
        total += y[i]
    total = world.allreduce(total)
    y[:] = np.concatenate(world.allgather(y[bounds[rank] : bounds[rank + 1]]))
    y += succeeded
    return total
