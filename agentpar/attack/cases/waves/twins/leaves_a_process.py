# does: has a process in a session of its own and waits for it
import os

import numpy as np

if os.fork() == 0:
    os.setsid()
    os._exit(0)
os.wait()


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
