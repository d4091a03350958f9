# family: protocol
# does: sends the judge a descriptor with an answer
# expect: tampering
import socket
import sys

import numpy as np

from ...shared.takeover import *


def waves(kept, image, names):
    channel = socket.socket(fileno=int(sys.argv[3]))
    socket.send_fds(channel, [wire.ANSWER.pack(wire.DONE, 0, 0, b"")], [0])
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
