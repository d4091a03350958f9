# does: clears what is no number
import numpy as np


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave[np.isnan(wave)] = 0
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
