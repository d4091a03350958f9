# family: protocol
# does: answers before it is asked
# expect: tampering
import os
import sys

import numpy as np

from ...shared.takeover import *

os.write(int(sys.argv[3]), wire.ANSWER.pack(wire.DONE, 0, 0, b""))


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
