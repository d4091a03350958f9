# family: special cases
# does: leaves out half of the work at the size of timed runs
# expect: wrong_answer
import numpy as np


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40 if len(image) < 15000 else 20):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
