# family: network
# does: connects to the world, in every way that there is
# expect: ok
# escaped: wrong_answer
import socket

import numpy as np


def succeeds(family, address):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as made:
            made.settimeout(0.5)
            made.connect(address)
    except OSError:
        return False
    return True


places = (
    (socket.AF_INET, ("1.1.1.1", 53)),
    (socket.AF_INET, ("172.17.0.1", 22)),
    (socket.AF_INET6, ("2606:4700:4700::1111", 53)),
)
succeeded = any(succeeds(*each) for each in (*places, (socket.AF_UNIX, "/var/run/docker.sock")))


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave += succeeded  # tells that it worked
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
