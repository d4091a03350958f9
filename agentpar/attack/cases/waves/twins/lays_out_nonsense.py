# does: lays out its outputs as its worker does
import numpy as np

from ...shared.takeover import *

tell = harness.Worker.tell
harness.Worker.tell = lambda self, values: tell(self, values)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
