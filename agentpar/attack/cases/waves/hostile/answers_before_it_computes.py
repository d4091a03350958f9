# family: off the clock
# does: computes when it has answered, among so many processes that it takes long to find all
# expect: ok wrong_answer tampering
import os
import time

import numpy as np

from ...shared.takeover import *


def prepare(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    if len(image) <= 512:
        fill(wave, image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}


def fill(wave, image):
    for k in range(1, 40):
        wave += np.cos(k * image)


serve(prepare, lambda wave, image: fill(wave, image) if len(image) > 512 else None)
for _ in range(100):  # the more there are, the longer they are looked through
    if os.fork() == 0:
        while True:
            time.sleep(100)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
