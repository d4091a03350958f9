# does: counts its calls
import numpy as np

calls = []


def waves(kept, image, names):
    calls.append(1)
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
