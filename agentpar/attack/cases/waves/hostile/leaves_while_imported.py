# family: exits
# does: prints success and leaves while it is imported
# expect: crash build_error
import os

import numpy as np

print("ok", flush=True)
os._exit(0)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
