# family: exits
# does: has its interpreter end well, whatever comes
# expect: crash build_error
import atexit
import os
import sys

import numpy as np

atexit.register(os._exit, 0)
sys.exit(0)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
