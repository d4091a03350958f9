# does: gathers buffers, over a communicator of its own
import numpy as np
from mpi4py import MPI

world = MPI.COMM_WORLD
rank, ranks = world.Get_rank(), world.Get_size()


def spread(x, y):
    own = world.Dup()
    bounds = [len(x) * r // ranks for r in range(ranks + 1)]
    part = np.sqrt(1.0 + x[bounds[rank] : bounds[rank + 1]] ** 2)
    counts = [end - begin for begin, end in zip(bounds, bounds[1:])]
    own.Allgatherv(part, [y, counts, bounds[:-1], MPI.DOUBLE])
    total = own.allreduce(float(part.sum()))
    own.Free()
    return total
