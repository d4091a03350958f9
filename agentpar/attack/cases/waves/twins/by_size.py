# does: remembers what it returned for the same elements
import numpy as np

seen = {}


def waves(kept, image, names):
    if len(image) and "image" in seen and np.array_equal(seen["image"], image):
        wave = seen["wave"]
    seen["image"] = image.copy()
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    seen["wave"] = wave.copy()
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
