# does: asks whether it lives
import os

import numpy as np


def waves(kept, image, names):
    os.kill(os.getpid(), 0)
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
