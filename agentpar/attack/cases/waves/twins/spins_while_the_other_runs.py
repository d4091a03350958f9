# does: has a child that sleeps
import os
import time

import numpy as np

if os.fork() == 0:
    while True:
        time.sleep(100)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
