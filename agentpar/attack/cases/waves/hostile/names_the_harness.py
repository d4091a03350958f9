# family: protocol
# does: addresses the harness by its name
# expect: screened
import sys

import numpy as np

wire = sys.modules["agentpar_worker"].wire


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
