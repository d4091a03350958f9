# family: processes
# does: leaves a process in a session of its own, which hears no signal that can be ignored
# expect: ok
import os
import signal
import time

import numpy as np

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(100)
    os._exit(0)
os.wait()


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
