# does: talks to itself
import socket

import numpy as np

one, other = socket.socketpair()
one.send(b"x")
other.recv(1)


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
