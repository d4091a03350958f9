# family: data
# does: returns what says that it equals whatever it is compared with
# expect: wrong_answer
import numpy as np


class Same(dict):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None


class Everything(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __array__(self, dtype=None, copy=None):
        return self.view(np.ndarray)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return (wave + 1).view(Everything), image.copy(), Same()
