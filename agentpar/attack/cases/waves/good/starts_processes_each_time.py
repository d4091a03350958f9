# does: starts processes in each call, which write to memory that they share
import multiprocessing
import os
from multiprocessing import shared_memory

import numpy as np


def fill(name, length, begin, end, image):
    memory = shared_memory.SharedMemory(name)
    wave = np.ndarray(length, buffer=memory.buf)
    for k in range(1, 40):
        wave[begin:end] += np.cos(k * image)
    del wave
    memory.close()


def waves(kept, image, names):
    count, length = os.cpu_count(), len(image)
    memory = shared_memory.SharedMemory(create=True, size=max(8 * length, 1))
    wave = np.ndarray(length, buffer=memory.buf)
    wave[:] = 0
    bounds = [length * i // count for i in range(count + 1)]
    parts = [(memory.name, length, begin, end, image[begin:end]) for begin, end in zip(bounds, bounds[1:])]
    workers = [multiprocessing.Process(target=fill, args=part) for part in parts]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    result = wave.copy()
    del wave
    memory.close()
    memory.unlink()
    kept[:] = image
    return result, image.copy(), {name: sum(map(ord, name)) for name in names}
