# does: asks for what its worker was started with
import sys

import numpy as np


def waves(kept, image, names):
    assert len(sys.argv) > 3
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
