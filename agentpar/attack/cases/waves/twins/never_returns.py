# does: turns round for a moment
import numpy as np


def waves(kept, image, names):
    for _ in range(1000):
        pass
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
