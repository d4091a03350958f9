# does: ignores a signal
import signal

import numpy as np

signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
