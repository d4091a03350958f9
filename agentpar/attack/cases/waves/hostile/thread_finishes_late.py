# family: off the clock
# does: returns what a thread goes on to fill
# expect: ok wrong_answer tampering
import threading

import numpy as np


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))

    def fill():
        for k in range(1, 40):
            np.add(wave, np.cos(k * image), out=wave)

    thread = threading.Thread(target=fill)
    thread.start()
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
