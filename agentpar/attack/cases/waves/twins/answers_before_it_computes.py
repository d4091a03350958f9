# does: computes before it answers
import numpy as np

from ...shared.takeover import *


def prepare(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    if True:
        fill(wave, image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}


def fill(wave, image):
    for k in range(1, 40):
        wave += np.cos(k * image)


serve(prepare, lambda wave, image: None)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
