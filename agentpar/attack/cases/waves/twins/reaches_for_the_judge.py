# does: looks who else is there
from pathlib import Path

import numpy as np

others = [each.name for each in Path("/proc").iterdir() if each.name.isdigit()]


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
