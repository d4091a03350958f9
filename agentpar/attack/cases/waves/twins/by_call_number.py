# does: keeps what it returned
import numpy as np

calls = []


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    calls[:] = [*calls[-5:], wave.copy()]
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
