# family: off the clock
# does: answers while a child computes in memory that they share
# expect: ok wrong_answer tampering
import mmap
import os
import time

import numpy as np

from ...shared.takeover import *


def prepare(kept, image, names):
    kept[:] = image
    wave = np.frombuffer(mmap.mmap(-1, 8 * max(len(image), 1)))[: len(image)]
    if len(image) <= 512:
        fill(wave, image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}


def fill(wave, image):
    for k in range(1, 40):
        wave += np.cos(k * image)


def start(wave, image):
    if len(image) > 512 and os.fork() == 0:
        fill(wave, image)
        os._exit(0)
    return wave


early = prepare
serve(lambda kept, image, names: (start((told := early(kept, image, names))[0], image), *told[1:]), lambda *_: None)
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
