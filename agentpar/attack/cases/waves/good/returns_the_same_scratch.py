# does: returns an array that it keeps and fills anew in each call
import numpy as np

scratch = {}


def waves(kept, image, names):
    kept[:] = image
    wave = scratch.setdefault(len(image), np.empty(len(image)))
    wave[:] = 0
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
