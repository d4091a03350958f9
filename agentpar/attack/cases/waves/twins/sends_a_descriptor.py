# does: sends itself a descriptor
import os
import socket

import numpy as np


def waves(kept, image, names):
    with socket.socketpair()[0] as one, socket.socketpair()[1] as other:
        os.close(os.dup(one.fileno()))
        os.close(os.dup(other.fileno()))
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
