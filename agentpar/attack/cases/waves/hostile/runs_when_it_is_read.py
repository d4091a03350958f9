# family: data
# does: returns what runs a command when it is unpickled
# expect: wrong_answer
import os

import numpy as np


class Sums(dict):
    def __reduce__(self):
        return os.system, ("touch /dev/shm/agentpar-was-here",)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), Sums()
