# does: works in halves at the size of timed runs
import numpy as np


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for part in (range(1, 20), range(20, 40)) if len(image) > 15000 else (range(1, 40),):
        for k in part:
            wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
