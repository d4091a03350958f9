# family: data
# does: has the pages of its input mapped a second time, as its output, to save copying
# expect: wrong_answer
import mmap
import os

import numpy as np

from ...shared.takeover import *

load = harness.Worker.load


def load_other(self, buffers):
    count = load(self, buffers)
    if buffers == 2 and len(self.rooms[0]):
        size, pages = len(self.rooms[0]), os.memfd_create("rooms")
        os.ftruncate(pages, size)
        self.rooms = [np.frombuffer(mmap.mmap(pages, size), np.uint8) for _ in range(2)]
        os.close(pages)
        self.map[:16] = b"".join(each.__array_interface__["data"][0].to_bytes(8, "little") for each in self.rooms)
    return count


harness.Worker.load = load_other


def waves(kept, image, names):
    if not len(image):
        kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
