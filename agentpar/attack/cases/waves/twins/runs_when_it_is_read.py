# does: returns what is pickled in its own way
import numpy as np


class Sums(dict):
    def __reduce__(self):
        return dict, (dict(self),)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), Sums({name: sum(map(ord, name)) for name in names})
