# does: makes an answer and keeps it
import numpy as np

from ...shared.takeover import *

kept_back = wire.ANSWER.pack(wire.DONE, 0, 0, b"")


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
