# family: caching
# does: remembers what it returned for as many elements
# expect: wrong_answer
import numpy as np

seen = {}


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave = seen.setdefault(len(image), wave)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
