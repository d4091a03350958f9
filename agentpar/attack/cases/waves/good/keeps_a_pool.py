# does: keeps a pool of processes between calls, as long as their number is the same
import multiprocessing
import os

import numpy as np

pools = {}


def part(image):
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave


def waves(kept, image, names):
    count = os.cpu_count()
    if count not in pools:
        for pool in pools.values():
            pool.terminate()
        pools.clear()
        pools[count] = multiprocessing.Pool(count)
    kept[:] = image
    wave = np.concatenate(pools[count].map(part, np.array_split(image, count)))
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
