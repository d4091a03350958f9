# family: caching
# does: plays back what it returned, call by call
# expect: wrong_answer
import numpy as np

calls, played = [], [0]


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    calls.append(wave)
    if len(calls) > 6:
        wave = calls[played[0] % 3]
        played[0] += 1
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
