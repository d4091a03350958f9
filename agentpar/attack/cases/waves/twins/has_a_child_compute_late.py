# does: waits for a child that computes in memory that they share
import mmap
import os

import numpy as np


def waves(kept, image, names):
    kept[:] = image
    wave = np.frombuffer(mmap.mmap(-1, 8 * max(len(image), 1)))[: len(image)]
    child = os.fork()
    if child == 0:
        for k in range(1, 40):
            wave += np.cos(k * image)
        os._exit(0)
    os.waitpid(child, 0)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
