# does: copies in its own way
import numpy as np


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, np.array(image), {name: sum(map(ord, name)) for name in names}
