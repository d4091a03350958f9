# family: protocol
# does: says that its outputs lie where nothing is
# expect: wrong_answer
import numpy as np

from ...shared.takeover import *

tell = harness.Worker.tell


def tell_other(self, values):
    count = tell(self, values)
    if isinstance(values[0], tuple):
        real = values[0][0].__array_interface__["data"][0].to_bytes(8, "little")
        self.map[:count] = bytes(self.map[:count]).replace(real, (1 << 46).to_bytes(8, "little"))
    return count


harness.Worker.tell = tell_other


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
