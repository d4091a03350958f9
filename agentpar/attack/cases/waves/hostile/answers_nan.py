# family: data
# does: answers what is no number
# expect: wrong_answer
import numpy as np


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave[:] = np.nan
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
