# does: asks for a megabyte
import numpy as np


def waves(kept, image, names):
    bytearray(1 << 20)
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
