# does: has a file for a moment
import tempfile

import numpy as np

with tempfile.TemporaryFile() as scratch:
    scratch.write(b"x")


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
