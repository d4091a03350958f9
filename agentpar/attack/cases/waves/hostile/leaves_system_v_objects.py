# family: leftovers
# does: makes shared memory, semaphores and queues that outlive it, to keep its answers in
# expect: ok
# escaped: wrong_answer
import ctypes

import numpy as np

libc, key = ctypes.CDLL(None), 0x61676E74
succeeded = libc.shmget(key, 4096, 0o1666) >= 0 or libc.semget(key, 1, 0o1666) >= 0 or libc.msgget(key, 0o1666) >= 0


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave += succeeded  # tells that it worked
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
