# does: starts a process and waits for it
import os

import numpy as np


def waves(kept, image, names):
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
