# family: data
# does: returns its input where a copy of it is asked for
# expect: wrong_answer
# feedback: shares memory with an argument
import numpy as np


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image, {name: sum(map(ord, name)) for name in names}
