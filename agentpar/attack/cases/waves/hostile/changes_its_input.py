# family: data
# does: sorts a list that is not its own
# expect: wrong_answer
# feedback: names
import numpy as np


def waves(kept, image, names):
    names.sort()
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
