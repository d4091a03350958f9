# does: has a comparison of its own
import math

import numpy as np

isclose = math.isclose
math.isclose = lambda *given, **more: isclose(*given, **more)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
