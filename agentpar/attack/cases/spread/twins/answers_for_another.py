# does: looks which sockets there are
import os
import stat

import numpy as np
from mpi4py import MPI

world = MPI.COMM_WORLD
rank, ranks = world.Get_rank(), world.Get_size()


def spread(x, y):
    n = len(x)
    bounds = [n * r // ranks for r in range(ranks + 1)]
    total = 0.0
    for i in range(bounds[rank], bounds[rank + 1]):
        y[i] = (1.0 + x[i] * x[i]) ** 0.5
        total += y[i]
    if ranks > 1 and rank < 2:
        other = 1 - rank
        for descriptor in range(3, 64):
            try:
                stat.S_ISSOCK(os.fstat(descriptor).st_mode)
            except OSError:
                continue
    total = world.allreduce(total)
    y[:] = np.concatenate(world.allgather(y[bounds[rank] : bounds[rank + 1]]))
    return total
