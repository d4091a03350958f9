# does: imports late
import numpy as np


def waves(kept, image, names):
    import json

    json.dumps(names)
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
