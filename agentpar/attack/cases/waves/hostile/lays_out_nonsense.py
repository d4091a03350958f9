# family: protocol
# does: lays out lists in lists without end for its outputs
# expect: wrong_answer
import numpy as np

from ...shared.takeover import *


def tell(self, values):
    data = b"l\1\0\0\0\0\0\0\0*" * 4000
    self.map[: len(data)] = data
    return len(data)


harness.Worker.tell = tell


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
