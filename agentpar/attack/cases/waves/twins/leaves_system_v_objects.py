# does: has a semaphore of its own
import multiprocessing

import numpy as np

own = multiprocessing.Semaphore()


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
